import { describe, expect, it } from 'vitest';
import { PacketError } from '../../../src/mqtt/errors.ts';
import { type PacketInput, packetSize, readPacket, writePacket } from '../../../src/mqtt/packets/packet.ts';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

describe('readPacket', () => {
  it('[MQTT-1.5.5-1] refuses bytes that are not one whole packet', () => {
    const whole = packet('82', "0001 00 'a' 00");
    for (const [start, end] of [
      [0, 0],
      [0, 1],
      [0, whole.length - 1],
      [1, whole.length],
    ] as const) {
      expect(() => readPacket(whole, start, end, formatOf(5))).toThrow(PacketError);
    }
    const longer = new Uint8Array(whole.length + 1);
    longer.set(whole);
    expect(() => readPacket(longer, 0, longer.length, formatOf(5))).toThrow('Remaining Length');
    expect(() => readPacket(Uint8Array.of(0xc0, 0x80, 0), 0, 3, formatOf(5))).toThrow('Remaining Length is malformed');
    expect(() => readPacket(Uint8Array.of(0xc0, 0x80), 0, 2, formatOf(5))).toThrow('Remaining Length is malformed');
  });

  it('reads a Remaining Length of every size', () => {
    for (const size of [1, 200, 20_000, 3_000_000]) {
      const bytes = writePacket({ type: 'publish', topicName: 'a', payload: new Uint8Array(size) }, formatOf(4));
      expect(readPacket(bytes, 0, bytes.length, formatOf(4))).toMatchObject({ payload: { length: size } });
    }
  });
});

describe('writePacket', () => {
  it('refuses what is no packet', () => {
    for (const type of ['reserved', '', undefined, 3, 'constructor', '__proto__', 'toString']) {
      expect(refused({ type })).toBe('INVALID_ARGUMENT');
    }
  });

  it('gives exactly as many bytes as the packet takes, memory of its own where it holds a secret', () => {
    const connect = writePacket({ type: 'connect', clientId: 'c'.repeat(100), password: 'secret' }, formatOf(5));
    expect(connect.buffer.byteLength).toBe(connect.length);
    for (const size of [10, 60, 100, 900, 2000]) {
      const input: PacketInput = { type: 'publish', topicName: 'a', payload: new Uint8Array(size).fill(size) };
      const many = Array.from({ length: 20 }, () => writePacket(input, formatOf(5)));
      for (const bytes of many) {
        expect(bytes.length).toBe(packetSize(input, formatOf(5)));
        expect(hex(bytes)).toBe(hex(many[0]!));
      }
    }
  });

  it('refuses more than 268,435,455 bytes behind the fixed header', () => {
    const payload = new Uint8Array(268_435_452); // only its length is looked at
    const fits: PacketInput = { type: 'publish', topicName: 'a', payload };
    expect(packetSize(fits, formatOf(4))).toBe(268_435_460);
    expect(refused(fits, 5)).toBe('PACKET_TOO_LARGE');
    expect(refused({ ...fits, topicName: 'ab' }, 4)).toBe('PACKET_TOO_LARGE');
  });

  it('PINGREQ and PINGRESP are two bytes', () => {
    expect(written({ type: 'pingreq' })).toBe('c000');
    expect(written({ type: 'pingresp' }, 3)).toBe('d000');
  });
});

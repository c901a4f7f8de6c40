import { describe, expect, it } from 'vitest';
import { PacketError } from '../../../src/mqtt/errors.ts';
import { readPacket } from '../../../src/mqtt/packets/packet.ts';
import { ConnectReturnCode, ReasonCode } from '../../../src/mqtt/reason-codes.ts';
import { packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

describe('writing CONNACK', () => {
  it('is a success without session unless told otherwise', () => {
    expect(written({ type: 'connack' }, 5)).toBe('2003000000');
    expect(written({ type: 'connack' }, 4)).toBe('20020000');
    expect(written({ type: 'connack', sessionPresent: true }, 5)).toBe('2003010000');
    expect(written({ type: 'connack', reasonCode: ReasonCode.NotAuthorized }, 5)).toBe('2003008700');
    expect(written({ type: 'connack', reasonCode: ConnectReturnCode.NotAuthorized }, 4)).toBe('20020005');
    expect(written({ type: 'connack', reasonCode: ConnectReturnCode.NotAuthorized }, 3)).toBe('20020005');
  });

  it('3.1 has no session present: it is not written', () => {
    expect(written({ type: 'connack', sessionPresent: true }, 4)).toBe('20020100');
    expect(written({ type: 'connack', sessionPresent: true }, 3)).toBe('20020000');
  });

  it('[MQTT-3.2.2-6] [MQTT-3.2.2-4@3.1.1] a refusal has no session present', () => {
    expect(refused({ type: 'connack', sessionPresent: true, reasonCode: 0x87 }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', sessionPresent: true, reasonCode: 5 }, 4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.2.2-8] [MQTT-3.2.2-6@3.1.1] the code is one of this version', () => {
    expect(refused({ type: 'connack', reasonCode: 5 }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', reasonCode: 0x87 }, 4)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', reasonCode: 6 }, 3)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', reasonCode: 256 }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', reasonCode: '0' }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connack', sessionPresent: 1 }, 5)).toBe('INVALID_ARGUMENT');
  });
});

describe('reading CONNACK', () => {
  it('3.1 has no session present: what a server puts there means nothing', () => {
    for (const [rest, reasonCode] of [
      ['01 00', 0],
      ['01 05', 5],
    ] as const) {
      const connack = packet('20', rest);
      expect(readPacket(connack, 0, connack.length, formatOf(3))).toMatchObject({ sessionPresent: false, reasonCode });
    }
  });

  it('the refusal of a server that knows only 3.1.1 tells a client of 5.0 what is wrong', () => {
    const refusal = packet('20', '00 01');
    expect(() => readPacket(refusal, 0, refusal.length, formatOf(5))).toThrow(
      expect.objectContaining({ constructor: PacketError, code: 'UNSUPPORTED_PROTOCOL_VERSION', reasonCode: 0x84 }),
    );
    expect(readPacket(refusal, 0, refusal.length, formatOf(4))).toMatchObject({ reasonCode: 1 });
  });
});

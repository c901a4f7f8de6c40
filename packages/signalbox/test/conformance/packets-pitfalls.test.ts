// Where other codecs fail and no statement of the standard has its own test: limits before buffering, dead framers,
// half-written packets, integers at the edge, memory kept alive by a few bytes.

import { describe, expect, it } from 'vitest';
import { Writer } from '../../src/bytes/writer.ts';
import { UsageError } from '../../src/mqtt/errors.ts';
import { Framer, LARGEST_PACKET_SIZE } from '../../src/mqtt/framer.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { packetSize, readPacket, writePacketTo } from '../../src/mqtt/packets/packet.ts';
import { forwardableProperties, readPublishView } from '../../src/mqtt/publish-properties.ts';
import { PublishView } from '../../src/mqtt/publish-view.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import { bytes, hex, packet } from '../support/annotated-bytes.ts';
import { readAs, usageError, V4, V5, writePacket } from '../support/packet-verdicts.ts';

/** A framer and what it handed out, as hex. */
function collectingFramer(maximumPacketSize = LARGEST_PACKET_SIZE) {
  const frames: string[] = [];
  const buffers: Uint8Array[] = [];
  const framer = new Framer({ maximumPacketSize });
  const handler = {
    frame(buffer: Uint8Array, start: number, _bodyStart: number, end: number): boolean {
      frames.push(hex(buffer.subarray(start, end)));
      buffers.push(buffer);
      return true;
    },
  };
  return {
    framer,
    frames,
    buffers,
    receive: (annotated: string) => framer.receive(bytes(annotated), handler),
    handler,
  };
}

describe('Maximum Packet Size', () => {
  it('pitfall: it is enforced when the fixed header is complete, and nothing is buffered', () => {
    const { framer, frames, receive } = collectingFramer(100);
    expect(receive('30 63 0001')).toMatchObject({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95 });
    expect(framer.pendingBytes).toBe(0);
    expect(frames).toEqual([]);
  });

  it('pitfall: it is enforced when the fixed header arrives byte by byte', () => {
    const { framer, receive } = collectingFramer(100);
    expect(receive('30')).toBeUndefined();
    expect(receive('80')).toBeUndefined();
    expect(receive('01')).toMatchObject({ code: 'PACKET_TOO_LARGE' });
    expect(framer.pendingBytes).toBe(0);
  });

  it('pitfall: a packet of exactly the limit passes', () => {
    const { frames, receive } = collectingFramer(5);
    expect(receive(`30 03 't'`)).toBeUndefined();
    expect(frames).toEqual(['3003000174']);
  });

  it('pitfall: an announced length is not allocated', () => {
    const { framer, handler } = collectingFramer();
    const before = process.memoryUsage().arrayBuffers;
    expect(framer.receive(bytes('30 ffffff7f 0001 74 00 00'), handler)).toBeUndefined();
    expect(framer.pendingBytes).toBe(10);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });
});

describe('the framer after an error', () => {
  it('pitfall: it is dead until reset; nothing that follows is read', () => {
    const { frames, framer, receive } = collectingFramer();
    expect(receive('30 ffffffff 7f')).toMatchObject({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
    expect(receive('c0 00')).toBeUndefined();
    expect(receive('c0 00 30')).toBeUndefined();
    expect([frames, framer.pendingBytes]).toEqual([[], 0]);
    framer.reset();
    receive('c0 00');
    expect(frames).toEqual(['c000']);
  });

  it('pitfall: half a packet never leaks into the next connection', () => {
    for (const half of ['30', '30 80', `30 05 't'`, '30 0a 0001 74']) {
      const { frames, framer, receive } = collectingFramer();
      receive(half);
      framer.reset();
      expect(framer.pendingBytes).toBe(0);
      receive('d0 00');
      expect(frames).toEqual(['d000']);
    }
  });

  it('[MQTT-1.5.5-1] pitfall: a Remaining Length in a longer form or of five bytes is malformed', () => {
    for (const header of ['30 8000', '30 818000', '30 ff808000', '30 80808080 00']) {
      const { receive } = collectingFramer();
      expect(receive(header), header).toMatchObject({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
    }
  });
});

describe('writing all or nothing', () => {
  const BAD: readonly (readonly [name: string, packet: PacketInput])[] = [
    ['a string one byte too long in UTF-8', { type: 'publish', topicName: `${'é'.repeat(32_767)}ab` }],
    [
      'a bad last user property',
      {
        type: 'publish',
        topicName: 't',
        properties: {
          userProperties: [
            ['a', 'b'],
            ['c', '\ud800'],
          ],
        },
      },
    ],
    [
      'a bad last filter',
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a' }, { topicFilter: 'b#' }] },
    ],
    ['a bad last reason code', { type: 'suback', packetIdentifier: 1, reasonCodes: [0, 1, 2, 3] }],
    ['a password too long', { type: 'connect', clientId: 'c', username: 'u', password: new Uint8Array(65_536) }],
    ['a lone surrogate in a text payload', { type: 'publish', topicName: 't', payload: 'a\udc00' }],
  ];

  it('pitfall: a packet that cannot be written leaves no byte behind', () => {
    for (const [name, packetInput] of BAD) {
      const writer = new Writer();
      writePacketTo(writer, { type: 'pingreq' }, V5);
      expect(() => writePacketTo(writer, packetInput, V5), name).toThrow(UsageError);
      expect(hex(writer.take(0)), name).toBe('c000');
    }
  });

  it('pitfall: sizes are counted in UTF-8 bytes, and packetSize is the exact size', () => {
    const inputs: readonly PacketInput[] = [
      { type: 'publish', topicName: 'é世😀', payload: 'é世😀' },
      { type: 'publish', topicName: `${'é'.repeat(32_767)}a`, payload: 'x'.repeat(200) },
      { type: 'connect', clientId: '世', username: '😀', password: 'é', will: { topicName: 'é', payload: '世' } },
      { type: 'disconnect', properties: { reasonString: '😀'.repeat(50), userProperties: [['é', '世']] } },
    ];
    for (const input of inputs) {
      const written = writePacket(input, V5);
      expect(written.length).toBe(packetSize(input, V5));
      expect(readPacket(written, 0, written.length, V5).type).toBe(input.type);
    }
    expect(readAs('publish', writePacket({ type: 'publish', topicName: '世', payload: '😀' }, V4), V4)).toMatchObject({
      topicName: '世',
      payload: bytes('f09f9880'),
    });
  });

  it('pitfall: a packet larger than 268,435,455 bytes of Remaining Length is not written', () => {
    const payload = new Uint8Array(268_435_455);
    expect(usageError({ type: 'publish', topicName: 't', payload })).toBe('PACKET_TOO_LARGE');
    expect(packetSize({ type: 'publish', topicName: 't', payload: payload.subarray(4) }, V5)).toBe(LARGEST_PACKET_SIZE);
  });

  it('pitfall: Uint8Array and its windows are accepted as well as Buffer, for reading and writing', () => {
    const whole = packet('30', `'t' {} 0102`);
    const around = new Uint8Array(100).fill(0xee);
    around.set(whole, 40);
    for (const [input, start] of [
      [whole, 0],
      [around, 40],
      [Buffer.from(around), 40],
      [around.subarray(40, 60), 0],
    ] as const) {
      expect(readPacket(input, start, start + whole.length, V5)).toMatchObject({
        topicName: 't',
        payload: Uint8Array.of(1, 2),
      });
    }
    for (const payload of [Uint8Array.of(1, 2), Buffer.from([1, 2]), new Uint8Array([0, 1, 2, 0]).subarray(1, 3)]) {
      expect(hex(writePacket({ type: 'publish', topicName: 't', payload }, V5))).toBe(hex(whole));
    }
  });
});

describe('integers', () => {
  it('pitfall: 32-bit values with the highest bit set stay positive', () => {
    const whole = packet('30', `'t' { 02 80000000 }`);
    expect(readAs('publish', whole).properties.messageExpiryInterval).toBe(0x8000_0000);
    expect(
      hex(writePacket({ type: 'publish', topicName: 't', properties: { messageExpiryInterval: 0x8000_0000 } }, V5)),
    ).toBe(hex(whole));
  });

  it('pitfall: 16-bit values do not wrap: 65,536 is refused, 65,535 written', () => {
    expect(usageError({ type: 'connect', clientId: 'c', keepAlive: 65_536 })).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'connect', clientId: 'c', properties: { topicAliasMaximum: 65_536 } })).toBe(
      'INVALID_ARGUMENT',
    );
    expect(readAs('connect', writePacket({ type: 'connect', clientId: 'c', keepAlive: 65_535 }, V5)).keepAlive).toBe(
      65_535,
    );
  });

  it('pitfall: the largest Remaining Length is a number, not a negative one', () => {
    const { framer, receive } = collectingFramer(LARGEST_PACKET_SIZE);
    expect(receive('30 ffffff7f')).toBeUndefined();
    framer.reset();
    framer.maximumPacketSize = LARGEST_PACKET_SIZE - 1;
    expect(receive('30 ffffff7f')).toMatchObject({ code: 'PACKET_TOO_LARGE' });
  });
});

describe('memory', () => {
  it('pitfall: what is kept of a small packet does not keep the chunk it came in', () => {
    const chunk = new Uint8Array(65_536);
    chunk.set(packet('30', `'topic' { 26 'k' 'v' } "0123456789"`), 1000);
    const view = new PublishView();
    readPublishView(view, chunk, 1000, 1002, 1002 + chunk[1001]!, V5, new TopicNames({ limit: 16 }));
    expect(view.topic.name).toBe('topic');
    expect(view.topic.bytes.buffer.byteLength).toBe(5);
    expect(forwardableProperties(view).buffer.byteLength).toBe(7);
  });

  it('pitfall: the partial packet at the end of a large chunk is copied out of it', () => {
    const { buffers, frames, framer, handler } = collectingFramer();
    const chunk = new Uint8Array(65_536);
    for (let at = 0; at < 65_534; at += 2) chunk[at] = 0xc0;
    chunk.set([0x30, 0x03], 65_534);
    framer.receive(chunk, handler);
    expect(framer.pendingBytes).toBe(2);
    framer.receive(bytes(`'t'`), handler);
    expect(frames.at(-1)).toBe('3003000174');
    expect(buffers.at(-1)!.buffer.byteLength).toBeLessThanOrEqual(64);
  });
});

import { describe, expect, it } from 'vitest';
import { Writer } from '../../src/bytes/writer.ts';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { connectedClient, connectedServer } from '../support/dialogue.ts';

describe('the writer', () => {
  const quiet: ConnectionSink<PublishInput> = { transmit() {}, packet() {}, close() {} };

  it('shared among connections it is never reset by them', () => {
    const writer = new Writer();
    writer.raw(Uint8Array.of(1, 2, 3));
    const first = connectedServer({ writer });
    const second = connectedServer({ writer });
    const ranges: number[][] = [];
    const sink = { ...quiet, transmit: (start: number, end: number) => ranges.push([start, end]) };
    for (const { connection } of [first, second, first]) connection.send({ type: 'publish', topicName: 't' }, 0, sink);
    const start = 3 + 5 + 5;
    expect([ranges, first.connection.writer]).toEqual([
      [
        [start, start + 6],
        [start + 6, start + 12],
        [start + 12, start + 18],
      ],
      writer,
    ]);
    expect([...writer.bytes.subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  it('of its own is used again by the next call, and given back when it was large', () => {
    const { connection } = connectedClient();
    const ranges: number[][] = [];
    const sink = { ...quiet, transmit: (start: number, end: number) => ranges.push([start, end]) };
    for (let count = 0; count < 2; count++) connection.send({ type: 'pingreq' }, 0, sink);
    expect(ranges).toEqual([
      [0, 2],
      [0, 2],
    ]);
    connection.send({ type: 'publish', topicName: 't', payload: new Uint8Array(100_000) }, 0, sink);
    expect(connection.writer.bytes.length).toBeGreaterThan(100_000);
    connection.send({ type: 'pingreq' }, 0, sink);
    expect(connection.writer.bytes.length).toBeLessThan(10_000);
  });

  it("transmitted bytes of the array form are the caller's", () => {
    const client = connectedClient();
    const [first] = client.send({ type: 'pingreq' });
    client.send({ type: 'publish', topicName: 't', payload: 'xxxx' });
    expect(first).toEqual({ type: 'transmit', bytes: Uint8Array.of(0xc0, 0) });
  });
});

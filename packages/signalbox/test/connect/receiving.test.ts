// What is received: in order, in batches, bounded, and what is no datagram.

import { describe, expect, it } from 'vitest';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { stage, wire } from './support/connection-stage.ts';

describe('receiving', () => {
  it('serves who waits in order, and keeps the rest', async () => {
    const { clock, carrier, connection } = stage();
    const waiting = [new Outcome(connection.receive()), new Outcome(connection.receive())];
    const bytes = wire('one', 'two', 'three', 'four');
    for (const byte of bytes) carrier.receive(Uint8Array.of(byte));
    await clock.settle();
    expect(waiting.map(({ value }) => (value as Datagram).text)).toEqual(['one', 'two']);
    expect([connection.statistics.messagesUnread, connection.reader.take()?.text]).toEqual([2, 'three']);
    expect((await connection.receive())?.text).toBe('four');
    expect(connection.statistics).toMatchObject({ messagesReceived: 4, bytesReceived: bytes.length });
  });

  it('gives all at once to who wants batches', async () => {
    const { carrier, connection } = stage();
    carrier.receive(wire('a', 'b', 'c'));
    carrier.peerEnds();
    const batches: string[][] = [];
    for await (const batch of connection.batches()) batches.push(batch.map(({ text }) => text));
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('gives up waiting without losing a message', async () => {
    const { clock, carrier, connection } = stage();
    const controller = new AbortController();
    const aborted = new Outcome(connection.receive({ signal: controller.signal }));
    const timed = new Outcome(connection.receive({ timeoutMs: 50 }));
    controller.abort(new Error('stop'));
    await clock.advance(50);
    expect([aborted.state, timed.code]).toEqual(['rejected', 'TIMEOUT']);
    carrier.receive(wire('kept'));
    expect((await connection.receive())?.text).toBe('kept');
    expect(clock.scheduled).toBe(0);
  });

  it('stops reading when much is unread, and goes on when half of it is read', async () => {
    const { carrier, connection } = stage({ receiveBuffer: 512 });
    carrier.receive(wire('a', 'b', 'c'));
    expect(carrier.isPaused).toBe(false);
    carrier.receive(wire('d'));
    expect(carrier.isPaused).toBe(true);
    await connection.receive();
    expect(carrier.isPaused).toBe(true);
    await connection.receive();
    expect(carrier.isPaused).toBe(false);
  });

  it.each([
    ['a size below 5', [0, 0, 0, 0], 'BAD_SIZE'],
    ['a size of 4', [0, 0, 0, 4], 'EMPTY_MESSAGE'],
    ['4 GiB', [255, 255, 255, 255], 'TOO_LARGE_MESSAGE'],
    ['version 2', [0, 0, 0, 5, 0, 2], 'BAD_VERSION'],
  ])('%s ends the connection, after what came before', async (_, bytes, code) => {
    const { clock, carrier, connection } = stage();
    carrier.receive(Uint8Array.from([...wire('good'), ...bytes]));
    const sent = new Outcome(connection.send('x'));
    expect((await connection.receive())?.text).toBe('good');
    const next = new Outcome(connection.receive());
    await clock.advance(10);
    expect([next.code, sent.code, carrier.calls.at(-1)]).toEqual([code, code, 'destroy']);
    expect(await connection.closed).toMatchObject({ code });
  });

  it('refuses a message over its own limit at the header', async () => {
    const { carrier, connection } = stage({ maximumMessageSize: 10 });
    carrier.receive(new Datagram('x'.repeat(11)).toBytes().subarray(0, 4));
    expect(connection.isOpen).toBe(false);
    await expect(connection.receive()).rejects.toMatchObject({ code: 'TOO_LARGE_MESSAGE' });
  });

  it('tells an end within a datagram as what it is', async () => {
    const { carrier, connection } = stage();
    carrier.receive(wire('whole', 'half').subarray(0, 20));
    carrier.peerEnds();
    expect((await connection.receive())?.text).toBe('whole');
    await expect(connection.receive()).rejects.toMatchObject({ code: 'INSUFFICIENT_BYTES' });
  });

  it('tells a failure of the network, which is no clean end', async () => {
    const { carrier, connection } = stage();
    carrier.close(new Error('ECONNRESET'));
    await expect(connection.receive()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(connection.send('x')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await connection.close();
  });

  it('counts what is no datagram on a carrier that may lose some, and goes on', async () => {
    const { carrier, connection } = stage({}, { framing: 'message', isLossy: true });
    for (const bytes of [
      wire('a', 'b'),
      wire('a').subarray(0, 8),
      Uint8Array.of(1),
      Uint8Array.from([0, 0, 0, 5, 9, 9, 0, 0, 1]),
    ])
      carrier.receive(bytes);
    carrier.receive(wire('good'));
    expect((await connection.receive())?.text).toBe('good');
    expect(connection.statistics).toMatchObject({ malformed: 4, messagesReceived: 1 });
  });
});

describe('receiving whole messages of a carrier that loses none', () => {
  it('takes each as one datagram, or as several', async () => {
    const { carrier, connection } = stage({}, { framing: 'message' });
    carrier.receive(wire('one'));
    carrier.receive(wire('two', 'three'));
    for (const text of ['one', 'two', 'three']) expect((await connection.receive())?.text).toBe(text);
    expect(connection.isOpen).toBe(true);
  });

  it('ends with one that is none, or not whole: nothing was lost, so the peer is wrong', async () => {
    for (const [bytes, code] of [
      [wire('half').subarray(0, 9), 'INSUFFICIENT_BYTES'],
      [Uint8Array.of(0, 0, 0, 1), 'BAD_SIZE'],
    ] as const) {
      const { carrier, connection } = stage({}, { framing: 'message' });
      carrier.receive(bytes);
      await expect(connection.receive()).rejects.toMatchObject({ code });
      expect(connection.isOpen).toBe(false);
    }
  });
});

describe('giving up at the moment something comes', () => {
  it('is too late: no message is lost', async () => {
    const { carrier, connection } = stage();
    const controller = new AbortController();
    const receiving = connection.receive({ signal: controller.signal });
    carrier.receive(wire('just in time'));
    controller.abort();
    expect((await receiving)?.text).toBe('just in time');
  });
});

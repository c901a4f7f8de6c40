// One connection, the test being its network: what is sent and received, waits, halves and ends, in every order.

import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import type { ConnectionOptions } from '../../src/connect/connection-options.ts';
import { connectionPair } from '../../src/connect/connection-pair.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

function stage(options: ConnectionOptions = {}, kind: ConstructorParameters<typeof VirtualCarrier>[1] = {}) {
  const clock = new ManualConnectionClock();
  const carrier = new VirtualCarrier(clock, kind);
  return { clock, carrier, connection: new Connection(carrier, { clock, ...options }) };
}

function wire(...texts: string[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(texts.map((text) => new Datagram(text).toBytes())));
}

describe('sending', () => {
  it('puts what is sent in one turn into one write, in order', async () => {
    const { clock, carrier, connection } = stage();
    const sent = ['a', 'b', 'c'].map((text) => new Outcome(connection.send(text)));
    expect(carrier.written).toEqual([]);
    await clock.settle();
    expect(carrier.written).toEqual([wire('a', 'b', 'c')]);
    expect(sent.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(connection.statistics).toMatchObject({ messagesSent: 3, bytesSent: 27, bytesBuffered: 0 });
  });

  it('waits while the peer takes nothing, and goes on in one write', async () => {
    const { clock, carrier, connection } = stage();
    carrier.isTaking = false;
    const first = new Outcome(connection.send('a'));
    await clock.settle();
    const others = ['b', 'c'].map((text) => new Outcome(connection.send(text)));
    await clock.settle();
    expect([first.state, others[0]!.state, carrier.written.length]).toEqual(['pending', 'pending', 1]);
    carrier.isTaking = true;
    carrier.drain();
    await clock.settle();
    expect(carrier.written).toEqual([wire('a'), wire('b', 'c')]);
    expect([first, ...others].map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('takes no more than may wait', async () => {
    const { clock, carrier, connection } = stage({ sendBuffer: 30 });
    carrier.isTaking = false;
    const sent = ['a', 'b', 'c', 'd'].map((text) => new Outcome(connection.send(text)));
    await clock.settle();
    expect(sent.map(({ code, state }) => code ?? state)).toEqual(['pending', 'pending', 'pending', 'SEND_BUFFER_FULL']);
    connection.destroy();
    await clock.settle();
    expect(sent[0]!.code).toBe('CLOSED');
  });

  it('takes one message however large, and writes a large one from where it is', async () => {
    const { clock, carrier, connection } = stage({ sendBuffer: 0 });
    const data = new Uint8Array(1_000_000).fill(7);
    const sent = new Outcome(connection.send(data, { tag: 9 }));
    await clock.settle();
    expect(sent.state).toBe('resolved');
    expect(Buffer.compare(carrier.stream, new Datagram(data, 9).toBytes())).toBe(0);
  });

  it('keeps order over small, middle and large ones', async () => {
    const { clock, carrier, connection } = stage();
    const sizes = [1, 70_000, 70_000, 3, 200_000, 5, 140_000, 100_000, 60_000, 2];
    const all = sizes.map((size, index) => new Datagram(new Uint8Array(size).fill(index), index));
    const sent = all.map((datagram) => new Outcome(connection.send(datagram)));
    await clock.settle();
    expect(Buffer.compare(carrier.stream, Buffer.concat(all.map((datagram) => datagram.toBytes())))).toBe(0);
    expect(new Set(sent.map(({ state }) => state))).toEqual(new Set(['resolved']));
    expect(connection.statistics).toMatchObject({ messagesSent: sizes.length, bytesBuffered: 0 });
  });

  it('tells a mistake by a rejection, and nothing else happens', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: {} });
    const signal = AbortSignal.abort(new Error('no'));
    const wrong = [
      connection.send(''),
      connection.send('a', { tag: -1 }),
      connection.send('a', { tag: 65_535 }),
      connection.send('a', { signal }),
    ].map((promise) => new Outcome(promise));
    await clock.settle();
    expect(wrong.map(({ code }) => code)).toEqual(['EMPTY_MESSAGE', 'INVALID_ARGUMENT', 'RESERVED_TAG', undefined]);
    expect([wrong[3]!.state, carrier.written.length]).toEqual(['rejected', 0]);
  });

  it('gives up waiting after a time, or by a signal; the message stays on its way', async () => {
    const { clock, carrier, connection } = stage();
    carrier.isTaking = false;
    const controller = new AbortController();
    const timed = new Outcome(connection.send('a', { timeoutMs: 100 }));
    const aborted = new Outcome(connection.send('b', { signal: controller.signal }));
    await clock.advance(100);
    expect(timed.code).toBe('TIMEOUT');
    controller.abort(new Error('enough'));
    await clock.settle();
    expect(aborted.state).toBe('rejected');
    carrier.drain();
    await clock.settle();
    expect(Buffer.compare(carrier.stream, wire('a', 'b'))).toBe(0);
  });

  it('says what is too large for a carrier of messages, and writes each on its own', async () => {
    const { clock, carrier, connection } = stage({}, { framing: 'message', largestMessage: 20 });
    const large = new Outcome(connection.send('x'.repeat(13)));
    void connection.send('x'.repeat(12));
    void connection.send('y');
    await clock.settle();
    expect(large.code).toBe('TOO_LARGE_MESSAGE');
    expect(carrier.written).toEqual([wire('x'.repeat(12)), wire('y')]);
  });

  it('sends all of a sequence, no faster than the peer takes it', async () => {
    const [here, there] = connectionPair({ highWaterMark: 65_536, graceMs: 10 });
    let made = 0;
    function* many() {
      for (; made < 400; made++) yield new Uint8Array(10_000).fill(made);
    }
    const sent = here.sendAll(many(), { tag: 3 });
    expect(made).toBeLessThan(300);
    let count = 0;
    while (count < 400) {
      const datagram = await there.receive();
      expect([datagram!.tag, datagram!.data[0]]).toEqual([3, count++ & 0xff]);
    }
    expect(await sent).toBe(400);
    await here.close();
  });
});

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

describe('the end', () => {
  it('of one side leaves the other', async () => {
    const [here, there] = connectionPair();
    await here.send('question');
    await here.endWriting();
    await expect(here.send('more')).rejects.toMatchObject({ code: 'CLOSED' });
    const heard: string[] = [];
    for await (const { text } of there) heard.push(text);
    await there.send('answer');
    await there.close();
    for await (const { text } of here) heard.push(text);
    expect(heard).toEqual(['question', 'answer']);
    await here.close();
    expect([await here.closed, await there.closed]).toEqual([undefined, undefined]);
  });

  it('comes after everything that was sent', async () => {
    const [here, there] = connectionPair();
    for (let index = 0; index < 1_000; index++) void here.send(`${index}`);
    const closing = here.close();
    let count = 0;
    for await (const { text } of there) expect(text).toBe(`${count++}`);
    await there.close();
    await closing;
    expect(count).toBe(1_000);
  });

  it('does not wait for ever for a peer that does not read', async () => {
    const { clock, carrier, connection } = stage();
    carrier.isTaking = false;
    const sent = new Outcome(connection.send('a'));
    await clock.settle();
    const closing = new Outcome(connection.close({ timeoutMs: 500 }));
    await clock.advance(1_000);
    expect([closing.code, sent.code, connection.isOpen]).toEqual(['TIMEOUT', 'CLOSED', false]);
    expect(await connection.closed).toBeUndefined();
  });

  it('discards what comes while it waits', async () => {
    const { clock, carrier, connection } = stage({ receiveBuffer: 1 });
    carrier.receive(wire('unread'));
    expect(carrier.isPaused).toBe(true);
    const closing = new Outcome(connection.close());
    await clock.settle();
    expect(carrier.isPaused).toBe(false);
    carrier.receive(wire('late'));
    await clock.advance(5_000);
    expect([closing.state, connection.statistics.messagesReceived]).toEqual(['resolved', 1]);
    expect(connection.reader.take()?.text).toBe('unread');
    expect(await connection.receive()).toBeUndefined();
  });

  it('is told with the error of who destroys', async () => {
    const { clock, connection } = stage();
    const waiting = new Outcome(connection.receive());
    const problem = new Error('changed my mind');
    connection.destroy(problem);
    connection.destroy();
    await clock.advance(1);
    expect([waiting.error, await connection.closed]).toEqual([problem, problem]);
  });

  it('comes by `await using`, and by several calls at once', async () => {
    const [here, there] = connectionPair({ graceMs: 10 });
    {
      await using connection = here;
      void connection.send('last');
    }
    expect((await there.receive())?.text).toBe('last');
    await Promise.all([there.close(), there.close(), here.close()]);
    expect([here.isOpen, there.isOpen]).toEqual([false, false]);
  });

  it('of a loop leaves the connection', async () => {
    const { carrier, connection } = stage();
    carrier.receive(wire('a', 'b'));
    for await (const { text } of connection) {
      expect(text).toBe('a');
      break;
    }
    expect((await connection.receive())?.text).toBe('b');
    expect(connection.isOpen).toBe(true);
  });
});

describe('halves', () => {
  it('come apart and together', () => {
    const [one, other] = [stage().connection, stage().connection];
    const [reader, writer] = one.split();
    expect(Connection.join(reader, writer)).toBe(one);
    expect(() => Connection.join(other.reader, writer)).toThrow(expect.objectContaining({ code: 'NO_PAIR' }));
  });
});

describe('options', () => {
  it.each([
    { maximumMessageSize: 0 },
    { receiveBuffer: -1 },
    { sendBuffer: Number.NaN },
    { idleTimeoutMs: 0 },
    { keepAlive: { intervalMs: 0 } },
    { keepAlive: { timeoutMs: -1 } },
    { keepAlive: { tag: 70_000 } },
    { keepAlive: { tag: 1.5 } },
  ])('%j is refused', (options) => {
    expect(() => stage(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  });
});

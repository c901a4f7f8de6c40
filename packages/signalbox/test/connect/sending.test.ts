// What is sent: one write per turn, back-pressure, order, limits, mistakes.

import { describe, expect, it } from 'vitest';
import { connectionPair } from '../../src/connect/connection-pair.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { stage, wire } from './support/connection-stage.ts';

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

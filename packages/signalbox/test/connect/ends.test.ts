// How a connection ends, in every way; its halves and its options.

import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import { connectionPair } from '../../src/connect/connection-pair.ts';
import { Outcome } from '../client/support/outcome.ts';
import { stage, wire } from './support/connection-stage.ts';

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

  it('that fails, and that nobody waits for, ends no process', async () => {
    const { clock, carrier, connection } = stage();
    const unobserved: unknown[] = [];
    const note = (reason: unknown): void => void unobserved.push(reason);
    process.on('unhandledRejection', note);
    carrier.isTaking = false;
    void connection.send('x');
    void connection.sendAll(['y', 'z']);
    void connection.writer.flush();
    void connection.endWriting();
    void connection.close();
    void connection.receive();
    await clock.settle();
    carrier.close(new Error('ECONNRESET'));
    await clock.settle();
    process.removeListener('unhandledRejection', note);
    expect(unobserved).toEqual([]);
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

// sendAll: every message or the reason why not, within what may wait, and an end to waiting wherever it waits.

import { describe, expect, it } from 'vitest';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { stage, wire } from './support/connection-stage.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e'];

async function* later(messages: readonly string[]): AsyncGenerator<string> {
  yield* messages;
}

describe('sendAll', () => {
  it.each([
    ['at once', (texts: readonly string[]) => texts],
    ['as they come', later],
  ])('keeps to the send buffer, however small: messages %s', async (_, sequence) => {
    const { clock, carrier, connection } = stage({ sendBuffer: 20 });
    carrier.isTaking = false;
    const sent = new Outcome(connection.sendAll(sequence(LETTERS)));
    await clock.settle();
    expect(connection.statistics.bytesBuffered).toBeLessThanOrEqual(20);
    for (let turn = 0; turn < 10; turn++) {
      carrier.drain();
      await clock.settle();
    }
    expect(sent.value).toBe(5);
    expect(Buffer.compare(carrier.stream, wire(...LETTERS))).toBe(0);
  });

  it('says so when one of the messages could not be sent, whichever it is', async () => {
    const { clock, connection } = stage({ keepAlive: { tag: 7 } }, { framing: 'message', largestMessage: 20 });
    const reserved = new Outcome(connection.sendAll([new Datagram('a'), new Datagram('b', 7), new Datagram('c')]));
    const large = new Outcome(connection.sendAll(['a', 'x'.repeat(13), 'c']));
    await clock.settle();
    expect([reserved.code, large.code]).toEqual(['RESERVED_TAG', 'TOO_LARGE_MESSAGE']);
  });

  it.each([
    ['at once', (texts: readonly string[]) => texts],
    ['as they come', later],
  ])('ends with the signal while the peer takes nothing: messages %s', async (_, sequence) => {
    const { clock, carrier, connection } = stage({ sendBuffer: 20 });
    carrier.isTaking = false;
    const controller = new AbortController();
    const sent = new Outcome(connection.sendAll(sequence(LETTERS), { signal: controller.signal }));
    await clock.settle();
    expect(sent.state).toBe('pending');
    controller.abort(new Error('enough'));
    await clock.settle();
    expect(sent.error?.message).toBe('enough');
    carrier.isTaking = true;
    carrier.drain();
    await clock.settle();
    expect(connection.statistics.messagesSent).toBeLessThan(5); // nothing is added behind the end
    expect(clock.scheduled).toBe(0);
  });

  it('ends with the signal while the next message does not come, and tells its source', async () => {
    const { clock, connection } = stage();
    const controller = new AbortController();
    const told: string[] = [];
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<string>>(() => {}),
        return: () => {
          told.push('return');
          return new Promise<IteratorResult<string>>(() => {});
        },
      }),
    };
    const sent = new Outcome(connection.sendAll(source, { signal: controller.signal }));
    await clock.settle();
    controller.abort(new Error('enough'));
    await clock.settle();
    expect([sent.error?.message, told]).toEqual(['enough', ['return']]);
  });

  it('ends after timeoutMs, all of them together, and sends nothing with a signal that is over already', async () => {
    const { clock, carrier, connection } = stage();
    const aborted = new Outcome(connection.sendAll(LETTERS, { signal: AbortSignal.abort(new Error('no')) }));
    await clock.settle();
    expect([aborted.error?.message, carrier.written.length]).toEqual(['no', 0]);
    carrier.isTaking = false;
    const sent = new Outcome(connection.sendAll(LETTERS, { timeoutMs: 100 }));
    await clock.advance(99);
    expect(sent.state).toBe('pending');
    await clock.advance(1);
    expect(sent.code).toBe('TIMEOUT');
  });

  it('closes a source when the connection fails', async () => {
    const { clock, carrier, connection } = stage({ sendBuffer: 20 });
    carrier.isTaking = false;
    let isClosed = false;
    async function* source() {
      try {
        yield* LETTERS;
      } finally {
        isClosed = true;
      }
    }
    const sent = new Outcome(connection.sendAll(source()));
    await clock.settle();
    carrier.close(new Error('reset'));
    await clock.settle();
    expect([sent.code, isClosed]).toEqual(['CONNECTION_LOST', true]);
  });
});

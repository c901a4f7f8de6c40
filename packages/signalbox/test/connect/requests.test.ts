// Requests and answers over connections and links: many at once, late answers, limits, ends.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Answer, type AnsweringOptions, answerRequests } from '../../src/connect/answering.ts';
import { Connection } from '../../src/connect/connection.ts';
import { connectionPair } from '../../src/connect/connection-pair.ts';
import { Requester, type RequesterOptions } from '../../src/connect/requester.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { DatagramReader } from '../../src/datagram/reader.ts';
import { Outcome } from '../client/support/outcome.ts';
import { turns } from '../transport/recorder.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

function stage(answer: Answer, options: RequesterOptions = {}, answering: AnsweringOptions = {}) {
  const [here, there] = connectionPair({ graceMs: 10 });
  const serving = new Outcome(answerRequests(there, answer, answering));
  return { here, there, serving, requester: new Requester(here, options) };
}

describe('requests', () => {
  it('get their own answers, in whatever order they come', async () => {
    const { requester, here } = stage(async ({ text }) => {
      await turns(Number(text) % 7);
      return `answer to ${text}`;
    });
    const asked = Array.from({ length: 500 }, (_, index) => requester.request(`${index}`));
    expect(requester.pending).toBe(500);
    const answers = await Promise.all(asked);
    expect(answers.map(({ text }) => text)).toEqual(asked.map((_, index) => `answer to ${index}`));
    expect(requester.pending).toBe(0);
    await here.close();
  });

  it('leave other messages to the program, in both directions', async () => {
    const others: string[] = [];
    const note = ({ tag, text }: Datagram): void => void others.push(`${tag} ${text}`);
    const { here, there, requester } = stage(
      ({ text }) => text.toUpperCase(),
      { onMessage: note },
      { onMessage: note },
    );
    void here.send('plain', { tag: 1 });
    void there.send('news', { tag: 2 });
    expect((await requester.request('loud')).text).toBe('LOUD');
    expect(others.sort()).toEqual(['1 plain', '2 news']);
  });

  it('have nothing to do with a program that throws at another message: it is told as what nobody catches', async () => {
    const thrown: unknown[] = [];
    const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    });
    onTestFinished(() => spy.mockRestore());
    const mistake = new Error('a mistake of the program');
    const onMessage = (): never => {
      throw mistake;
    };
    const { there, requester, here } = stage(({ text }) => `${text}!`, { onMessage });
    await there.send('news', { tag: 1 });
    expect((await requester.request('still there')).text).toBe('still there!');
    expect(thrown).toEqual([mistake]);
    await here.close();
  });

  it('whose time is over keep their tag until the answer has come, which goes to nobody', async () => {
    const clock = new ManualConnectionClock();
    const [here, there] = connectionPair();
    const requester = new Requester(here, { tags: [7, 8], timeoutMs: 100, clock });
    const late = new Outcome(requester.request('late'));
    await clock.advance(100);
    expect([late.code, requester.pending]).toEqual(['TIMEOUT', 0]);
    const [second, third] = [new Outcome(requester.request('second')), new Outcome(requester.request('third'))];
    await turns();
    expect([second.state, third.code]).toEqual(['pending', 'TOO_MANY_REQUESTS']);
    const requests = [await there.receive(), await there.receive()];
    for (const request of requests) await there.send(`${request!.text}!`, { tag: request!.tag });
    await turns();
    expect([second.value.text, requester.unexpected]).toEqual(['second!', 1]);
    const fourth = requester.request('fourth');
    expect((await there.receive())?.tag).toBe(7);
    await there.send('4', { tag: 7 });
    expect((await fourth).text).toBe('4');
  });

  it('are given up by a signal, before and after they are sent', async () => {
    const { requester } = stage(() => new Promise<string>(() => {}));
    await expect(requester.request('x', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    const controller = new AbortController();
    const asked = requester.request('x', { signal: controller.signal });
    await turns();
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('end with the connection', async () => {
    const { requester, there } = stage(() => new Promise<string>(() => {}));
    const asked = new Outcome(requester.request('x'));
    await turns();
    there.destroy();
    await turns();
    expect(asked.code).toBe('CONNECTION_LOST');
    await expect(requester.request('y')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('that cannot be sent are rejected, and hold no tag', async () => {
    const { requester } = stage(({ data }) => data, { tags: [1, 1] }, { tags: [1, 1] });
    await expect(requester.request('')).rejects.toMatchObject({ code: 'EMPTY_MESSAGE' });
    expect((await requester.request('ok')).text).toBe('ok');
    expect((await requester.request('again')).text).toBe('again');
  });

  it.each([[[5, 4]], [[-1, 4]], [[0, 65_536]], [[0.5, 1]]] as [[number, number]][])(
    'have no tags like %j',
    async (tags) => {
      const [here] = connectionPair();
      expect(() => new Requester(here, { tags })).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
      await expect(answerRequests(here, () => 'x', { tags })).rejects.toMatchObject({ code: 'BAD_OPTIONS' });
    },
  );
});

describe('answering', () => {
  it('does so many at a time, and reads no further meanwhile', async () => {
    let atWork = 0;
    let most = 0;
    const { requester } = stage(
      async () => {
        most = Math.max(most, ++atWork);
        await turns(2);
        atWork--;
        return 'x';
      },
      {},
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 30 }, () => requester.request('x')));
    expect(most).toBe(3);
  });

  it('loses no answer for which there is no room at the moment', async () => {
    const clock = new ManualConnectionClock();
    const carrier = new VirtualCarrier(clock);
    const connection = new Connection(carrier, { clock, sendBuffer: 50 });
    void answerRequests(connection, ({ text }) => `${text}!`.repeat(10));
    carrier.isTaking = false;
    const tags = Array.from({ length: 20 }, (_, index) => 40_000 + index);
    for (const tag of tags) carrier.receive(new Datagram('x', tag).toBytes());
    for (let turn = 0; turn < 40; turn++) {
      await clock.settle();
      carrier.drain();
    }
    const answered: number[] = [];
    new DatagramReader().receive(carrier.stream, { onDatagram: ({ tag }) => answered.push(tag) > 0 });
    expect(answered.sort()).toEqual(tags);
    carrier.close();
  });

  it('ends although answers that wait for room find none any more', async () => {
    const clock = new ManualConnectionClock();
    const carrier = new VirtualCarrier(clock);
    const connection = new Connection(carrier, { clock, sendBuffer: 50 });
    const answering = new Outcome(answerRequests(connection, ({ text }) => `${text}!`.repeat(10)));
    carrier.isTaking = false;
    for (let tag = 40_000; tag < 40_010; tag++) carrier.receive(new Datagram('x', tag).toBytes());
    await clock.settle();
    carrier.close(new Error('reset'));
    await clock.settle();
    expect(answering.code).toBe('CONNECTION_LOST');
  });

  it('ends when the peer ends, after everything is answered', async () => {
    const { here, serving, requester } = stage(async () => {
      await turns(5);
      return 'x';
    });
    const asked = requester.request('x');
    await here.endWriting();
    expect((await asked).text).toBe('x');
    await turns();
    expect(serving.state).toBe('resolved');
  });

  it('ends at once with the error of the function', async () => {
    const { serving, requester, there } = stage(() => {
      throw new Error('cannot');
    });
    const asked = new Outcome(requester.request('x'));
    await turns();
    expect([serving.error?.message, asked.state]).toEqual(['cannot', 'pending']);
    there.destroy();
    await turns();
    expect(asked.code).toBe('CONNECTION_LOST');
  });

  it('may have an answer to an error', async () => {
    const { requester } = stage(
      ({ text }) => (text === 'bad' ? Promise.reject(new Error('bad request')) : new Datagram('good', 3)),
      {},
      { onError: (error) => `sorry: ${(error as Error).message}` },
    );
    expect((await requester.request('bad')).text).toBe('sorry: bad request');
    expect((await requester.request('fine')).text).toBe('good');
  });
});

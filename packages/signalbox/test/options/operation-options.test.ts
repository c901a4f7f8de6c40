// Options of publish(), subscribe(), request() and reply(): what is none is told at once, by name, and nothing is sent.
import { describe, expect, it } from 'vitest';
import { type Client, UsageError } from '../../src/client/index.ts';
import type { Message } from '../../src/client/receiving/message.ts';
import { Outcome } from '../client/support/outcome.ts';
import { Stage } from '../client/support/stage.ts';

type Call = (client: Client) => Promise<unknown>;
// What no type would let through.
const any = (value: unknown): never => value as never;

describe('a call with what is no option', () => {
  it.each<[string, Call]>([
    [
      "there is no option 'retian'; did you mean 'retain'?",
      (client) => client.publish('a', 'x', any({ retian: true })),
    ],
    [
      "there is no option 'timeout'; did you mean 'timeoutMs'?",
      (client) => client.publish('a', '', any({ timeout: 5 })),
    ],
    ["timeoutMs is '5'", (client) => client.publish('a', '', any({ timeoutMs: '5' }))],
    ['signal is an object: it must be an AbortSignal', (client) => client.publish('a', '', any({ signal: {} }))],
    ["what holds the options is 'qos1'", (client) => client.publish('a', 'x', any('qos1'))],
    ['what holds the options is null', (client) => client.publish('a', 'x', any(null))],
    ['qos must be 0, 1 or 2', (client) => client.publish('a', 'x', any({ qos: '1' }))],
    ['topicName must be a string', (client) => client.publish(any(undefined), 'x')],
    ['payload must be a Uint8Array or a string', (client) => client.publish('a', any({ temperature: 20 }))],
    [
      "there is no option 'nolocal'; did you mean 'noLocal'?",
      (client) => client.subscribe('a', any({ nolocal: true })),
    ],
    ["acknowledge is 'manully'", (client) => client.subscribe('a', () => {}, any({ acknowledge: 'manully' }))],
    ["overflow is 'drop'", (client) => client.subscribe('a', any({ overflow: 'drop' }))],
    ['what holds the options is null', (client) => client.subscribe('a', any(null))],
    ["there is no option 'onMessage'", (client) => client.subscribe('a', any({ onMessage: () => {} }))],
    ['handler is undefined: it must be a function', (client) => client.reply('a', any(undefined))],
    ["there is no option 'timout'", (client) => client.request('a', 'x', any({ timout: 1 }))],
    ['topicName must be a string', (client) => client.publishStream(any([{ topic: 'a', payload: 'x' }]))],
  ])('is refused: %s', async (problem, call) => {
    const stage = new Stage();
    const client = await stage.connect();
    const outcome = new Outcome(call(client));
    await stage.settle();
    expect(outcome.error).toBeInstanceOf(UsageError);
    expect(outcome.error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((outcome.error as Error).message).toContain(problem);
    expect(stage.link.messages).toEqual([]);
  });
});

describe('a message that is passed on as it came', () => {
  it('may be its own options: to publish(), publishStream() and as an answer', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const received: Message[] = [];
    await stage.when(client.subscribe('a', (message) => received.push(message)));
    stage.link.post('a', 'x', { qos: 1, properties: { contentType: 'text/plain' } });
    await stage.settle();
    const [message] = received;
    await stage.when(client.publish('b', message!.payload, message));
    await stage.when(client.publish('b', message!.payload, { ...message! }));
    await stage.when(client.publishStream([message!]));
    await stage.when(client.reply('q', (request) => request));
    stage.link.post('q', 'y', { properties: { responseTopic: 'r' } });
    await stage.settle();
    expect(stage.link.messages).toEqual(['x', 'x', 'x', 'y']);
    expect(stage.problems).toEqual([]);
  });
});

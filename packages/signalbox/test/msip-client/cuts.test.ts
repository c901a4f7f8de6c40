// A whole dialogue over a network that is cut after each byte of what the client sends, and of what it gets, in turn: what was
// promised is so, subscriptions stand, an acknowledged message is dealt with at least once, and every promise settles.
import { describe, expect, it } from 'vitest';
import { Outcome } from '../client/support/outcome.ts';
import { FLAG, partsOf, type WireFrame, wire } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

/** What the client sends last. */
const CLOSE_SIZE = 24;

/** What the server has to have in the end, and what it promised. */
interface Server {
  readonly published: string[];
  readonly acknowledged: Set<bigint>;
  readonly subscribed: Set<string>;
}

/** Subscribes, publishes, gets a message that is to be acknowledged, pings, unsubscribes, and goes. */
async function dialogue(stage: Stage): Promise<{ readonly server: Server; readonly outcomes: Outcome<unknown>[] }> {
  const server: Server = { published: [], acknowledged: new Set(), subscribed: new Set() };
  const { script } = stage;
  script.answer = (frame) => {
    note(server, frame);
    return script.grant(frame);
  };
  const client = stage.make({ clientId: 'lamp', acknowledged: true, reconnectDelay: 10, maxReconnectAttempts: 0 });
  const handled: string[] = [];
  client.on('connect', () => {
    if (!server.acknowledged.has(9n)) stage.link.event('a/b', 'to be kept', { msgId: 9n, flags: FLAG.ackRequired });
  });
  const outcomes: Outcome<unknown>[] = [new Outcome(client.connect())];
  await stage.settle();
  outcomes.push(new Outcome(client.subscribeAsync('a/+', ({ text }) => void handled.push(text))));
  for (const text of ['one', 'two']) outcomes.push(new Outcome(client.publishAsync('t', text, { repeat: true })));
  outcomes.push(new Outcome(client.publishAsync('t', 'once')));
  await stage.clock.advance(1_000);
  outcomes.push(new Outcome(client.unsubscribeAsync('never/wanted')));
  outcomes.push(new Outcome(client.pingAsync()));
  await stage.clock.advance(1_000);
  expect(client.isConnected()).toBe(true);
  outcomes.push(new Outcome(client.disconnect()));
  await stage.clock.advance(10_000);
  expect(stage.clock.scheduled).toBe(0);
  expect(handled).toContain('to be kept');
  return { server, outcomes };
}

function note({ published, acknowledged, subscribed }: Server, { frameType, payload, msgId }: WireFrame): void {
  const text = Buffer.from(payload).toString();
  if (frameType === 4) published.push(Buffer.from(partsOf(payload)!.message).toString());
  if (frameType === 6) acknowledged.add(msgId);
  if (frameType === 2) subscribed.add(text);
}

function judge(server: Server, outcomes: readonly Outcome<unknown>[]): void {
  const [, subscribed, one, two, once, unsubscribed, , closed] = outcomes;
  expect(outcomes.filter(({ state }) => state === 'pending')).toEqual([]);
  expect([subscribed, one, two, unsubscribed, closed].map((outcome) => outcome!.state)).toEqual(
    Array.from({ length: 5 }, () => 'resolved'),
  );
  expect([...new Set(server.published)].filter((text) => text !== 'once')).toEqual(['one', 'two']);
  if (once!.state === 'resolved') expect(server.published).toContain('once');
  else expect(once!.code).toBe('CONNECTION_LOST');
  expect(server.published.filter((text) => text === 'once').length).toBeLessThanOrEqual(1);
  expect(server.acknowledged).toContain(9n);
  expect(server.subscribed).toContain('a/+');
}

/** How many bytes go each way when nothing fails. */
async function sizes(): Promise<{ readonly sent: number; readonly received: number }> {
  const stage = new Stage();
  const { server, outcomes } = await dialogue(stage);
  judge(server, outcomes);
  expect([stage.links.length, server.published]).toEqual([1, ['one', 'two', 'once']]);
  return { sent: stage.link.transport.bytesWritten, received: stage.link.bytesSent };
}

describe('a dialogue', () => {
  it('survives a cut after each byte the client sends', async () => {
    const { sent } = await sizes();
    expect(sent).toBeGreaterThan(200);
    for (let count = 1; count <= sent; count++) {
      const stage = new Stage();
      stage.onLink = (link, number) => {
        if (number === 1) link.transport.cutAfter = count;
      };
      const { server, outcomes } = await dialogue(stage);
      judge(server, outcomes);
      if (count <= sent - CLOSE_SIZE) expect(stage.links.length).toBe(2);
    }
  });

  it('survives a cut after each byte the client gets', async () => {
    const { received } = await sizes();
    expect(received).toBeGreaterThan(150);
    for (let count = 0; count <= received; count++) {
      const stage = new Stage();
      stage.onLink = (link, number) => {
        if (number === 1) link.cutAfterSending = count;
      };
      const { server, outcomes } = await dialogue(stage);
      judge(server, outcomes);
    }
  });

  it('survives pieces of a single byte, both ways', async () => {
    const stage = new Stage();
    stage.script.pieceSize = 1;
    const { server, outcomes } = await dialogue(stage);
    judge(server, outcomes);
    expect(stage.links.length).toBe(1);
  });
});

it('half a frame of an earlier connection does not leak into the next', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  const got: string[] = [];
  client.on('message', (_, text) => got.push(text));
  stage.link.raw(wire('event', { payload: Uint8Array.of(0, 1, 0x74, 0x78) }).subarray(0, 27));
  await stage.settle();
  await stage.interrupt(client);
  stage.link.event('t', 'whole');
  await stage.settle();
  expect([got, client.isConnected()]).toEqual([['whole'], true]);
});

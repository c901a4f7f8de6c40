// Existing MSIP programs run unchanged: the stand-in of the reference client, with its habits, on a broker with default
// settings.
import { expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { MsipReferenceClient, type MsipReferenceClientOptions } from '../support/msip-reference-client.ts';
import { FLAG, KIND, TYPE, topicAndMessage, type WireHeader, wire } from '../support/msip-wire.ts';

interface Listening {
  readonly broker: Broker;
  readonly port: number;
}

async function listening(port = 0): Promise<Listening> {
  const broker = new Broker();
  const { url } = await broker.listen(`msip://127.0.0.1:${port}`);
  onTestFinished(() => broker.close());
  return { broker, port: Number(new URL(url).port) };
}

async function connected(port: number, options: MsipReferenceClientOptions = {}): Promise<MsipReferenceClient> {
  const client = new MsipReferenceClient({ port, reconnectDelay: 1, ...options });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** The arguments of the next event; unlike `once` of Node it does not mind an ERROR. */
function once(
  client: MsipReferenceClient,
  event: 'connect' | 'disconnect' | 'reconnecting' | 'message' | 'event' | 'pong',
) {
  return new Promise<unknown[]>((resolve) => {
    client.once(event, (...args: unknown[]) => resolve(args));
  });
}

/** Every frame that comes, a line for each. */
function follow(client: MsipReferenceClient): string[] {
  const lines: string[] = [];
  client.on('frame', ({ frameType, flags, msgKind, msgId }, payload) => {
    const name = Object.entries(TYPE).find(([, type]) => type === frameType)?.[0];
    lines.push(`${name} ${msgId} kind=${msgKind} flags=${flags} ${payload.subarray(3).toString()}`.trim());
  });
  return lines;
}

async function acknowledged(client: MsipReferenceClient, act: () => bigint): Promise<bigint> {
  const acks = new Promise<bigint>((resolve) => {
    let wanted: bigint;
    client.on('ack', (msgId) => msgId === wanted && resolve(msgId));
    wanted = act();
  });
  return acks;
}

/** Everything sent before was handled when this resolves. */
async function settled(client: MsipReferenceClient): Promise<void> {
  const pong = once(client, 'pong');
  client.ping();
  await pong;
}

it('connect: HELLO without an id and with one is answered, and connect() resolves', async () => {
  const { port } = await listening();
  for (const clientId of ['', 'lamp', 'a-longer-id-of-a-lamp']) {
    const client = await connected(port, { clientId });
    expect(client.isConnected()).toBe(true);
  }
});

it('subscribe and unsubscribe with an ACK, and without one, which the reference would not survive', async () => {
  const { port } = await listening();
  const client = await connected(port);
  const lines = follow(client);
  const first = await acknowledged(client, () => client.subscribe('a'));
  client.subscribe('b', false);
  await acknowledged(client, () => client.publish('b', 1));
  expect(lines[0]).toBe(`ack ${first} kind=1 flags=0`);
  expect(lines[1]).toMatch(/^event \d+ kind=1 flags=0 1$/);
  expect(lines).toHaveLength(3);
  await acknowledged(client, () => client.unsubscribe('a'));
  client.unsubscribe('b', false);
  client.publish('a', 2);
  client.publish('b', 3);
  await settled(client);
  expect(lines.filter((line) => line.startsWith('event'))).toHaveLength(1);
});

it.each(Array.from({ length: 8 }, (_, flags) => [flags]))(
  'publish with flags %i: one EVENT at each subscriber, one ACK at the publisher',
  async (flags) => {
    const { port } = await listening();
    const publisher = await connected(port);
    const subscriber = await connected(port);
    await acknowledged(subscriber, () => subscriber.subscribe('home/lamp'));
    await acknowledged(publisher, () => publisher.subscribe('home/lamp'));
    const lines = follow(publisher);
    const got = once(subscriber, 'event');
    const msgId = await acknowledged(publisher, () => publisher.publish('home/lamp', 'on', flags));
    const urgent = flags & FLAG.urgent;
    expect(await got).toEqual([
      {
        topic: 'home/lamp',
        message: 'on',
        header: expect.objectContaining({ msgId, msgKind: KIND.event, flags: urgent }),
      },
    ]);
    // The reference has the publisher see its own EVENT before the ACK.
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['event', 'ack']);
  },
);

it('messages of every type are forced to text, and arrive as it', async () => {
  const { port } = await listening();
  const client = await connected(port);
  await acknowledged(client, () => client.subscribe('t'));
  const messages: string[] = [];
  client.on('message', (topic, message) => messages.push(`${topic}=${message}`));
  for (const message of ['', 'é€😀', 5, true, null, 'x'.repeat(100_000)]) {
    await acknowledged(client, () => client.publish('t', message));
  }
  expect(messages).toEqual(['t=', 't=é€😀', 't=5', 't=true', 't=null', `t=${'x'.repeat(100_000)}`]);
});

it('ping is answered by pong, by hand and at an interval', async () => {
  const { port } = await listening();
  const client = await connected(port, { pingInterval: 5 });
  await settled(client);
  await once(client, 'pong');
  await once(client, 'pong');
});

it('a raw frame of the program is taken', async () => {
  const { port } = await listening();
  const client = await connected(port);
  const header = new Promise<WireHeader>((resolve) => client.once('frame', resolve));
  client.sendRawFrame(
    wire('publish', { msgId: 2n ** 64n - 1n, msgKind: KIND.log, payload: topicAndMessage('t', 'x') }),
  );
  expect(await header).toMatchObject({ frameType: TYPE.ack, msgId: 2n ** 64n - 1n });
});

it('disconnect closes, and the client stays away', async () => {
  const { port, broker } = await listening();
  const client = await connected(port);
  const gone = once(client, 'disconnect');
  const seen = new Promise((resolve) => broker.on('disconnected', resolve));
  client.disconnect();
  await Promise.all([gone, seen]);
  expect(client.isConnected()).toBe(false);
});

it.each([[''], ['lamp-in-the-hall']])(
  '[MSIP-4-3] automatic reconnect of the client called "%s": it comes back by the msg_id of its first HELLO and has forgotten its subscriptions; its session has not',
  async (clientId) => {
    const { port, broker } = await listening();
    const client = await connected(port, { clientId, msgIdsFrom: 5_000_000_000n });
    const publisher = await connected(port, { clientId: 'publisher' });
    await acknowledged(client, () => client.subscribe('t'));
    const ids: string[] = [];
    broker.on('connected', ({ client: { clientId: id }, sessionPresent }) => ids.push(`${id} ${sessionPresent}`));
    for (let round = 1; round <= 3; round++) {
      const back = once(client, 'connect');
      const attempt = once(client, 'reconnecting');
      client.sendRawFrame(wire('close')); // the line ends without disconnect() of the program
      expect(await attempt).toEqual([1]);
      await back;
      expect(client.clientId).toBe('5000000001');
      const got = once(client, 'message');
      await acknowledged(publisher, () => publisher.publish('t', round));
      expect(await got).toEqual(['t', String(round)]);
    }
    expect(ids).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/ true$/)));
    if (clientId !== '') expect(ids[0]).toBe(`${clientId} true`);
  },
);

it('a broker that restarts is found again', async () => {
  const { port, broker } = await listening();
  const client = await connected(port, { maxReconnectAttempts: 0 });
  const back = once(client, 'connect');
  const attempt = once(client, 'reconnecting');
  await broker.close();
  await attempt;
  await listening(port);
  await back;
  const got = once(client, 'message');
  await acknowledged(client, () => client.subscribe('t'));
  client.publish('t', 'again');
  expect(await got).toEqual(['t', 'again']);
});

it('ids that share their first 8 bytes are two clients here', async () => {
  const { port } = await listening();
  const one = await connected(port, { clientId: 'sensor-1-north' });
  const other = await connected(port, { clientId: 'sensor-1-south' });
  const wrong: string[] = [];
  other.on('message', (topic) => wrong.push(topic));
  await acknowledged(one, () => one.subscribe('t'));
  const got = once(one, 'message');
  await acknowledged(other, () => other.publish('t', 5));
  expect(await got).toEqual(['t', '5']);
  await settled(other);
  expect(wrong).toEqual([]);
});

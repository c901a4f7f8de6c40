// The stand-ins of the reference server and client, with each other: they have the habits that docs/msip.md tells of, so that
// what is tested against them is tested against something.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { MsipReferenceClient, type MsipReferenceClientOptions } from '../support/msip-reference-client.ts';
import { MsipReferenceServer } from '../support/msip-reference-server.ts';
import { describeFrame, FLAG, TYPE, topicAndMessage, WireSplitter, wire } from '../support/msip-wire.ts';

async function listen(): Promise<MsipReferenceServer> {
  const server = await MsipReferenceServer.listen();
  onTestFinished(() => server.close());
  return server;
}

async function connected(
  server: MsipReferenceServer,
  options: MsipReferenceClientOptions = {},
): Promise<MsipReferenceClient> {
  const client = new MsipReferenceClient({
    port: server.port,
    reconnectDelay: 1,
    msgIdsFrom: 1_000_000_000n,
    ...options,
  });
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** Everything the server says to these bytes until it closes. */
async function answersTo(server: MsipReferenceServer, ...frames: Uint8Array[]): Promise<string[]> {
  const socket = connect({ host: '127.0.0.1', port: server.port });
  onTestFinished(() => void socket.destroy());
  const splitter = new WireSplitter();
  const answers: string[] = [];
  socket.on('data', (bytes) => answers.push(...splitter.take(bytes).map(describeFrame)));
  socket.write(Buffer.concat(frames));
  await once(socket, 'close');
  return answers;
}

const HELLO = wire('hello', { msgId: 7n, payload: 'lamp-in-the-hall' });
const CLOSE = wire('close');

it('HELLO is answered by ACK of kind STATE with the first 8 bytes of the id', async () => {
  const server = await listen();
  expect(await answersTo(server, HELLO, CLOSE)).toEqual(['ack id=7 kind=3 flags=0 lamp-in-']);
  const [short] = await answersTo(server, wire('hello', { msgId: 8n, payload: 'lamp' }), CLOSE);
  expect(short).toBe('ack id=8 kind=3 flags=0 0x0000000000000001');
});

it('PUBLISH is acknowledged whatever its flags, after the EVENT of kind EVENT with COMPRESSED', async () => {
  const server = await listen();
  const publish = wire('publish', { msgId: 9n, msgKind: 4, payload: topicAndMessage('a', 'hi') });
  const subscribe = wire('subscribe', { msgId: 8n, flags: FLAG.ackRequired, payload: 'a' });
  expect(await answersTo(server, HELLO, subscribe, publish, CLOSE)).toEqual([
    'ack id=7 kind=3 flags=0 lamp-in-',
    'ack id=8 kind=1 flags=0',
    'event id=9 kind=1 flags=2 a: hi',
    'ack id=9 kind=1 flags=0',
  ]);
});

it('SUBSCRIBE without ACK_REQUIRED is answered by ERROR with msg_id 0 and the end', async () => {
  const server = await listen();
  const answers = await answersTo(server, HELLO, wire('subscribe', { msgId: 8n, payload: 'a' }));
  expect(answers.slice(1)).toEqual(['error id=0 kind=1 flags=0 acknowledgement not requested']);
});

it.each([
  ['a wrong magic', wire('ping', { magic: 'MBUS' })],
  ['a wrong version', wire('ping', { version: 2 })],
  ['a kind that does not exist', wire('ping', { msgKind: 6 })],
  ['a frame type that does not exist', wire(11)],
  ['a payload without a topic', wire('publish', { payload: 'x' })],
])('%s is answered by ERROR with msg_id 0 and the end', async (_name, frame) => {
  const server = await listen();
  const answers = await answersTo(server, HELLO, frame);
  expect(answers.slice(1)).toEqual([expect.stringMatching(/^error id=0 kind=1 flags=0 \w/)]);
});

it('ids that share their first 8 bytes are one client, and both connections get its messages', async () => {
  const server = await listen();
  const one = await connected(server, { clientId: 'sensor-1-north' });
  const other = await connected(server, { clientId: 'sensor-1-south' });
  const got = [once(one, 'message'), once(other, 'message')];
  const subscribed = once(one, 'ack');
  one.subscribe('t');
  await subscribed;
  other.publish('t', 5);
  expect(await Promise.all(got)).toEqual([
    ['t', '5'],
    ['t', '5'],
  ]);
});

it('the client is called by the msg_id of its first HELLO from then on, and forgets its subscriptions', async () => {
  const server = await listen();
  const client = await connected(server, { clientId: 'the-lamp' });
  const subscribed = once(client, 'ack');
  client.subscribe('t');
  await subscribed;
  const back = once(client, 'connect');
  server.dropConnections();
  await back;
  expect(client.isConnected()).toBe(true);
  expect(server.received).toEqual([
    'hello id=1000000001 kind=1 flags=0 the-lamp',
    'subscribe id=1000000002 kind=1 flags=1 t',
    'hello id=1000000003 kind=1 flags=0 1000000001',
  ]);
});

it('the client tells frames, pongs, errors and attempts, and gives up after as many as it may', async () => {
  const server = await listen();
  const client = await connected(server, { maxReconnectAttempts: 2 });
  const pong = once(client, 'pong');
  const frames: number[] = [];
  client.on('frame', ({ frameType }) => frames.push(frameType));
  client.ping();
  await pong;
  expect(frames).toEqual([TYPE.pong]);
  const attempts: number[] = [];
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  const gaveUp = new Promise<void>((resolve) => {
    let ends = 0;
    client.on('disconnect', () => ++ends === 3 && resolve());
  });
  client.on('reconnecting', (attempt) => attempts.push(attempt));
  await server.close();
  await gaveUp;
  expect(attempts).toEqual([1, 2]);
  expect(errors.length).toBe(2);
});

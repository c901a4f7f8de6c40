// The MSIP client with our broker, over real sockets: TCP, TLS, WebSocket; acknowledged sessions, a broker that goes and comes
// back, a takeover.
import { createServer, connect as dialSocket, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { connect } from '../../src/client/index.ts';
import { MsgKind } from '../../src/msip/header.ts';
import type { MsipClientOptions } from '../../src/msip-client/client-options.ts';
import { MsipClient } from '../../src/msip-client/index.ts';
import type { MsipMessage } from '../../src/msip-client/message.ts';
import { CLIENT_TLS, SERVER_TLS } from '../transport/stage.ts';

/** A busy machine takes its time. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

function isSecure(url: string): boolean {
  return url.startsWith('msips:') || url.startsWith('wss:');
}

async function listen(url: string, options: BrokerOptions = {}): Promise<{ broker: Broker; url: string }> {
  const broker = new Broker({ systemTopicsIntervalMs: 0, ...options });
  onTestFinished(() => broker.close());
  const listener = await broker.listen(url, isSecure(url) ? { tls: SERVER_TLS } : {});
  return { broker, url: listener.url };
}

async function connected(options: MsipClientOptions): Promise<MsipClient> {
  const client = new MsipClient({
    reconnectDelay: 5,
    reconnectDelayMaximumMs: 20,
    maxReconnectAttempts: 0,
    ...options,
  });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect({ flush: false }));
  await client.connect();
  return client;
}

async function take(subscription: AsyncIterable<MsipMessage>, count: number): Promise<MsipMessage[]> {
  const all: MsipMessage[] = [];
  for await (const message of subscription) {
    all.push(message);
    message.acknowledge();
    if (all.length === count) break;
  }
  return all;
}

describe.each(['msip://127.0.0.1:0', 'msips://localhost:0', 'ws://127.0.0.1:0/msip', 'wss://localhost:0/msip'])(
  'over %s',
  (scheme) => {
    it('messages of every kind and size arrive, byte for byte and in order', async () => {
      const { url } = await listen(scheme);
      const address = url.replace(/\/\/[^:]+/, `//${new URL(scheme).hostname}`);
      const client = await connected({ url: address, ...(isSecure(scheme) ? { tls: CLIENT_TLS } : {}) });
      const subscription = await client.subscribeAsync('e2e/#');
      const sizes = [0, 1, 1_000, 70_000, 1_000_000];
      const payloads = sizes.map((size) => Uint8Array.from({ length: size }, (_, index) => index * 7 + (index >> 8)));
      for (const [index, payload] of payloads.entries()) {
        const compress = index % 2 === 1 ? ({ compress: 'gzip' } as const) : {};
        await client.publishAsync(`e2e/${index}`, payload, { msgKind: MsgKind.Metric, ...compress });
      }
      const got = await take(subscription, sizes.length);
      expect(got.map(({ topic }) => topic)).toEqual(sizes.map((_, index) => `e2e/${index}`));
      expect(got.every(({ payload }, index) => Buffer.compare(payload, payloads[index]!) === 0)).toBe(true);
      expect(new Set(got.map(({ msgKind }) => msgKind))).toEqual(new Set([MsgKind.Metric]));
      expect(await client.pingAsync()).toBeGreaterThanOrEqual(0);
      await client.disconnect();
    });
  },
);

it('MQTT and MSIP clients meet under the same topics', async () => {
  const { broker, url } = await listen('msip://127.0.0.1:0');
  const { url: mqttUrl } = await broker.listen('mqtt://127.0.0.1:0');
  const mqtt = await connect(mqttUrl);
  onTestFinished(() => mqtt.close());
  const client = await connected({ url });
  const fromMqtt = await client.subscribeAsync('to/msip');
  const fromMsip = await mqtt.subscribe('to/mqtt');
  await mqtt.publish('to/msip', 'hello', { qos: 1, properties: { userProperties: [['msip-kind', 'command']] } });
  await client.publishAsync('to/mqtt', 'x'.repeat(2_000), { compress: 'gzip', msgKind: MsgKind.Log, urgent: true });
  const [message] = await take(fromMqtt, 1);
  expect([message!.text, message!.msgKind]).toEqual(['hello', MsgKind.Command]);
  const { value } = await fromMsip[Symbol.asyncIterator]().next();
  expect(value!.text).toBe('x'.repeat(2_000));
  expect(value!.properties.userProperties).toEqual(
    expect.arrayContaining([
      ['msip-kind', 'log'],
      ['msip-urgent', '1'],
    ]),
  );
});

it('shared subscriptions share', async () => {
  const { url } = await listen('msip://127.0.0.1:0');
  const got: [string, string][] = [];
  for (const name of ['one', 'other']) {
    const client = await connected({ url, clientId: name });
    await client.subscribeAsync('$share/workers/jobs/+', ({ text }) => void got.push([name, text]));
  }
  const publisher = await connected({ url });
  for (let index = 0; index < 20; index++) await publisher.publishAsync('jobs/x', String(index));
  await eventually(() => got.length).toBe(20);
  expect(new Set(got.map(([name]) => name)).size).toBe(2);
  expect(new Set(got.map(([, text]) => text)).size).toBe(20);
});

it('who may not is told so, and stays connected; who is not known is not let in', async () => {
  const { url } = await listen('msip://127.0.0.1:0', {
    hooks: {
      authenticate: (_, { username, password }) =>
        username === 'ann' && Buffer.from(password ?? '').toString() === 'pw',
      authorize: (_, __, topic) => topic.startsWith('open'),
    },
  });
  const client = await connected({ url: url.replace('//', '//ann:pw@') });
  await expect(client.publishAsync('closed/x', 'x')).rejects.toMatchObject({ code: 'REFUSED' });
  await expect(client.subscribeAsync('closed/#')).rejects.toMatchObject({ code: 'REFUSED' });
  await client.publishAsync('open/x', 'x');
  expect(client.isConnected()).toBe(true);
  const stranger = new MsipClient({ url, username: 'ann', password: 'no', autoReconnect: false });
  await expect(stranger.connect()).rejects.toMatchObject({ code: 'REFUSED' });
});

describe('an acknowledged session', () => {
  it('has what was published while its client was away', async () => {
    const { url } = await listen('msip://127.0.0.1:0');
    const publisher = await connected({ url });
    const first = await connected({ url, clientId: 'keeper', acknowledged: true });
    expect(first.isAcknowledged).toBe(true);
    await first.subscribeAsync('kept/#', () => {});
    await publisher.publishAsync('kept/1', 'before');
    await first.disconnect();
    for (const text of ['a', 'b', 'c']) await publisher.publishAsync('kept/2', text);
    const second = await connected({ url, clientId: 'keeper', acknowledged: true });
    const subscription = await second.subscribeAsync('kept/#');
    expect((await take(subscription, 3)).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  });

  it('loses nothing over a broker that goes and comes back, with its store', async () => {
    const store = new MemoryStore();
    const first = await listen('msip://127.0.0.1:0', { store });
    const { url } = first;
    const client = await connected({ url, clientId: 'keeper', acknowledged: true });
    const got: string[] = [];
    await client.subscribeAsync('kept', ({ text }) => void got.push(text));
    const publisher = await connected({ url, clientId: 'publisher' });
    for (let index = 0; index < 50; index++) await publisher.publishAsync('kept', `before ${index}`, { repeat: true });
    await first.broker.close();
    await eventually(() => client.isConnected()).toBe(false);
    const waiting = Array.from({ length: 50 }, (_, index) =>
      publisher.publishAsync('kept', `after ${index}`, { repeat: true }),
    );
    const second = new Broker({ systemTopicsIntervalMs: 0, store });
    onTestFinished(() => second.close());
    await second.listen(url);
    await Promise.all(waiting);
    await eventually(() => new Set(got).size).toBe(100);
  });

  it('loses nothing over connections that are cut again and again', async () => {
    const { url } = await listen('msip://127.0.0.1:0');
    const proxy = await CuttingProxy.before(Number(new URL(url).port));
    onTestFinished(() => proxy.close());
    const client = await connected({ url: proxy.url, clientId: 'keeper', acknowledged: true, reconnectDelay: 1 });
    const got: number[] = [];
    await client.subscribeAsync('cut', ({ text }) => void got.push(Number(text)));
    const publisher = await connected({ url: proxy.url, clientId: 'publisher', reconnectDelay: 1 });
    for (let index = 0; index < 300; index++) {
      if (index % 20 === 10) proxy.cut();
      await publisher.publishAsync('cut', String(index), { repeat: true });
    }
    await eventually(() => new Set(got).size).toBe(300);
    expect(proxy.cuts).toBeGreaterThan(10);
  });
});

it('a client whose id another one takes is sent away; the two do not take turns for ever', async () => {
  const { url } = await listen('msip://127.0.0.1:0');
  const first = await connected({ url, clientId: 'same', reconnectDelay: 10, maxReconnectAttempts: 2 });
  const ends: unknown[] = [];
  first.on('disconnect', (error) => ends.push(error));
  const second = await connected({ url, clientId: 'same', reconnectDelay: 10, maxReconnectAttempts: 2 });
  await eventually(() => [first.state, second.state].includes('closed')).toBe(true);
  expect(ends[0]).toMatchObject({ code: 'CLOSED_BY_SERVER' });
  expect([first.state, second.state]).toContain('connected');
});

/** Between clients and a broker: cuts every connection when it is told to. */
class CuttingProxy {
  cuts = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server;
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((near) => {
      const far = dialSocket(this.#port, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
  }

  static async before(port: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `msip://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  cut(): void {
    this.cuts++;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

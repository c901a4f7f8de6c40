// The client in a real browser: Debian's Chromium, over WebSocket to our broker.
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { CHROMIUM, Stage } from './stage.ts';

const stage = new Stage();

beforeAll(() => stage.open(CHROMIUM.find((path) => existsSync(path))!), 60_000);
afterAll(() => stage.close());
beforeEach(() => stage.startBroker());
afterEach(async () => {
  for (const page of stage.context.pages()) await page.close();
  await stage.stopBroker();
  expect(stage.errors.splice(0)).toEqual([]);
});

const published = (page: Page) => page.evaluate(() => (globalThis as unknown as { results: unknown[] }).results);

describe('the client in Chromium', () => {
  it.each([4, 5] as const)('publishes and receives every QoS in version %i', async (protocolVersion) => {
    const page = await stage.page();
    const received = await page.evaluate(
      async ([url, version]) => {
        const client = await signalbox.connect(url, { protocolVersion: version });
        const subscription = await client.subscribe('browser/#');
        for (const qos of [0, 1, 2] as const) await client.publish(`browser/${qos}`, `payload ${qos} ✓`, { qos });
        const messages: string[] = [];
        for await (const message of subscription) {
          messages.push(`${message.topicName} ${message.qos} ${message.text}`);
          message.acknowledge();
          if (messages.length === 3) break;
        }
        await client.close();
        return messages;
      },
      [stage.url, protocolVersion] as const,
    );
    expect(received).toEqual(['browser/0 0 payload 0 ✓', 'browser/1 1 payload 1 ✓', 'browser/2 2 payload 2 ✓']);
  });

  it('carries a megabyte both ways, byte for byte', async () => {
    const page = await stage.page();
    const isSame = await page.evaluate(async (url) => {
      const client = await signalbox.connect(url);
      const subscription = await client.subscribe('large');
      const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index * 7 + (index >> 8));
      await client.publish('large', payload, { qos: 1 });
      const { value } = await subscription[Symbol.asyncIterator]().next();
      await client.close();
      return value!.payload.length === payload.length && value!.payload.every((byte, index) => byte === payload[index]);
    }, stage.url);
    expect(isSame).toBe(true);
  });

  it('talks to clients in Node', async () => {
    const page = await stage.page();
    const node = await connect(stage.url);
    await node.reply('sum', (message) => String((message.json() as number[]).reduce((a, b) => a + b)));
    const answer = await page.evaluate(async (url) => {
      const client = await signalbox.connect(url);
      const response = await client.request('sum', '[1,2,3]');
      await client.close();
      return response.text;
    }, stage.url);
    await node.close();
    expect(answer).toBe('6');
  });

  it('a refusal is an error that says why', async () => {
    await stage.stopBroker();
    await stage.startBroker({ hooks: { authenticate: () => false } });
    const page = await stage.page();
    const error = await page.evaluate(async (url) => {
      try {
        await signalbox.connect(url, { username: 'u', password: 'p' });
        return undefined;
      } catch (failure) {
        const { name, code, reasonCode } = failure as Error & { code: string; reasonCode: number };
        return { name, code, reasonCode, is: failure instanceof signalbox.RefusedError };
      }
    }, stage.url);
    expect(error).toEqual({ name: 'RefusedError', code: 'REFUSED', reasonCode: 0x87, is: true });
  });

  it('the network goes and comes back: what was published meanwhile arrives, in order', async () => {
    const page = await stage.page();
    await page.evaluate(async (url) => {
      const results: unknown[] = [];
      Object.assign(globalThis, { results });
      const client = await signalbox.connect(url, { reconnect: () => 100, keepAlive: 5 });
      Object.assign(globalThis, { client });
      await client.subscribe('back/#', (message) => {
        results.push(message.text);
      });
      await client.publish('back/1', 'before', { qos: 1 });
    }, stage.url);
    await stage.stopBroker();
    await page.evaluate(() => {
      const { client } = globalThis as unknown as { client: Awaited<ReturnType<typeof signalbox.connect>> };
      for (let count = 0; count < 5; count++) void client.publish('back/2', `offline ${count}`, { qos: 1 });
    });
    await stage.startBroker();
    await expect
      .poll(() => published(page), { timeout: 20_000 })
      .toEqual(['before', 'offline 0', 'offline 1', 'offline 2', 'offline 3', 'offline 4']);
  });

  it('a session in IndexedDB goes on after the page was loaded anew: nothing is lost, nothing doubled', async () => {
    const page = await stage.page();
    const { url } = stage;
    await stage.stopBroker();
    await page.evaluate(async (address) => {
      const results: unknown[] = [];
      Object.assign(globalThis, { results });
      const store = signalbox.indexedDbSessionStore('kept');
      const commit = store.commit.bind(store);
      store.commit = async (changes) => {
        await commit(changes);
        results.push(...changes.map(({ key }) => key));
      };
      const client = await signalbox.connect(address, {
        clientId: 'kept',
        awaitConnection: false, // nobody is there
        sessionStore: store,
      });
      for (const qos of [1, 2] as const) void client.publish(`kept/${qos}`, `qos ${qos}`, { qos });
    }, url);
    await expect.poll(() => published(page), { timeout: 10_000 }).toEqual(['client', 'm1', 'm2']);
    await stage.startBroker();
    const listener = await connect(stage.url);
    const received: string[] = [];
    await listener.subscribe('kept/#', (message) => {
      received.push(`${message.topicName} ${message.text}`);
    });
    await page.reload();
    await page.evaluate(async (address) => {
      const client = await signalbox.connect(address, {
        clientId: 'kept',
        sessionStore: signalbox.indexedDbSessionStore('kept'),
      });
      await client.flush({ timeoutMs: 10_000 });
      await client.close();
    }, url);
    await expect.poll(() => received, { timeout: 10_000 }).toEqual(['kept/1 qos 1', 'kept/2 qos 2']);
    await listener.close();
  });

  it('a second tab cannot take the store of the first', async () => {
    const first = await stage.page();
    const second = await stage.page();
    const open = (page: Page) =>
      page.evaluate(async (url) => {
        try {
          const client = await signalbox.connect(url, { sessionStore: signalbox.indexedDbSessionStore('tabs') });
          return client.state;
        } catch (error) {
          return (error as { code: string }).code;
        }
      }, stage.url);
    expect(await open(first)).toBe('connected');
    expect(await open(second)).toBe('STORE_IN_USE');
    await first.close();
    await expect.poll(() => open(second), { timeout: 10_000 }).toBe('connected');
  });
});

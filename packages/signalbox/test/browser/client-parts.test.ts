// A page loads the client in files: at first what it needs to listen, the rest when it asks for it.
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { CHROMIUM, Stage } from './stage.ts';

const stage = new Stage();

beforeAll(() => stage.open(CHROMIUM.find((path) => existsSync(path))!), 60_000);
afterAll(() => stage.close());
beforeEach(() => stage.startBroker());
afterEach(async () => {
  for (const page of stage.context.pages()) await page.close();
  await stage.stopBroker();
  stage.loaded.splice(0);
  expect(stage.errors.splice(0)).toEqual([]);
});

/** What the page keeps for the test. */
interface Kept {
  readonly client: Client;
  readonly received: string[];
}

it('loads what publishes with its first message, once, and keeps the order', async () => {
  const page = await stage.page('/parts');
  const listen = async (url: string) => {
    const client = await signalbox.connect(url);
    const received: string[] = [];
    await client.subscribe('a', ({ text }) => received.push(text));
    Object.assign(globalThis, { kept: { client, received } });
  };
  await page.evaluate(listen, stage.url);
  expect(stage.loaded.sort()).toEqual(['errors', 'index']);
  await page.evaluate(async () => {
    const { client } = (globalThis as unknown as { kept: Kept }).kept;
    await Promise.all(['1', '2', '3'].map((text, qos) => client.publish('a', text, { qos: qos as 0 })));
    await client.publish('a', '4', { qos: 2 });
  });
  await page.waitForFunction(() => (globalThis as unknown as { kept: Kept }).kept.received.length === 4);
  const received = await page.evaluate(() => (globalThis as unknown as { kept: Kept }).kept.received);
  expect(received).toEqual(['1', '2', '3', '4']);
  expect(stage.loaded.sort()).toEqual(['chunk', 'errors', 'index', 'publishing']);
});

it('tells when it cannot be loaded, goes on listening, and tries again', async () => {
  const page = await stage.page('/parts');
  await page.route(/publishing/, (route) => route.abort());
  const told = await page.evaluate(async (url) => {
    const client = await signalbox.connect(url);
    await client.subscribe('a', () => {});
    const code = await client.publish('a', 'x', { qos: 1 }).catch((error: { code?: string }) => error.code);
    Object.assign(globalThis, { kept: { client, received: [] } });
    return [code, client.isConnected];
  }, stage.url);
  expect(told).toEqual(['LOAD_FAILED', true]);
  await page.unroute(/publishing/);
  const publish = () => (globalThis as unknown as { kept: Kept }).kept.client.publish('a', 'x', { qos: 1 });
  expect(await page.evaluate(publish)).toEqual({ reasonCode: 0 });
});

it('gets what its options ask for before it connects', async () => {
  const page = await stage.page('/parts');
  const types = await page.evaluate(async (url) => {
    const seen: string[] = [];
    const interceptors = { outgoing: ({ type }: { readonly type: string }) => void seen.push(type) };
    const sessionStore = signalbox.indexedDbSessionStore('parts');
    const client = await signalbox.connect(url, { interceptors, sessionStore, clientId: 'parts', lastPackets: 4 });
    await client.publish('a', 'x', { qos: 2 });
    const last = client.lastPackets().map(({ type }) => type);
    await client.close();
    return [seen, last];
  }, stage.url);
  expect(types).toEqual([
    ['connect', 'publish', 'disconnect'],
    ['publish', 'pubrec', 'pubrel', 'pubcomp'],
  ]);
});

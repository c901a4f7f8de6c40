// What a page lives through: it is loaded anew, loses its network, is frozen in the background, and is there twice.
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/index.ts';
import { CHROMIUM, Stage } from './stage.ts';

const stage = new Stage();
/** In Node, of the same broker. */
let node: Client;

beforeAll(() => stage.open(CHROMIUM.find((path) => existsSync(path))!), 60_000);
afterAll(() => stage.close());
beforeEach(async () => {
  await stage.startBroker();
  node = await connect(stage.url, { reconnect: () => 10 });
});
afterEach(async () => {
  await stage.context.setOffline(false);
  for (const page of stage.context.pages()) await page.close();
  await node.close({ flush: false });
  await stage.stopBroker();
  expect(stage.errors.splice(0)).toEqual([]);
});

/** What the page keeps for the test. */
interface Kept {
  client: Client;
  readonly received: string[];
}

/** The page connects, subscribes to `to/page/#` and keeps what it receives. */
function live(page: Page, options: { clientId: string; keepAlive?: number; delayMs?: number; store?: string }) {
  return page.evaluate(
    async ([url, { clientId, keepAlive = 60, delayMs = 50, store }]) => {
      const sessionStore = store === undefined ? undefined : signalbox.indexedDbSessionStore(store);
      const client = await signalbox.connect(url, {
        clientId,
        keepAlive,
        cleanStart: false,
        sessionStore,
        reconnect: () => delayMs,
      });
      const received: string[] = [];
      await client.subscribe('to/page/#', ({ text }) => received.push(text));
      Object.assign(globalThis, { kept: { client, received } });
    },
    [stage.url, options] as const,
  );
}

const kept = <T>(page: Page, look: string): Promise<T> =>
  page.evaluate((text) => new Function('kept', `return ${text}`)((globalThis as unknown as { kept: Kept }).kept), look);
const received = (page: Page) => kept<string[]>(page, 'kept.received');

async function tell(texts: readonly string[]): Promise<void> {
  for (const text of texts) await node.publish('to/page/x', text, { qos: text.startsWith('2') ? 2 : 1 });
}

it('gets every QoS and a megabyte from Node', async () => {
  const page = await stage.page();
  await live(page, { clientId: 'from-node' });
  const large = 'm'.repeat(1_048_576);
  for (const qos of [0, 1, 2] as const) await node.publish(`to/page/${qos}`, `qos ${qos}`, { qos });
  await node.publish('to/page/large', large, { qos: 2 });
  await expect.poll(async () => (await received(page)).length, { timeout: 10_000 }).toBe(4);
  expect(await received(page)).toEqual(['qos 0', 'qos 1', 'qos 2', large]);
});

it('loaded anew, it goes on with its session: what came meanwhile is there, once', async () => {
  const page = await stage.page();
  const whenDone = stage.whenReceived('reloaded', ({ type }) => type === 'pubcomp');
  await live(page, { clientId: 'reloaded', store: 'reloaded' });
  await tell(['1a', '2a']);
  await expect.poll(() => received(page)).toEqual(['1a', '2a']);
  await whenDone; // until then, what the handler has seen may come again
  await page.goto('about:blank');
  await tell(['1b', '2b', '1c']);
  await page.goBack();
  await live(page, { clientId: 'reloaded', store: 'reloaded' });
  await expect.poll(() => received(page)).toEqual(['1b', '2b', '1c']);
});

it('loaded anew in the middle of a handshake, it finishes it: QoS 2 once', async () => {
  let whenHeld: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    whenHeld = resolve;
  });
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await node.close();
  await stage.stopBroker();
  await stage.startBroker({
    hooks: {
      onPublish: async (_client, { topicName }) => {
        if (!topicName.startsWith('held')) return;
        whenHeld(); // the second one waits behind the first
        await released;
      },
    },
  });
  node = await connect(stage.url);
  const heard: string[] = [];
  await node.subscribe('held/#', ({ topicName }) => heard.push(topicName));
  const page = await stage.page();
  const whenBoth = stage.whenReceived('held', (packet) => packet.type === 'publish' && packet.qos === 2);
  await live(page, { clientId: 'held', store: 'held' });
  await page.evaluate(() => {
    const { client } = (globalThis as unknown as { kept: Kept }).kept;
    for (const qos of [1, 2] as const) client.publish(`held/${qos}`, '', { qos }).catch(() => {});
  });
  await Promise.all([held, whenBoth]);
  await page.reload();
  release();
  await live(page, { clientId: 'held', store: 'held' });
  await page.evaluate(() => (globalThis as unknown as { kept: Kept }).kept.client.flush());
  await node.publish('held/end', '', { qos: 1 });
  await expect.poll(() => heard.at(-1)).toBe('held/end');
  expect(heard.filter((topic) => topic === 'held/2')).toEqual(['held/2']);
  expect(heard).toContain('held/1');
});

it('told that there is a network again, it does not wait for its next attempt', async () => {
  const page = await stage.page();
  await live(page, { clientId: 'offline', delayMs: 3_600_000 });
  await stage.stopBroker();
  await expect.poll(() => kept(page, 'kept.client.state')).toBe('waiting');
  await stage.context.setOffline(true);
  await stage.startBroker();
  await page.evaluate(() => {
    const { client, received: list } = (globalThis as unknown as { kept: Kept }).kept;
    client.publish('to/page/x', 'published offline', { qos: 1 }).catch((error: Error) => list.push(error.message));
  });
  await stage.context.setOffline(false);
  await expect.poll(() => received(page), { timeout: 10_000 }).toEqual(['published offline']);
});

it('standing still until the server gives it up, it comes back and gets what waited', async () => {
  const page = await stage.page();
  await live(page, { clientId: 'frozen', keepAlive: 1 });
  const devTools = await stage.context.newCDPSession(page);
  let whenLost: () => void = () => {};
  const lost = new Promise<void>((resolve) => {
    whenLost = resolve;
  });
  stage.broker.on('disconnected', () => whenLost());
  await devTools.send('Debugger.enable');
  await devTools.send('Debugger.pause'); // no script runs, as in a tab that the browser has frozen
  await lost; // it heard nothing for one and a half times the keep alive
  await tell(['1a', '2a', '1b']);
  await devTools.send('Debugger.resume');
  await expect.poll(() => received(page), { timeout: 10_000 }).toEqual(['1a', '2a', '1b']);
  expect(await kept(page, 'kept.client.state')).toBe('connected');
});

it('in two tabs, they talk to each other; with one name, the second ends the first', async () => {
  const [first, second] = [await stage.page(), await stage.page()];
  await live(first, { clientId: 'tab-1' });
  await live(second, { clientId: 'tab-2' });
  await kept(second, "void kept.client.publish('to/page/x', 'from the other', { qos: 2 })");
  for (const page of [first, second]) await expect.poll(() => received(page)).toEqual(['from the other']);
  await live(second, { clientId: 'tab-1' });
  expect(await kept(first, 'kept.client.closed.then((error) => error.code)')).toBe('SESSION_TAKEN_OVER');
});

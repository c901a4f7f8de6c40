// The MSIP client in a real browser: Debian's Chromium, over WebSocket to our broker.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type * as Msip from '../../src/msip-client/browser.ts';
import { MsipClient } from '../../src/msip-client/index.ts';
import { CHROMIUM, Stage } from './stage.ts';

/** A busy machine takes its time. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

declare global {
  /** In the page. */
  var msip: typeof Msip;
}

const stage = new Stage();
let script = '';

beforeAll(async () => {
  const entry = fileURLToPath(new URL('../../src/msip-client/browser.ts', import.meta.url));
  const options = { bundle: true, format: 'iife', globalName: 'msip', platform: 'browser', write: false } as const;
  const { outputFiles } = await build({ ...options, entryPoints: [entry], target: 'es2022' });
  script = outputFiles[0]!.text;
  await stage.open(CHROMIUM.find((path) => existsSync(path))!);
}, 60_000);
afterAll(() => stage.close());
beforeEach(() => stage.startBroker());
afterEach(async () => {
  for (const page of stage.context.pages()) await page.close();
  await stage.stopBroker();
  expect(stage.errors.splice(0)).toEqual([]);
});

async function open(): Promise<Page> {
  const page = await stage.page();
  await page.addScriptTag({ content: script });
  return page;
}

describe('the MSIP client in Chromium', () => {
  it('publishes, subscribes and compresses, byte for byte', async () => {
    const page = await open();
    const got = await page.evaluate(async (url) => {
      const client = new msip.MsipClient({ url, clientId: 'page', acknowledged: true });
      await client.connect();
      const subscription = await client.subscribeAsync('browser/#');
      const large = Uint8Array.from({ length: 200_000 }, (_, index) => index >> 8);
      await client.publishAsync('browser/text', 'grüß dich', { msgKind: msip.MsgKind.Command, urgent: true });
      await client.publishAsync('browser/large', large, { compress: 'gzip' });
      const results: unknown[] = [];
      for await (const message of subscription) {
        message.acknowledge();
        if (message.topic === 'browser/text') results.push(message.text, message.msgKind, message.isUrgent);
        else
          results.push(
            message.compression,
            message.payload.every((byte, index) => byte === large[index]),
          );
        if (results.length === 5) break;
      }
      const isAcknowledged = client.isAcknowledged;
      await client.disconnect();
      return [...results, isAcknowledged, client.state];
    }, stage.url);
    expect(got).toEqual(['grüß dich', 2, true, 'gzip', true, true, 'closed']);
  });

  it('talks to clients in Node, also after the broker went and came back', async () => {
    const page = await open();
    await page.evaluate(async (url) => {
      const results: unknown[] = [];
      Object.assign(globalThis, { results });
      const client = new msip.MsipClient({ url, reconnectDelay: 50, maxReconnectAttempts: 0 });
      client.on('error', () => {});
      client.on('message', (topic, text) => results.push(`${topic} ${text}`));
      await client.connect();
      client.subscribe('node/+');
      await client.flush();
      await client.pingAsync();
    }, stage.url);
    const results = () => page.evaluate(() => (globalThis as unknown as { results: unknown[] }).results);
    const before = new MsipClient({ url: stage.url });
    await before.connect();
    await before.publishAsync('node/1', 'before');
    await before.disconnect();
    await eventually(results).toEqual(['node/1 before']);
    await stage.stopBroker();
    await stage.startBroker();
    const after = new MsipClient({ url: stage.url });
    await after.connect();
    await eventually(async () => {
      await after.publishAsync('node/2', 'after');
      return results();
    }).toContain('node/2 after');
    await after.disconnect();
  });

  it('a bomb is an error, and costs nothing else', async () => {
    const page = await open();
    const got = await page.evaluate(async (url) => {
      const client = new msip.MsipClient({ url, maximumInflatedLength: 10_000 });
      const codes: string[] = [];
      client.on('error', (error) => codes.push((error as Error & { code: string }).code));
      await client.connect();
      const subscription = await client.subscribeAsync('t');
      await client.publishAsync('t', new Uint8Array(1_000_000), { compress: 'gzip' });
      await client.publishAsync('t', 'behind it');
      const { value } = await subscription[Symbol.asyncIterator]().next();
      await client.disconnect();
      return [value!.text, ...codes];
    }, stage.url);
    expect(got).toEqual(['behind it', 'NOT_INFLATED']);
  });

  it('nobody there is an error that says so', async () => {
    const page = await open();
    await stage.stopBroker();
    const code = await page.evaluate(async (url) => {
      try {
        await new msip.MsipClient({ url, autoReconnect: false }).connect();
        return undefined;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    }, stage.url);
    expect(code).toBe('CONNECT_FAILED');
  });
});

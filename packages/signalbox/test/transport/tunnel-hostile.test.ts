// Proxies that do strange things, or nothing, or go away.

import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { Recorder, turns } from './recorder.ts';
import { answering, ESTABLISHED, failing, SOCKS_REPLY, script, through } from './tunnel-stage.ts';

describe.each([
  ['http', ESTABLISHED],
  ['socks5', SOCKS_REPLY],
])('a strange proxy: %s', (kind, success) => {
  it('may send what comes from the target with its own answer', async () => {
    const proxy = await script(answering(kind, Buffer.concat([success, Buffer.from('early bytes')])));
    const client = await through(proxy, kind, 'mqtt://127.0.0.1:1');
    await turns();
    const recorder = Recorder.start(client);
    await recorder.untilReceived(11);
    expect(recorder.text).toBe('early bytes');
    client.destroy();
    await recorder.untilClosed();
  });

  it('may send it with the end of the connection', async () => {
    const last = Buffer.concat([success, Buffer.from('last words')]);
    const proxy = await script(answering(kind, last, (client, bytes) => void client.end(bytes)));
    const recorder = Recorder.start(await through(proxy, kind, 'mqtt://127.0.0.1:1'));
    await recorder.untilClosed();
    expect([recorder.text, recorder.error]).toEqual(['last words', undefined]);
  });

  it('may answer byte by byte', async () => {
    const bytewise = async (client: net.Socket, bytes: Buffer): Promise<void> => {
      client.setNoDelay(true);
      for (const byte of bytes) {
        client.write(Buffer.from([byte]));
        await turns(2);
      }
    };
    const answer = Buffer.concat([success, Buffer.from('and more')]);
    const proxy = await script(answering(kind, answer, (client, bytes) => void bytewise(client, bytes)));
    const recorder = Recorder.start(await through(proxy, kind, 'mqtt://127.0.0.1:1'));
    await recorder.untilReceived(8);
    expect(recorder.text).toBe('and more');
    recorder.transport.destroy();
    await recorder.untilClosed();
  });

  it('that closes after any byte of its answer has failed', async () => {
    for (let length = 0; length < success.length; length++) {
      const proxy = await script(
        answering(kind, success.subarray(0, length), (client, bytes) => void client.end(bytes)),
      );
      await expect(through(proxy, kind, 'mqtt://127.0.0.1:1'), `after ${length}`).rejects.toEqual(
        failing('PROXY_FAILED'),
      );
    }
  });

  it('that resets has failed', async () => {
    const proxy = await script(answering(kind, success, (client) => void client.resetAndDestroy()));
    await expect(through(proxy, kind, 'mqtt://127.0.0.1:1')).rejects.toEqual(failing('PROXY_FAILED'));
  });

  it.each([
    ['zeros', Buffer.alloc(100)],
    ['noise', Buffer.from('c0ffee0123456789abcdef', 'hex')],
    ['another protocol', Buffer.from('220 mail.example ESMTP\r\n\r\n')],
    ['the other kind', kind === 'http' ? SOCKS_REPLY : ESTABLISHED],
    ['HTTP 2', Buffer.from('HTTP/2 200\r\n\r\n')],
  ])('that says something else has failed: %s', async (_, garbage) => {
    const proxy = await script((client) => void client.resume().write(garbage));
    await expect(through(proxy, kind, 'mqtt://127.0.0.1:1')).rejects.toEqual(failing('PROXY_FAILED'));
    await turns();
    expect(proxy.open.size).toBe(0);
  });

  it('that is silent, at any point, is given up in time', async () => {
    for (let length = 0; length < success.length; length += 5) {
      const proxy = await script(answering(kind, success.subarray(0, length)));
      const attempt = through(proxy, kind, 'mqtt://127.0.0.1:1', { connectTimeoutMs: 30 });
      await expect(attempt, `after ${length}`).rejects.toEqual(failing('CONNECT_TIMEOUT'));
      await turns();
      expect(proxy.open.size).toBe(0);
    }
  });

  it('shares one time limit with what follows', async () => {
    const proxy = await script(answering(kind, success));
    for (const scheme of ['mqtts', 'ws', 'wss']) {
      const startedAt = performance.now();
      const attempt = through(proxy, kind, `${scheme}://127.0.0.1:1`, { connectTimeoutMs: 60 });
      await expect(attempt).rejects.toEqual(failing('CONNECT_TIMEOUT'));
      expect(performance.now() - startedAt).toBeGreaterThan(55);
      await turns();
      expect(proxy.open.size).toBe(0);
    }
  });

  it('is left when the signal says so, in every phase', async () => {
    const phases = ['before', 'asked', 'tunnel'] as const;
    for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'])
      for (const phase of phases) {
        if (phase === 'tunnel' && scheme === 'mqtt') continue; // connected
        const controller = new AbortController();
        const abortSoon = (): void => void setImmediate(() => controller.abort());
        if (phase === 'before') controller.abort();
        const proxy = await script(
          phase === 'tunnel'
            ? answering(kind, success, (client, bytes) => void client.write(bytes, abortSoon))
            : (client) => void client.once('data', abortSoon),
        );
        const attempt = through(proxy, kind, `${scheme}://127.0.0.1:1`, { signal: controller.signal });
        await expect(attempt, `${scheme} ${phase}`).rejects.toEqual(failing('CONNECT_ABORTED'));
        await turns();
        expect(proxy.open.size).toBe(0);
      }
  });
});

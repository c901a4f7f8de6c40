// listen and connect by URL: what they answer, what they refuse, and what a listener does besides accepting.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { listen } from '../../src/transport/listen.ts';
import { Recorder, turns } from './recorder.ts';
import { Arrivals, CLIENT_TLS, certificate, SERVER_TLS } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
const none = (): void => {};
const failing = (code: string, ...parts: string[]) =>
  expect.objectContaining({
    name: 'TransportError',
    code,
    message: expect.stringMatching(new RegExp(parts.map((part) => part.replace(/[.?[\]]/g, '\\$&')).join('.*'))),
  });

describe('a listener', () => {
  it.each(['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt', 'wss://127.0.0.1:0/mqtt'])(
    'tells its real port: %s',
    async (url) => {
      const listener = await listen(url, { tls: SERVER_TLS }, none);
      const port = Number(new URL(listener.url).port);
      expect(port).toBeGreaterThan(0);
      expect(listener.url).toBe(url.replace(':0', `:${port}`));
      await listener.close();
    },
  );

  it('is reachable from this machine only when no host is given', async () => {
    const listener = await listen('mqtt://:0', {}, none);
    expect(listener.url).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    await listener.close();
  });

  it('listens on IPv6 where the machine has it', async () => {
    const listener = await listen('mqtt://[::1]:0', {}, none).catch((error: unknown) => error);
    if (listener instanceof Error) {
      expect(listener).toEqual(failing('ADDRESS_NOT_AVAILABLE'));
      return;
    }
    const { url, close } = listener as { url: string; close(): Promise<void> };
    expect(url).toMatch(/^mqtt:\/\/\[::1\]:\d+$/);
    const client = Recorder.start(await connect(url));
    expect(client.transport.remoteAddress).toMatch(/^\[::1\]:\d+$/);
    client.transport.destroy();
    await client.untilClosed();
    await close.call(listener);
  });

  it('stops accepting at once, and its connections stay', async () => {
    for (const reading of ['static', 'fresh'] as const) {
      const arrivals = await Arrivals.at('mqtt://127.0.0.1:0', { reading });
      const client = Recorder.start(await connect(arrivals.listener.url));
      const server = Recorder.start(await arrivals.next());
      await arrivals.listener.close();
      await arrivals.listener.close();
      await expect(connect(arrivals.listener.url)).rejects.toEqual(
        failing('CONNECTION_REFUSED', arrivals.listener.url),
      );
      server.transport.write(Buffer.from('still here'));
      await client.untilReceived(10);
      expect(arrivals.listener.connections).toBe(1);
      client.transport.end();
      await Promise.all([client.untilClosed(), server.untilClosed()]);
      expect(arrivals.listener.connections).toBe(0);
    }
  });

  it.each(['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt', 'wss://127.0.0.1:0/mqtt'])(
    'closes connections beyond its maximum at once and counts them: %s',
    async (url) => {
      const arrivals = await Arrivals.at(url, { tls: SERVER_TLS, maximumConnections: 2 });
      const { listener } = arrivals;
      const attempt = () => connect(listener.url, { tls: CLIENT_TLS });
      const clients = [Recorder.start(await attempt()), Recorder.start(await attempt())];
      const servers = [Recorder.start(await arrivals.next()), Recorder.start(await arrivals.next())];
      const extra = await attempt().catch(() => undefined);
      if (extra !== undefined) await Recorder.start(extra).untilClosed();
      expect([listener.connections, listener.refusedConnections]).toEqual([2, 1]);
      clients[0]!.transport.end();
      await Promise.all([clients[0]!.untilClosed(), servers[0]!.untilClosed()]);
      await turns();
      expect(listener.connections).toBe(1);
      const later = Recorder.start(await attempt());
      expect([listener.connections, listener.refusedConnections]).toEqual([2, 1]);
      for (const { transport } of [...clients, later]) transport.destroy();
      await Promise.all([clients[1]!, later].map((client) => client.untilClosed()));
      await listener.close();
    },
  );

  it.each(['mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt', 'wss://127.0.0.1:0/mqtt'])(
    'ends what is still in a handshake when it closes, and nothing else: %s',
    async (url) => {
      const arrivals = await Arrivals.at(url, { tls: SERVER_TLS });
      const { listener } = arrivals;
      const client = Recorder.start(await connect(listener.url, { tls: CLIENT_TLS }));
      const server = Recorder.start(await arrivals.next());
      const stuck = net
        .connect(Number(new URL(listener.url).port), '127.0.0.1')
        .on('error', none)
        .resume();
      const closed = new Promise((resolve) => stuck.once('close', resolve));
      while (listener.connections < 2) await turns(1);
      await listener.close();
      await closed;
      server.transport.write(Buffer.from('still here'));
      await client.untilReceived(10);
      expect([listener.connections, client.text]).toEqual([1, 'still here']);
      client.transport.destroy();
      await Promise.all([client.untilClosed(), server.untilClosed()]);
    },
  );

  it('tells clearly why it cannot listen', async () => {
    const taken = await listen('mqtt://127.0.0.1:0', {}, none);
    const file = join(folder, 'missing', 'socket');
    await expect(listen(taken.url, {}, none)).rejects.toEqual(failing('ADDRESS_IN_USE', taken.url));
    await expect(listen('mqtt://192.0.2.1:0', {}, none)).rejects.toEqual(failing('ADDRESS_NOT_AVAILABLE', '192.0.2.1'));
    await expect(listen(`unix://${file}`, {}, none)).rejects.toEqual(failing('ADDRESS_NOT_AVAILABLE', file));
    await expect(listen('http://127.0.0.1', {}, none)).rejects.toEqual(failing('BAD_URL', 'http://127.0.0.1'));
    await expect(listen('ws://127.0.0.1:0/a?b', {}, none)).rejects.toEqual(failing('BAD_URL', 'query'));
    await expect(listen('mqtt://127.0.0.1:0', { graceMs: -1 }, none)).rejects.toEqual(
      failing('BAD_OPTIONS', 'graceMs'),
    );
    await expect(listen('mqtt://127.0.0.1:0', { backlog: Number.NaN }, none)).rejects.toEqual(
      failing('BAD_OPTIONS', 'backlog'),
    );
    await taken.close();
  });
});

describe('a listener on a Unix socket', () => {
  it('lets only this user in, or as told, and removes its file', async () => {
    const path = join(folder, 'modes');
    for (const [options, mode] of [
      [{}, 0o600],
      [{ fileMode: 0o660 }, 0o660],
    ] as const) {
      const listener = await listen(`unix://${path}`, options, none);
      expect(statSync(path).mode & 0o777).toBe(mode);
      await listener.close();
      expect(existsSync(path)).toBe(false);
    }
  });

  it('replaces the file of a process that is gone', async () => {
    const path = join(folder, 'stale');
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(`${path}.moved`, resolve));
    renameSync(`${path}.moved`, path);
    await new Promise((resolve) => server.close(resolve));
    expect(existsSync(path)).toBe(true);
    const arrivals = await Arrivals.at(`unix://${path}`);
    const client = Recorder.start(await connect(arrivals.listener.url));
    expect((await arrivals.next()).remoteAddress).toBe(`unix:${path}`);
    client.transport.destroy();
    await client.untilClosed();
    await arrivals.listener.close();
  });

  it('leaves alone what is in use, and what is no socket', async () => {
    const path = join(folder, 'used');
    const listener = await listen(`unix://${path}`, {}, none);
    await expect(listen(`unix://${path}`, {}, none)).rejects.toEqual(failing('ADDRESS_IN_USE', path));
    await listener.close();
    writeFileSync(path, 'precious');
    await expect(listen(`unix://${path}`, {}, none)).rejects.toEqual(failing('ADDRESS_IN_USE', path));
    expect(existsSync(path)).toBe(true);
  });

  it('tells that it may not', async () => {
    const path = join(folder, 'closed');
    mkdirSync(path);
    chmodSync(path, 0o500);
    const attempt = listen(`unix://${path}/socket`, {}, none);
    // Root may everything.
    if (process.getuid?.() === 0) await (await attempt).close();
    else await expect(attempt).rejects.toEqual(failing('PERMISSION_DENIED', path));
  });
});

describe('connect', () => {
  it('tells clearly why it cannot', async () => {
    const free = await listen('mqtt://127.0.0.1:0', {}, none);
    await free.close();
    await expect(connect(free.url)).rejects.toEqual(failing('CONNECTION_REFUSED', free.url));
    await expect(connect(free.url.replace('mqtt', 'mqtts'))).rejects.toEqual(failing('CONNECTION_REFUSED'));
    await expect(connect(free.url.replace('mqtt', 'ws'))).rejects.toEqual(failing('CONNECTION_REFUSED'));
    await expect(connect(`unix://${join(folder, 'nobody')}`)).rejects.toEqual(failing('CONNECTION_REFUSED', 'nobody'));
    await expect(connect('mqtt://127.0.0.1:0')).rejects.toEqual(failing('BAD_URL', 'port 0'));
    await expect(connect('amqp://127.0.0.1:1')).rejects.toEqual(failing('BAD_URL', 'amqp://127.0.0.1:1'));
    const bad = connect('mqtts://127.0.0.1:1', {
      tls: { ca: certificate('ca.crt'), minVersion: 'TLSv9' as 'TLSv1.3' },
    });
    await expect(bad).rejects.toEqual(failing('TLS_OPTIONS', 'mqtts://127.0.0.1:1'));
  });

  it.each(['mqtts', 'ws', 'wss'])('gives up when nothing answers, or when told to: %s', async (scheme) => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => sockets.push(socket.on('error', none)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `${scheme}://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    await expect(connect(url, { connectTimeoutMs: 50 })).rejects.toEqual(failing('CONNECT_TIMEOUT', url, '50 ms'));
    const abort = new AbortController();
    const attempt = connect(url, { signal: abort.signal });
    abort.abort('enough');
    await expect(attempt).rejects.toEqual(failing('CONNECT_ABORTED', url));
    await expect(connect(url, { signal: AbortSignal.abort() })).rejects.toEqual(failing('CONNECT_ABORTED', url));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))));
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('maximumHandshakes', () => {
  it.each(['mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt'])(
    'connections beyond it are closed at once, and a finished handshake makes room: %s',
    async (url) => {
      const arrivals = await Arrivals.at(url, { tls: SERVER_TLS, maximumHandshakes: 3 });
      const { listener } = arrivals;
      const open = () => net.connect(Number(new URL(listener.url).port), '127.0.0.1').on('error', () => {});
      const closed = (socket: net.Socket) => new Promise((resolve) => socket.resume().once('close', resolve));
      const stuck = [open(), open()];
      while (listener.connections < 2) await turns(1);
      const client = Recorder.start(await connect(listener.url, { tls: CLIENT_TLS }));
      const server = Recorder.start(await arrivals.next());
      const third = open(); // the client is in no handshake any more
      while (listener.connections < 4) await turns(1);
      await closed(open());
      expect([listener.connections, listener.refusedConnections]).toEqual([4, 1]);
      const rest = [...stuck, third].map(closed);
      await listener.close();
      await Promise.all(rest);
      for (const { transport } of [client, server]) transport.destroy();
    },
  );
});

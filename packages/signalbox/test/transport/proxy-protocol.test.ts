// Listeners behind a proxy: who the client is, and what becomes of connections without a proper header.

import { mkdtempSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { type ListenOptions, listen } from '../../src/transport/listen.ts';
import { binaryHeader, frontProxy, IPV4, IPV6, LINE, VERIFIED } from './proxy-headers.ts';
import { bytesOf, Recorder, turns } from './recorder.ts';
import { Arrivals, CLIENT_TLS, GRACE_MS, SERVER_TLS } from './stage.ts';

const socketFile = join(mkdtempSync(join(tmpdir(), 'signalbox-')), 'proxied');

async function listening(url: string, options: ListenOptions = {}): Promise<Arrivals> {
  const all = { tls: SERVER_TLS, graceMs: GRACE_MS, proxyProtocol: 'required', ...options } as const;
  const arrivals = await Arrivals.at(url, all);
  onTestFinished(() => arrivals.listener.close());
  return arrivals;
}

const portOf = (url: string): number => Number(new URL(url).port);

function raw(target: Arrivals): net.Socket {
  const { url } = target.listener;
  const socket = url.startsWith('unix:')
    ? net.connect(url.slice('unix://'.length))
    : net.connect(portOf(url), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return socket.on('error', () => {}).resume();
}

const closed = (socket: net.Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

async function finish(...recorders: Recorder[]): Promise<void> {
  for (const { transport } of recorders) transport.destroy();
  await Promise.all(recorders.map((recorder) => recorder.untilClosed()));
}

describe.each([
  ['mqtt://127.0.0.1:0', 'mqtt://127.0.0.1'],
  ['mqtts://127.0.0.1:0', 'mqtts://127.0.0.1'],
  ['ws://127.0.0.1:0/mqtt', 'ws://127.0.0.1'],
  ['wss://127.0.0.1:0/mqtt', 'wss://127.0.0.1'],
])('behind a proxy, %s', (url, scheme) => {
  it.each([
    ['version 1', LINE, '192.0.2.1:50123'],
    ['version 2', binaryHeader(0x21, 0x21, IPV6), '[2001:db8::1]:50123'],
  ])('the client is who the proxy says: %s', async (_name, header, address) => {
    const arrivals = await listening(url);
    const port = await frontProxy(portOf(arrivals.listener.url), header);
    const path = scheme.startsWith('ws') ? '/mqtt' : '';
    const client = Recorder.start(await connect(`${scheme}:${port}${path}`, { tls: CLIENT_TLS }));
    const server = Recorder.start(await arrivals.next());
    client.transport.write(bytesOf('ping'));
    await server.untilReceived(4);
    server.transport.write(bytesOf('pong'));
    await client.untilReceived(4);
    expect([server.text, client.text, server.transport.remoteAddress]).toEqual(['ping', 'pong', address]);
    await finish(client, server);
    await turns();
    expect([arrivals.listener.connections, arrivals.listener.failedProxyHeaders]).toEqual([0, 0]);
    expect(arrivals.listener.failedHandshakes).toBe(0);
  });
});

describe.each(['mqtt://127.0.0.1:0', `unix://${socketFile}`])('the header at %s', (url) => {
  it.each([
    ['in one piece with data', (bytes: Buffer) => [bytes]],
    ['byte by byte', (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]))],
  ])('comes %s, and loses nothing', async (_name, split) => {
    const arrivals = await listening(url);
    for (const header of [LINE, binaryHeader(0x21, 0x11, IPV4), binaryHeader(0x21, 0x11, IPV4 + VERIFIED)]) {
      const client = raw(arrivals);
      for (const piece of split(Buffer.concat([header, Buffer.from('at once')]))) {
        client.write(piece);
        await turns(1);
      }
      const server = Recorder.start(await arrivals.next());
      expect(server.calls).toBe(0);
      client.write(' and later');
      await server.untilReceived('at once and later'.length);
      expect([server.text, server.transport.remoteAddress]).toEqual(['at once and later', '192.0.2.1:50123']);
      await finish(server);
    }
  });

  it('is followed by megabytes without a pause, which arrive whole and can be paused', async () => {
    const arrivals = await listening(url);
    const client = raw(arrivals);
    client.write(Buffer.concat([LINE, Buffer.alloc(3_000_000, 7)]));
    const server = new Recorder(await arrivals.next());
    let isRight = true;
    server.take = (bytes) => {
      isRight &&= bytes.every((byte) => byte === 7);
      server.transport.pause();
      setImmediate(() => server.transport.resume());
    };
    server.transport.pause();
    server.transport.start(server);
    await turns();
    expect(server.calls).toBe(0);
    server.transport.resume();
    await server.untilReceived(3_000_000);
    expect([server.received, isRight]).toEqual([3_000_000, true]);
    await finish(server);
  });

  it('LOCAL leaves the address of the proxy itself', async () => {
    const arrivals = await listening(url);
    const client = raw(arrivals);
    client.write(binaryHeader(0x20, 0x00, ''));
    const server = Recorder.start(await arrivals.next());
    expect(server.transport.remoteAddress).toMatch(url.startsWith('unix:') ? /^unix:\// : /^127\.0\.0\.1:/);
    await finish(server);
  });

  it('tells of a certificate which the proxy has verified', async () => {
    const arrivals = await listening(url);
    raw(arrivals).write(binaryHeader(0x21, 0x11, IPV4 + VERIFIED));
    raw(arrivals).write(binaryHeader(0x21, 0x11, IPV4));
    const servers = [Recorder.start(await arrivals.next()), Recorder.start(await arrivals.next())];
    const names = servers.map((server) => server.transport.peerCertificate()?.commonName);
    expect(names.sort()).toEqual(['device-1', undefined]);
    await finish(...servers);
  });

  it('malformed, oversized, missing or late closes the connection, and is counted', async () => {
    const arrivals = await listening(url, { handshakeTimeoutMs: 300 });
    const { listener } = arrivals;
    const wrong = [Buffer.from('10', 'hex'), Buffer.from('PROXY nonsense\r\n'), binaryHeader(0x21, 0x11, IPV4, 65_535)];
    for (const bytes of wrong) {
      const client = raw(arrivals);
      client.write(bytes);
      await closed(client);
    }
    expect(listener.failedProxyHeaders).toBe(3);
    const silent = raw(arrivals);
    const slow = raw(arrivals);
    slow.write(LINE.subarray(0, 20));
    const ended = raw(arrivals);
    ended.end(LINE.subarray(0, 20));
    await Promise.all([silent, slow, ended].map(closed));
    await turns();
    expect([listener.connections, listener.failedProxyHeaders]).toEqual([0, 6]);
  });

  it('that is slow holds up nobody, and is ended with the listener', async () => {
    const arrivals = await listening(url);
    const stuck = Array.from({ length: 20 }, () => raw(arrivals));
    for (const [index, socket] of stuck.entries()) socket.write(LINE.subarray(0, index + 1));
    raw(arrivals).write(LINE);
    const server = Recorder.start(await arrivals.next());
    expect(stuck.filter(({ destroyed }) => destroyed)).toEqual([]);
    const allClosed = Promise.all(stuck.map(closed));
    await arrivals.listener.close();
    await allClosed;
    await finish(server);
  });
});

describe('who may be a proxy', () => {
  it('is this machine unless said otherwise; others are closed and counted', async () => {
    const open = async (proxyTrusted: string[]) => {
      const arrivals = await listening('mqtt://127.0.0.1:0', { proxyTrusted });
      const client = raw(arrivals);
      client.write(LINE);
      return { arrivals, client };
    };
    for (const proxyTrusted of [['127.0.0.1'], ['10.0.0.0/8', '127.0.0.0/8'], ['0.0.0.0/0']]) {
      await finish(Recorder.start(await (await open(proxyTrusted)).arrivals.next()));
    }
    for (const proxyTrusted of [[], ['10.0.0.0/8'], ['::1', '2001:db8::/32']]) {
      const { arrivals, client } = await open(proxyTrusted);
      await closed(client);
      expect([arrivals.listener.connections, arrivals.listener.failedProxyHeaders]).toEqual([0, 1]);
    }
  });

  it('what is no network, or no way to use the protocol, is refused', async () => {
    const attempt = (options: object) =>
      listen('mqtt://127.0.0.1:0', { proxyProtocol: 'required', ...options }, () => {});
    for (const network of ['example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/x', '']) {
      const expected = expect.objectContaining({ code: 'BAD_OPTIONS' });
      await expect(attempt({ proxyTrusted: [network] }), network).rejects.toEqual(expected);
    }
    await expect(attempt({ proxyProtocol: 'optional' })).rejects.toThrow(/proxyProtocol/);
  });

  it('a client that is not welcome is closed after the header, with the address it has behind the proxy', async () => {
    const asked: string[] = [];
    const welcomes = (address: string) => {
      asked.push(address);
      return false;
    };
    const arrivals = await listening('mqtt://127.0.0.1:0', { welcomes });
    const client = raw(arrivals);
    client.write(LINE);
    await closed(client);
    await turns();
    expect(asked).toEqual(['192.0.2.1:50123']);
    const { connections, refusedConnections, failedProxyHeaders } = arrivals.listener;
    expect([connections, refusedConnections, failedProxyHeaders]).toEqual([0, 1, 0]);
  });
});

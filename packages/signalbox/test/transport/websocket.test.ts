// What only WebSockets have: opening requests, kinds of frames, sizes of messages.

import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect } from '../../src/transport/connect.ts';
import type { ListenOptions } from '../../src/transport/listen.ts';
import { connectBrowserWebSocket, type PlatformWebSocketClass } from '../../src/transport/websocket-browser.ts';
import { bytesOf, Recorder, resetPeer, turns } from './recorder.ts';
import { Arrivals, GRACE_MS } from './stage.ts';

const failing = (code: string, part = '') =>
  expect.objectContaining({ name: 'TransportError', code, message: expect.stringContaining(part) });
const none = (): void => {};
const arrive = (options: ListenOptions = {}) => Arrivals.at('ws://127.0.0.1:0/mqtt', { graceMs: GRACE_MS, ...options });

interface Foreign {
  readonly webSocket: WebSocket;
  readonly closed: Promise<number>;
}

/** A client that is not ours. */
async function foreign(url: string, protocols: string[] = ['mqtt'], options: object = {}): Promise<Foreign> {
  const webSocket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
  const closed = new Promise<number>((resolve) => webSocket.once('close', resolve));
  await new Promise((resolve, reject) => webSocket.once('open', resolve).on('error', reject));
  return { webSocket, closed };
}

describe('the opening of a WebSocket', () => {
  it('[MQTT-6.0.0-4] the server selects mqtt, or mqttv3.1 for a client that offers only that', async () => {
    const arrivals = await arrive();
    for (const [offered, selected] of [
      [['mqtt'], 'mqtt'],
      [['mqttv3.1', 'mqtt'], 'mqtt'],
      [['chat', 'mqttv3.1'], 'mqttv3.1'],
    ] as const) {
      const { webSocket } = await foreign(arrivals.listener.url, [...offered]);
      expect(webSocket.protocol).toBe(selected);
      webSocket.terminate();
      await Recorder.start(await arrivals.next()).untilClosed();
    }
    await arrivals.listener.close();
  });

  it('[MQTT-6.0.0-3] a client that offers no such subprotocol is refused', async () => {
    const { listener } = await arrive();
    await expect(foreign(listener.url, [])).rejects.toThrow('400');
    await expect(foreign(listener.url, ['chat'])).rejects.toThrow('400');
    await turns();
    expect([listener.connections, listener.failedHandshakes]).toEqual([0, 2]);
    await listener.close();
  });

  it('another path is not found, whatever the query', async () => {
    const arrivals = await arrive();
    const { url } = arrivals.listener;
    await expect(connect(`${url}s`)).rejects.toEqual(failing('WEBSOCKET_FAILED', '404'));
    await expect(connect(url.replace('/mqtt', '/'))).rejects.toEqual(failing('WEBSOCKET_FAILED', '404'));
    const client = Recorder.start(await connect(`${url}?token=1`));
    client.transport.destroy();
    await Promise.all([client.untilClosed(), Recorder.start(await arrivals.next()).untilClosed()]);
    await arrivals.listener.close();
  });

  it('a plain HTTP request is told what this address is for', async () => {
    const { listener } = await arrive();
    const status = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = http.get(listener.url.replace('ws:', 'http:').replace('/mqtt', path), (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        });
        request.on('error', reject);
      });
    expect(await status('/mqtt')).toBe(426);
    expect(await status('/')).toBe(404);
    await listener.close();
  });

  it('only pages of allowed origins may connect, and programs without one', async () => {
    const arrivals = await arrive({ allowedOrigins: ['https://app.example'] });
    const attempt = (origin?: string) => foreign(arrivals.listener.url, ['mqtt'], { origin });
    await expect(attempt('https://evil.example')).rejects.toThrow('403');
    for (const origin of ['https://app.example', undefined]) {
      const { webSocket } = await attempt(origin);
      webSocket.terminate();
      await Recorder.start(await arrivals.next()).untilClosed();
    }
    await arrivals.listener.close();
  });

  it('an unfinished request is ended after the handshake time', async () => {
    const { listener } = await arrive({ handshakeTimeoutMs: 80 });
    const port = Number(new URL(listener.url).port);
    const sockets = ['', 'GET /mqtt HTTP/1.1\r\nHost: a\r\n'].map((text) => {
      const socket = net.connect(port, '127.0.0.1').on('error', none).resume();
      socket.write(text);
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(sockets);
    await turns();
    expect([listener.connections, listener.failedHandshakes]).toEqual([0, 2]);
    await listener.close();
  });

  it('a server that does not select the subprotocol is refused', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    await expect(connect(url)).rejects.toEqual(failing('WEBSOCKET_FAILED', url));
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends the headers it was given', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const header = new Promise((resolve) => {
      server.once('connection', (_webSocket, request) => resolve(request.headers['x-token']));
    });
    const client = Recorder.start(await connect(url, { headers: { 'X-Token': 'abc' } }));
    expect(await header).toBe('abc');
    client.transport.destroy();
    await client.untilClosed();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the messages of a WebSocket', () => {
  it('[MQTT-6.0.0-2] are just bytes, however they are cut and fragmented', async () => {
    const arrivals = await arrive();
    const { webSocket } = await foreign(arrivals.listener.url);
    const server = Recorder.start(await arrivals.next());
    webSocket.send(Buffer.from('on'), { fin: false });
    webSocket.ping();
    webSocket.send(Buffer.from(''), { fin: false });
    webSocket.send(Buffer.from('e tw'), { fin: true });
    webSocket.send(Buffer.from(''));
    webSocket.send(Buffer.from('o'));
    await server.untilReceived(7);
    expect(server.text).toBe('one two');
    webSocket.terminate();
    await server.untilClosed();
    await arrivals.listener.close();
  });

  it('[MQTT-6.0.0-1] that are text close the connection with 1003', async () => {
    const arrivals = await arrive();
    const { webSocket, closed } = await foreign(arrivals.listener.url);
    const server = Recorder.start(await arrivals.next());
    webSocket.send('text');
    webSocket.send(Buffer.from('not read any more'));
    expect(await closed).toBe(1003);
    await server.untilClosed();
    expect([server.calls, server.closes]).toEqual([0, 1]);
    expect(server.error).toEqual(failing('TEXT_FRAME'));
    await arrivals.listener.close();
  });

  it('that are larger than the maximum close the connection with 1009', async () => {
    const arrivals = await arrive({ maximumPayload: 1_000 });
    const { webSocket, closed } = await foreign(arrivals.listener.url);
    const server = Recorder.start(await arrivals.next());
    webSocket.send(Buffer.alloc(1_000));
    await server.untilReceived(1_000);
    webSocket.send(Buffer.alloc(1_001));
    expect(await closed).toBe(1009);
    await server.untilClosed();
    expect([server.received, server.closes]).toEqual([1_000, 1]);
    expect(server.error).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
    await arrivals.listener.close();
  });

  it('that are no WebSocket frames close the connection with the error', async () => {
    const arrivals = await arrive();
    const { webSocket, closed } = await foreign(arrivals.listener.url);
    const server = Recorder.start(await arrivals.next());
    (webSocket as unknown as { _socket: net.Socket })._socket.write(Buffer.from('ffffffff', 'hex'));
    expect(await closed).toBe(1002);
    await server.untilClosed();
    expect([server.closes, server.error?.message]).toEqual([1, expect.stringContaining('Invalid WebSocket frame')]);
    await arrivals.listener.close();
  });

  it('answers pings, in order with its own messages', async () => {
    const arrivals = await arrive();
    const { webSocket } = await foreign(arrivals.listener.url);
    const server = Recorder.start(await arrivals.next());
    const pong = new Promise((resolve) => webSocket.once('pong', (data: Buffer) => resolve(data.toString())));
    webSocket.ping('hello');
    expect(await pong).toBe('hello');
    const sizes: number[] = [];
    const all = new Promise<void>((resolve) => {
      webSocket.on('message', (data: Buffer) => sizes.push(data.length) === 5 && resolve());
    });
    for (const size of [1, 125, 126, 65_535, 65_536]) server.transport.write(new Uint8Array(size));
    await all;
    expect(sizes).toEqual([1, 125, 126, 65_535, 65_536]);
    webSocket.terminate();
    await server.untilClosed();
    await arrivals.listener.close();
  });

  it('closes with the error when the peer resets', async () => {
    const arrivals = await arrive();
    const { webSocket } = await foreign(arrivals.listener.url);
    webSocket.on('error', none);
    const server = Recorder.start(await arrivals.next());
    await resetPeer((webSocket as unknown as { _socket: net.Socket })._socket, server);
    expect([server.closes, (server.error as NodeJS.ErrnoException).code]).toEqual([1, 'ECONNRESET']);
    await arrivals.listener.close();
  });

  it('closes after the grace time when the peer never answers the close', async () => {
    const arrivals = await arrive();
    const { webSocket } = await foreign(arrivals.listener.url);
    webSocket.pause();
    const server = Recorder.start(await arrivals.next());
    server.transport.end();
    await server.untilClosed();
    expect([server.closes, server.error]).toEqual([1, undefined]);
    webSocket.terminate();
    await arrivals.listener.close();
  });
});

describe('the WebSocket of a platform', () => {
  const WebSocketOfPlatform = WebSocket as unknown as PlatformWebSocketClass;

  it('tells clearly why it cannot connect', async () => {
    const arrivals = await arrive();
    const { url } = arrivals.listener;
    const options = { WebSocket: WebSocketOfPlatform };
    await expect(connectBrowserWebSocket('http:', options)).rejects.toEqual(failing('BAD_URL'));
    await expect(connectBrowserWebSocket(`${url}s`, options)).rejects.toEqual(failing('CONNECT_FAILED', url));
    const aborted = { ...options, signal: AbortSignal.abort() };
    await expect(connectBrowserWebSocket(url, aborted)).rejects.toEqual(failing('CONNECT_ABORTED', url));
    await arrivals.listener.close();
    await expect(connectBrowserWebSocket(url, options)).rejects.toEqual(failing('CONNECT_FAILED', url));
  });

  it('gives up when nothing answers', async () => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => sockets.push(socket.on('error', none)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    const attempt = connectBrowserWebSocket(url, { WebSocket: WebSocketOfPlatform, connectTimeoutMs: 50 });
    await expect(attempt).rejects.toEqual(failing('CONNECT_TIMEOUT', '50 ms'));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('tells a cut from a close', async () => {
    const arrivals = await arrive();
    const open = async (): Promise<[Recorder, Recorder]> => {
      const client = await connectBrowserWebSocket(arrivals.listener.url, { WebSocket: WebSocketOfPlatform });
      return [Recorder.start(client), Recorder.start(await arrivals.next())];
    };
    const [closed, closer] = await open();
    closer.transport.end();
    await closed.untilClosed();
    expect(closed.error).toBeUndefined();
    const [cut, cutter] = await open();
    cutter.transport.destroy();
    await cut.untilClosed();
    expect(cut.error?.message).toContain('1006');
    await arrivals.listener.close();
  });

  it('[MQTT-6.0.0-1] closes when the server sends text', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    server.once('connection', (webSocket) => webSocket.send('text'));
    const url = `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const client = Recorder.start(await connectBrowserWebSocket(url, { WebSocket: WebSocketOfPlatform }));
    await client.untilClosed();
    expect([client.calls, client.error]).toEqual([0, failing('TEXT_FRAME')]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('keeps what comes before a close for a reader that pauses', async () => {
    const arrivals = await arrive();
    const transport = await connectBrowserWebSocket(arrivals.listener.url, { WebSocket: WebSocketOfPlatform });
    const server = Recorder.start(await arrivals.next());
    const client = Recorder.start(transport);
    transport.pause();
    server.transport.write(bytesOf('last words'));
    server.transport.end();
    await server.untilClosed();
    await turns();
    expect([client.received, client.closes]).toEqual([0, 0]);
    transport.resume();
    await client.untilClosed();
    expect([client.text, client.closes]).toEqual(['last words', 1]);
    await arrivals.listener.close();
  });
});

// MSIP over TCP, TLS and WebSocket: the same dialogue, and what is particular to each.
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerListenOptions } from '../../src/broker/entrance.ts';
import { DEFAULT_PORT } from '../../src/msip/header.ts';
import { parseAddress } from '../../src/transport/address.ts';
import { MsipPeer } from '../support/msip-peer.ts';
import { describeFrame, FLAG, topicAndMessage, type WireFrame, WireSplitter, wire } from '../support/msip-wire.ts';

const certificate = (name: string): string =>
  readFileSync(new URL(`../support/certificates/${name}`, import.meta.url), 'utf8');

async function listen(url: string, options: BrokerListenOptions = {}): Promise<{ broker: Broker; url: URL }> {
  const broker = new Broker({ systemTopicsIntervalMs: 0 });
  const listener = await broker.listen(url, options);
  onTestFinished(() => broker.close());
  return { broker, url: new URL(listener.url) };
}

const SERVER_TLS = { tls: { cert: certificate('server.crt'), key: certificate('server.key') } };

const REQUESTS = [
  wire('hello', { msgId: 1n, payload: 'lamp' }),
  wire('subscribe', { msgId: 2n, flags: FLAG.ackRequired, payload: 'a/b' }),
  wire('publish', { msgId: 3n, flags: FLAG.urgent, msgKind: 2, payload: topicAndMessage('a/b', 'on') }),
];
const ANSWERS = [
  'ack id=1 kind=3 flags=0 lamp',
  'ack id=2 kind=1 flags=0',
  'event id=3 kind=2 flags=4 a/b: on',
  'ack id=3 kind=2 flags=0',
];

/** A WebSocket of the library `ws`, its binary messages as frames of MSIP. */
class WebSocketPeer {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #splitter = new WireSplitter();
  readonly #frames: WireFrame[] = [];
  #onChange: () => void = () => {};
  isBinary = true;

  constructor(url: URL, protocols: string[]) {
    this.socket = new WebSocket(url, protocols);
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.isBinary &&= isBinary;
      this.#frames.push(...this.#splitter.take(data));
      this.#onChange();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    onTestFinished(() => this.socket.terminate());
  }

  opened(): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.once('open', () => resolve(true));
      this.socket.once('error', () => resolve(false));
    });
  }

  async lines(count: number): Promise<string[]> {
    while (this.#frames.length < count) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    return this.#frames.splice(0, count).map(describeFrame);
  }
}

describe('TCP', () => {
  it('[MSIP-10-1] the default port is 9000, of TLS 9001', () => {
    expect(DEFAULT_PORT).toBe(9000);
    expect([parseAddress('msip://localhost').port, parseAddress('msips://localhost').port]).toEqual([9000, 9001]);
  });

  it('[MSIP-10-1] carries a dialogue', async () => {
    const { url } = await listen('msip://127.0.0.1:0');
    const peer = await MsipPeer.connect(Number(url.port));
    peer.write(...REQUESTS);
    expect(await peer.lines(4)).toEqual(ANSWERS);
  });
});

describe('TLS', () => {
  it('[MSIP-10-2] carries the same bytes', async () => {
    const { url } = await listen('msips://127.0.0.1:0', SERVER_TLS);
    const socket = connectTls({
      host: '127.0.0.1',
      port: Number(url.port),
      ca: certificate('ca.crt'),
      servername: 'localhost',
    });
    const peer = new MsipPeer(socket);
    peer.write(...REQUESTS);
    expect(await peer.lines(4)).toEqual(ANSWERS);
  });

  it('[MSIP-10-2] is not begun within a connection: its first byte is a framing error', async () => {
    const { url } = await listen('msip://127.0.0.1:0');
    const peer = await MsipPeer.connect(Number(url.port));
    peer.write(Uint8Array.of(0x16, 3, 1));
    expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=0 /)]);
  });
});

describe('WebSocket', () => {
  it('[MSIP-10-3] [MSIP-10-4] the server selects the subprotocol msip and sends binary messages', async () => {
    const { url } = await listen('ws://127.0.0.1:0/mqtt');
    const peer = new WebSocketPeer(url, ['msip']);
    await peer.opened();
    expect(peer.socket.protocol).toBe('msip');
    for (const request of REQUESTS) peer.socket.send(request);
    expect(await peer.lines(4)).toEqual(ANSWERS);
    expect(peer.isBinary).toBe(true);
  });

  it('[MSIP-10-3] without a subprotocol that the server knows there is no connection', async () => {
    const { url } = await listen('ws://127.0.0.1:0');
    for (const protocols of [['mbus'], ['MSIP']]) {
      expect(await new WebSocketPeer(url, protocols).opened()).toBe(false);
    }
  });

  it('[MSIP-10-3] what else is offered does not matter when msip is all that both know', async () => {
    const { url } = await listen('ws://127.0.0.1:0');
    const peer = new WebSocketPeer(url, ['mbus', 'msip']);
    expect(await peer.opened()).toBe(true);
    expect(peer.socket.protocol).toBe('msip');
  });

  it('[MSIP-10-5] a frame may be split over messages, and a message may hold several frames', async () => {
    const { url } = await listen('ws://127.0.0.1:0');
    const stream = Buffer.concat(REQUESTS);
    for (const size of [1, 7, 23, 24, 25, stream.length]) {
      const peer = new WebSocketPeer(url, ['msip']);
      await peer.opened();
      for (let at = 0; at < stream.length; at += size) peer.socket.send(stream.subarray(at, at + size));
      expect((await peer.lines(4)).sort()).toEqual([...ANSWERS].sort());
      peer.socket.close();
      await peer.closed;
    }
  });

  it('[MSIP-10-4] a text message ends the connection', async () => {
    const { url, broker } = await listen('ws://127.0.0.1:0');
    const peer = new WebSocketPeer(url, ['msip']);
    await peer.opened();
    peer.socket.send(REQUESTS[0]!);
    await peer.lines(1);
    const gone = new Promise((resolve) => broker.on('disconnected', resolve));
    peer.socket.send('MSIP');
    await Promise.all([gone, peer.closed]);
  });

  it('[MSIP-10-2] [MSIP-10-3] over TLS, too', async () => {
    const { url } = await listen('wss://127.0.0.1:0', SERVER_TLS);
    const socket = new WebSocket(url, ['msip'], { ca: certificate('ca.crt') });
    onTestFinished(() => socket.terminate());
    const splitter = new WireSplitter();
    const welcome = new Promise<WireFrame[]>((resolve) => {
      socket.on('message', (data: Buffer) => resolve(splitter.take(data)));
    });
    socket.on('open', () => socket.send(REQUESTS[0]!));
    expect((await welcome).map(describeFrame)).toEqual(ANSWERS.slice(0, 1));
  });

  it('MQTT beside it is what it was', async () => {
    const { url } = await listen('ws://127.0.0.1:0');
    const peer = new WebSocketPeer(url, ['mqtt', 'msip']);
    await peer.opened();
    expect(peer.socket.protocol).toBe('mqtt');
  });
});

it.each([
  ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
  ['MQTT', '\x10\x0d\0\x04MQTT\x05\0\0\0\0\0\0'],
  ['SSH', 'SSH-2.0-OpenSSH\r\n'],
])('[MSIP-2.1-2] [MSIP-7-1] %s on the port of MSIP is told so and closed', async (_name, text) => {
  const { url } = await listen('msip://127.0.0.1:0');
  const peer = await MsipPeer.connect(Number(url.port));
  peer.write(Buffer.from(text, 'latin1'));
  expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=0 kind=1 flags=0 these bytes are not MSIP/)]);
});

it('MSIP on the port of MQTT is closed', async () => {
  const { url } = await listen('mqtt://127.0.0.1:0');
  const peer = await MsipPeer.connect(Number(url.port));
  peer.write(...REQUESTS);
  await peer.closed;
});

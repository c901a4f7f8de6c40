// Proxies for tests: HTTP (CONNECT) and SOCKS 5, written for themselves, and one that says what a test wants.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { SERVER_TLS } from './stage.ts';

export interface TestProxy {
  readonly port: number;
  /** What it was asked for, `host:port`. */
  readonly targets: string[];
  /** Sockets of clients that are open. */
  readonly open: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

export interface ProxyBehaviour {
  /** `user:password` */
  readonly credentials?: string;
  /** Targets it does not connect to. */
  readonly forbids?: boolean;
}

async function started(server: net.Server, targets: string[]): Promise<TestProxy> {
  const open = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    open.add(socket);
    socket.on('error', ignore);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, targets, open, close };
}

/** Both ways, and each end ends the other. */
function splice(client: Duplex, target: net.Socket): void {
  client.on('error', () => target.destroy());
  target.on('error', () => client.destroy());
  client.on('close', () => target.destroy());
  target.on('close', () => client.destroy());
  client.pipe(target).pipe(client);
}

export function httpProxy(security: 'plain' | 'tls' = 'plain', behaviour: ProxyBehaviour = {}): Promise<TestProxy> {
  const targets: string[] = [];
  const server = security === 'tls' ? https.createServer({ ...SERVER_TLS }) : http.createServer();
  server.on('connect', (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    targets.push(request.url ?? '');
    client.on('error', ignore);
    const wanted = `Basic ${Buffer.from(behaviour.credentials ?? '').toString('base64')}`;
    if (behaviour.credentials !== undefined && request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
      return;
    }
    if (behaviour.forbids === true) {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot here\n');
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = net.connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) });
    target.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    target.on('connect', () => {
      target.removeAllListeners('error');
      client.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
      if (head.length > 0) target.write(head);
      splice(client, target);
    });
  });
  return started(server, targets);
}

/** Reads exactly so many bytes, again and again. */
class Reading {
  readonly #socket: net.Socket;
  constructor(socket: net.Socket) {
    this.#socket = socket;
  }
  async bytes(count: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null;
      if (bytes !== null) return bytes;
      await once(this.#socket, 'readable');
    }
  }
}

export function socksProxy(behaviour: ProxyBehaviour = {}): Promise<TestProxy> {
  const targets: string[] = [];
  const server = net.createServer((client) => {
    serveSocks(client, behaviour, targets).catch(() => client.destroy());
  });
  return started(server, targets);
}

async function serveSocks(client: net.Socket, behaviour: ProxyBehaviour, targets: string[]): Promise<void> {
  const reading = new Reading(client);
  const [version, count] = await reading.bytes(2);
  const methods = [...(await reading.bytes(count!))];
  const method = behaviour.credentials === undefined ? 0 : 2;
  if (version !== 5 || !methods.includes(method)) {
    client.end(Buffer.from([5, 0xff]));
    return;
  }
  client.write(Buffer.from([5, method]));
  if (method === 2) {
    const [, usernameLength] = await reading.bytes(2);
    const username = await reading.bytes(usernameLength!);
    const [passwordLength] = await reading.bytes(1);
    const password = passwordLength === 0 ? '' : await reading.bytes(passwordLength!);
    const isRight = `${username}:${password}` === behaviour.credentials;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) {
      client.end();
      return;
    }
  }
  const [, , , type] = await reading.bytes(4);
  const host = await readHost(reading, type!);
  const port = (await reading.bytes(2)).readUInt16BE();
  targets.push(`${host}:${port}`);
  const answer = (reply: number): Buffer => Buffer.from([5, reply, 0, 1, 127, 0, 0, 1, 0, 9]);
  if (behaviour.forbids === true) {
    client.end(answer(2));
    return;
  }
  const target = net.connect({ host, port });
  target.on('error', () => client.end(answer(5)));
  await once(target, 'connect');
  target.removeAllListeners('error');
  client.write(answer(0));
  splice(client, target);
}

async function readHost(reading: Reading, type: number): Promise<string> {
  if (type === 1) return [...(await reading.bytes(4))].join('.');
  if (type === 3) return (await reading.bytes((await reading.bytes(1))[0]!)).toString();
  const bytes = await reading.bytes(16);
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':');
}

/** Does with each connection what the test says. */
export function scriptedProxy(script: (client: net.Socket) => void): Promise<TestProxy> {
  return started(net.createServer(script), []);
}

function ignore(): void {}

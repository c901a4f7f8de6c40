// What the tests of tunnels share: proxies that go with their test, and connecting through them.

import type net from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { type ConnectOptions, connect } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { TransportErrorCode } from '../../src/transport/transport-error.ts';
import { Arrivals, CLIENT_TLS, GRACE_MS, SERVER_TLS } from './stage.ts';
import { httpProxy, type ProxyBehaviour, scriptedProxy, socksProxy, type TestProxy } from './test-proxies.ts';

export type Kind = 'http' | 'https' | 'socks5';
export const KINDS: readonly Kind[] = ['http', 'https', 'socks5'];

export function makeProxy(kind: Kind, behaviour?: ProxyBehaviour): Promise<TestProxy> {
  return kind === 'socks5' ? socksProxy(behaviour) : httpProxy(kind === 'https' ? 'tls' : 'plain', behaviour);
}

export async function proxyFor(kind: Kind, behaviour?: ProxyBehaviour): Promise<TestProxy> {
  const proxy = await makeProxy(kind, behaviour);
  onTestFinished(() => proxy.close());
  return proxy;
}

export async function script(act: (client: net.Socket) => void): Promise<TestProxy> {
  const proxy = await scriptedProxy(act);
  onTestFinished(() => proxy.close());
  return proxy;
}

export async function arrivalsAt(url: string): Promise<Arrivals> {
  const arrivals = await Arrivals.at(url, { tls: SERVER_TLS, graceMs: GRACE_MS });
  onTestFinished(() => arrivals.listener.close());
  return arrivals;
}

export const failing = (code: TransportErrorCode) => expect.objectContaining({ name: 'TransportError', code });

export function through(
  proxy: { readonly port: number },
  kind: string,
  url: string,
  options?: ConnectOptions,
): Promise<Transport> {
  const host = kind === 'https' ? 'localhost' : '127.0.0.1';
  const proxyUrl = `${kind}://${host}:${proxy.port}`;
  return connect(url, { proxy: proxyUrl, proxyTls: CLIENT_TLS, tls: CLIENT_TLS, graceMs: GRACE_MS, ...options });
}

export const ESTABLISHED = Buffer.from('HTTP/1.1 200 OK\r\nVia: test\r\n\r\n');
export const SOCKS_METHOD = Buffer.from([5, 0]);
export const SOCKS_REPLY = Buffer.from([5, 0, 0, 3, 4, ...Buffer.from('name'), 0, 80]);

/** Answers the greeting of SOCKS and the request, or CONNECT, with what it is given; `wrap` writes it. */
export function answering(
  kind: string,
  last: Buffer,
  wrap = (client: net.Socket, bytes: Buffer) => void client.write(bytes),
) {
  return (client: net.Socket): void => {
    let asked = 0;
    client.on('data', () => {
      asked++;
      if (kind === 'socks5' && asked === 1) client.write(SOCKS_METHOD);
      else if (asked === (kind === 'socks5' ? 2 : 1)) wrap(client, last);
    });
  };
}

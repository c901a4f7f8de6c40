// Listeners and connections over real sockets for the tests of links, closed with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Connection,
  type ConnectionListener,
  type ConnectOptions,
  connect,
  type ListenOptions,
  listen,
} from '../../src/connect/index.ts';
import { CLIENT_TLS, SERVER_TLS } from '../transport/stage.ts';

/** Short enough for a test to wait for it. */
export const GRACE_MS = 100;

/** Every kind of byte stream. */
export const STREAMS = ['tcp', 'tls', 'unix', 'ws', 'wss'] as const;
export type StreamKind = (typeof STREAMS)[number];

export function addressOf(kind: StreamKind | 'udp'): string {
  if (kind !== 'unix') return `${kind}://${kind === 'tls' || kind === 'wss' ? 'localhost' : '127.0.0.1'}:0`;
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-link-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `unix://${join(folder, 'socket')}`;
}

export async function listenAt(url: string, options: ListenOptions = {}): Promise<ConnectionListener> {
  const listener = await listen(url, { tls: SERVER_TLS, graceMs: GRACE_MS, ...options });
  onTestFinished(() => listener.close({ connections: 'close', timeoutMs: GRACE_MS }));
  return listener;
}

export async function connectTo(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(url, { tls: CLIENT_TLS, graceMs: GRACE_MS, ...options });
  onTestFinished(() => connection.destroy());
  return connection;
}

/** Two ends of one connection. */
export async function pair(
  kind: StreamKind | 'udp',
  options: ConnectOptions & ListenOptions = {},
): Promise<[client: Connection, server: Connection, listener: ConnectionListener]> {
  const { tls: _, ...both } = options;
  const listener = await listenAt(addressOf(kind), both);
  const client = await connectTo(listener.url, both);
  if (kind === 'udp') await client.send('hello'); // nobody is known before
  const server = await listener.accept();
  if (server === undefined) throw new Error('the listener is closed');
  if (kind === 'udp') await server.receive();
  return [client, server, listener];
}

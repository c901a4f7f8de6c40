// Listening and connecting over TLS. Handshakes run beside each other and never hold up an accept.

import type { Socket } from 'node:net';
import tls from 'node:tls';
import { type AcceptOptions, Acceptor } from './acceptor.ts';
import type { Address } from './address.ts';
import { type ConnectOptions, untilConnected } from './connecting.ts';
import { uncounted } from './origin.ts';
import { passProxiedPeer } from './proxied-peer.ts';
import { SocketTransport } from './socket-transport.ts';
import { connectSecure, type TlsClientOptions } from './tls-client.ts';
import { TlsContexts, type TlsServerOptions } from './tls-contexts.ts';
import {
  DEFAULT_GRACE_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  type Listener,
  type OnTransport,
  type Transport,
} from './transport.ts';
import { openTunnel, type ProxyOptions } from './tunnel.ts';

export interface TlsListenOptions extends AcceptOptions {
  readonly tls?: TlsServerOptions;
}

export interface TlsConnectOptions extends ConnectOptions, ProxyOptions {
  readonly tls?: TlsClientOptions;
}

/** Offered and accepted by name; a peer which names no protocol is served too, one that names only others is refused. */
function alpnOf({ scheme }: Address): string | undefined {
  if (scheme === 'tls') return undefined; // carries anything
  return scheme.startsWith('msip') ? 'msip' : 'mqtt';
}

export async function listenTls(
  address: Address,
  options: TlsListenOptions,
  onTransport: OnTransport,
): Promise<Listener> {
  const origin = uncounted('tls', options.graceMs ?? DEFAULT_GRACE_MS);
  const acceptor: Acceptor = acceptTls(address, alpnOf(address), options, (socket) => {
    onTransport(new SocketTransport(origin).carry(socket, 'stream'));
  });
  return acceptor.open();
}

/** An acceptor, not open yet, which hands over connections after their handshake. Throws TransportError `TLS_OPTIONS`. */
export function acceptTls(
  address: Address,
  alpn: string | undefined,
  options: TlsListenOptions,
  onSecure: (socket: tls.TLSSocket) => void,
): Acceptor {
  const { handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  const problem = `cannot listen on ${address.url}`;
  let contexts = new TlsContexts(options.tls, problem);
  const server = tls.createServer({
    ...contexts.options,
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    handshakeTimeout: handshakeTimeoutMs,
    SNICallback: (serverName, done) => done(null, contexts.find(serverName)),
  });
  // A TLS socket does not tell what it runs over, but both have the same peer.
  const handshaking = new Map<string, Socket>();
  server.on('secureConnection', (socket) => {
    const peer = peerOf(socket);
    const carrier = handshaking.get(peer);
    if (carrier === undefined || socket.remoteAddress === undefined) {
      socket.destroy(); // the peer has reset it since, and who it was is not known any more
      return;
    }
    acceptor.endHandshake(carrier);
    handshaking.delete(peer);
    passProxiedPeer(carrier, socket);
    onSecure(socket);
  });
  server.on('tlsClientError', (_error, socket) => {
    acceptor.failedHandshakes++;
    socket.destroy(); // Node leaves it open after a time-out.
  });
  const acceptor = new Acceptor(address, options, 'reading', (socket) => {
    const peer = peerOf(socket);
    handshaking.set(peer, socket);
    acceptor.beginHandshake(socket);
    socket.on('error', ignore);
    socket.on('close', () => {
      if (handshaking.get(peer) === socket) handshaking.delete(peer);
      acceptor.endHandshake(socket);
      acceptor.closed();
    });
    server.emit('connection', socket);
  });
  acceptor.onPrepareTls = (wanted) => {
    const next = new TlsContexts(wanted, `${acceptor.url} keeps its certificates`);
    return () => {
      // Tickets of the former context are worth nothing any more: nobody whose certificate is revoked comes back by resuming.
      server.setSecureContext(next.options);
      contexts = next;
    };
  };
  return acceptor;
}

export async function connectTls(address: Address, options: TlsConnectOptions): Promise<Transport> {
  const origin = uncounted('tls', options.graceMs ?? DEFAULT_GRACE_MS);
  const phases = { ...options, startedAt: performance.now() };
  const tunnel = options.proxy === undefined ? undefined : await openTunnel(address, options.proxy, phases);
  const socket = connectSecure(address, alpnOf(address), options.tls, tunnel);
  const transport = new SocketTransport(origin).carry(socket, 'stream');
  await untilConnected(socket, 'secureConnect', address.url, phases);
  return transport;
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function ignore(): void {}

// Listening and connecting over TLS. Handshakes run beside each other and never hold up an accept.

import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { type AcceptOptions, Acceptor } from './acceptor.ts';
import type { Address } from './address.ts';
import { type ConnectOptions, untilConnected } from './connecting.ts';
import { uncounted } from './origin.ts';
import { passProxiedPeer } from './proxied-peer.ts';
import { SocketTransport } from './socket-transport.ts';
import { TlsContexts, type TlsIdentityOptions, type TlsServerOptions, tlsOptionsError } from './tls-contexts.ts';
import {
  DEFAULT_GRACE_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  type Listener,
  type OnTransport,
  type Transport,
} from './transport.ts';

export interface TlsClientOptions extends TlsIdentityOptions {
  /** The name to ask for (SNI) and to find in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  /** Default true. Without it anybody can be the peer. */
  readonly rejectUnauthorized?: boolean;
}

export interface TlsListenOptions extends AcceptOptions {
  readonly tls?: TlsServerOptions;
}

export interface TlsConnectOptions extends ConnectOptions {
  readonly tls?: TlsClientOptions;
}

/** Offered and accepted by name; a peer which names no protocol is served too, one that names only others is refused. */
function alpnOf({ scheme }: Address): string {
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
  alpn: string,
  options: TlsListenOptions,
  onSecure: (socket: tls.TLSSocket) => void,
): Acceptor {
  const { handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  const problem = `cannot listen on ${address.url}`;
  let contexts = new TlsContexts(options.tls, problem);
  const server = tls.createServer({
    ...contexts.options,
    ALPNProtocols: [alpn],
    handshakeTimeout: handshakeTimeoutMs,
    SNICallback: (serverName, done) => done(null, contexts.find(serverName)),
  });
  // A TLS socket does not tell what it runs over, but both have the same peer.
  const handshaking = new Map<string, Socket>();
  server.on('secureConnection', (socket) => {
    const peer = peerOf(socket);
    const carrier = handshaking.get(peer)!;
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
  const socket = connectSecure(address, alpnOf(address), options.tls);
  const transport = new SocketTransport(origin).carry(socket, 'stream');
  await untilConnected(socket, 'secureConnect', address.url, options);
  return transport;
}

type NodeTlsOptions<Options> = Omit<Options, keyof TlsIdentityOptions> & TlsIdentityOptions;

/** A TLS connection that is being made. Throws TransportError `TLS_OPTIONS`. */
export function connectSecure(address: Address, alpn: string, options: TlsClientOptions = {}): tls.TLSSocket {
  const { host, port, url } = address;
  // An IP address is no server name; without one, Node compares the host with the certificate.
  const servername = options.servername ?? (isIP(host) === 0 ? host : '');
  const all: NodeTlsOptions<tls.ConnectionOptions> = { ...options, servername, host, port, ALPNProtocols: [alpn] };
  try {
    const socket = tls.connect(all as tls.ConnectionOptions);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    return socket;
  } catch (error) {
    throw tlsOptionsError(`cannot connect to ${url}`, error);
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function ignore(): void {}

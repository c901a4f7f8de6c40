// Listening and connecting over WebSocket in Node, with `ws`.

import net, { type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { Acceptor } from './acceptor.ts';
import { type Address, formatUrl } from './address.ts';
import { untilEvent } from './connecting.ts';
import { cancelDeadline, setDeadline } from './deadlines.ts';
import { uncounted } from './origin.ts';
import { acceptTls, type TlsConnectOptions, type TlsListenOptions } from './tls.ts';
import { connectSecure } from './tls-client.ts';
import {
  DEFAULT_GRACE_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  DEFAULT_MAXIMUM_PAYLOAD,
  type Listener,
  type OnTransport,
  type Transport,
} from './transport.ts';
import { TransportError } from './transport-error.ts';
import { openTunnel } from './tunnel.ts';
import { WebSocketOrigins } from './websocket-origins.ts';
import { WebSocketTransport } from './websocket-transport.ts';
import { createUpgradeServer, MQTT_SUBPROTOCOLS } from './websocket-upgrade.ts';

export interface WebSocketListenOptions extends TlsListenOptions {
  /** Largest message taken from a peer, in bytes; a larger one closes the connection with 1009. Default 16 MiB. */
  readonly maximumPayload?: number;
  /** Subprotocols that may be agreed on, best first. Default: those of MQTT. */
  readonly subprotocols?: readonly string[];
  /**
   * Pages that may connect: `https://app.example`, `https://*.app.example` (every sub-domain), `http://localhost:*` (every
   * port), or `*`. Default: all. Programs other than browsers are not affected.
   */
  readonly allowedOrigins?: readonly string[];
}

export interface WebSocketConnectOptions extends TlsConnectOptions {
  /** Largest message taken from the peer, in bytes. Default 16 MiB. */
  readonly maximumPayload?: number;
  /** What to ask for. Default `mqtt`. */
  readonly subprotocol?: string;
  /** Further headers of the opening request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const ALPN_HTTP = 'http/1.1';

export async function listenWebSocket(
  address: Address,
  options: WebSocketListenOptions,
  onTransport: OnTransport,
): Promise<Listener> {
  if (address.path.includes('?'))
    throw new TransportError('BAD_URL', `cannot listen on ${address.url}: it has a query`);
  const { graceMs = DEFAULT_GRACE_MS, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  const origin = uncounted(address.protocol, graceMs);
  const server = createUpgradeServer({
    path: address.path,
    maximumPayload: options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD,
    subprotocols: options.subprotocols ?? MQTT_SUBPROTOCOLS,
    graceMs,
    allowedOrigins: options.allowedOrigins === undefined ? undefined : new WebSocketOrigins(options.allowedOrigins),
    onUpgraded(webSocket, socket) {
      cancelDeadline(socket);
      acceptor.endHandshake(socket);
      socket.removeListener('close', onLost);
      onTransport(new WebSocketTransport(webSocket, socket, origin, 'server'));
    },
  });
  function onLost(this: Socket): void {
    cancelDeadline(this);
    acceptor.endHandshake(this);
    acceptor.failedHandshakes++;
  }
  const serve = (socket: Socket): void => {
    setDeadline(socket, handshakeTimeoutMs);
    acceptor.beginHandshake(socket);
    socket.on('close', onLost);
    server.emit('connection', socket);
  };
  const acceptor: Acceptor =
    address.protocol === 'wss'
      ? acceptTls(address, ALPN_HTTP, options, serve)
      : new Acceptor(address, options, 'reading', (socket) => {
          socket.on('close', acceptor.closed);
          serve(socket);
          socket.resume(); // stopped while a PROXY header was waited for
        });
  return acceptor.open();
}

export async function connectWebSocket(address: Address, options: WebSocketConnectOptions): Promise<Transport> {
  const { protocol, host, port } = address;
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const isSecure = protocol === 'wss';
  const phases = { ...options, startedAt: performance.now() };
  const tunnel = options.proxy === undefined ? undefined : await openTunnel(address, options.proxy, phases);
  const socket = isSecure
    ? connectSecure(address, ALPN_HTTP, options.tls, tunnel)
    : (tunnel ?? net.connect({ host, port, keepAlive: true }));
  let isReady = !isSecure && tunnel !== undefined;
  socket.once(isSecure ? 'secureConnect' : 'connect', () => {
    isReady = true;
  });
  const webSocket = request(address, socket, options);
  tunnel?.resume(); // it was stopped
  let transport: Transport | undefined;
  // In this very event: what follows the handshake is read in the next tick.
  webSocket.once('open', () => {
    transport = new WebSocketTransport(webSocket, socket, uncounted(protocol, graceMs), 'client');
  });
  await untilEvent(webSocket, 'open', address.url, {
    ...phases,
    giveUp: () => webSocket.terminate(),
    failure: () => (isReady ? 'WEBSOCKET_FAILED' : isSecure ? 'TLS_FAILED' : 'CONNECT_FAILED'),
  });
  return transport!;
}

/** The opening request. Throws TransportError `BAD_OPTIONS`, and then the socket is closed. */
function request(address: Address, socket: Socket, options: WebSocketConnectOptions): WebSocket {
  try {
    const webSocket = new WebSocket(formatUrl(address, address.port), [options.subprotocol ?? 'mqtt'], {
      perMessageDeflate: false,
      maxPayload: options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD,
      headers: { ...options.headers },
      createConnection: () => socket,
      ...{ closeTimeout: options.graceMs ?? DEFAULT_GRACE_MS }, // ws 8.23 knows it, its types do not yet
    });
    webSocket.on('error', ignore);
    return webSocket;
  } catch (error) {
    socket.on('error', ignore);
    socket.destroy();
    const { message } = error as Error; // names the header, not its value
    throw new TransportError('BAD_OPTIONS', `cannot connect to ${address.url}: the option headers: ${message}`, error);
  }
}

function ignore(): void {}

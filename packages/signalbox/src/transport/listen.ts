// listen: from a URL to the listener of its kind.

import { parseAddress } from './address.ts';
import { listenTcp, type PlainListenOptions } from './tcp.ts';
import { listenTls, type TlsListenOptions } from './tls.ts';
import type { Listener, OnTransport } from './transport.ts';
import { TransportError } from './transport-error.ts';
import { listenUnix, type UnixListenOptions } from './unix.ts';
import { listenWebSocket, type WebSocketListenOptions } from './websocket.ts';

/** Options a kind of listener does not know are ignored, so that one set serves several URLs. */
export type ListenOptions = PlainListenOptions & TlsListenOptions & UnixListenOptions & WebSocketListenOptions;

/**
 * Listens at `mqtt://host:port`, `mqtts://host:port`, `ws://host:port/path`, `wss://host:port/path` or `unix:///path`.
 * Without a host: 127.0.0.1; port 0: a free one. `onTransport` is called after the promise has resolved.
 * Rejects with TransportError: `BAD_URL`, `BAD_OPTIONS`, `TLS_OPTIONS`, `ADDRESS_IN_USE`, `ADDRESS_NOT_AVAILABLE`,
 * `HOST_NOT_FOUND`, `PERMISSION_DENIED` or `LISTEN_FAILED`.
 */
export async function listen(url: string, options: ListenOptions, onTransport: OnTransport): Promise<Listener> {
  const address = parseAddress(url);
  checkOptions(options);
  switch (address.protocol) {
    case 'tcp':
      return listenTcp(address, options, onTransport);
    case 'unix':
      return listenUnix(address, options, onTransport);
    case 'tls':
      return listenTls(address, options, onTransport);
    case 'ws':
    case 'wss':
      return listenWebSocket(address, options, onTransport);
  }
}

const LEAST = {
  graceMs: 0,
  handshakeTimeoutMs: 1,
  maximumConnections: 0,
  maximumHandshakes: 1,
  maximumPayload: 1,
  backlog: 1,
  fileMode: 0,
} as const;

function checkOptions(options: ListenOptions): void {
  const { proxyProtocol } = options;
  if (proxyProtocol !== undefined && proxyProtocol !== 'required') {
    const problem = `proxyProtocol can be 'required' or absent, not ${String(proxyProtocol)}: nobody may choose to leave the header out`;
    throw new TransportError('BAD_OPTIONS', problem);
  }
  for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    const value = options[name];
    if (value === undefined || value >= least) continue;
    throw new TransportError('BAD_OPTIONS', `${name} must be a number from ${least}, not ${String(value)}`);
  }
}

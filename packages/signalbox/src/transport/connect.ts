// connect: from a URL to a connected transport, in Node. Browsers have `connectBrowserWebSocket`.

import { parseAddress, withoutPassword } from './address.ts';
import { connectTcp } from './tcp.ts';
import { connectTls } from './tls.ts';
import type { Transport } from './transport.ts';
import { TransportError } from './transport-error.ts';
import { connectUnix } from './unix.ts';
import { connectWebSocket, type WebSocketConnectOptions } from './websocket.ts';

/** Options a kind of connection does not know are ignored. */
export type ConnectOptions = WebSocketConnectOptions;

/**
 * Connects to `mqtt://host:port`, `mqtts://host:port`, `ws://host:port/path`, `wss://host:port/path` or `unix:///path`.
 * Rejects with TransportError: `BAD_URL`, `BAD_OPTIONS`, `TLS_OPTIONS`, `CONNECTION_REFUSED`, `HOST_NOT_FOUND`, `PERMISSION_DENIED`,
 * `TLS_FAILED`, `WEBSOCKET_FAILED`, `CONNECT_TIMEOUT`, `CONNECT_ABORTED` or `CONNECT_FAILED`; through a proxy also with
 * `PROXY_UNREACHABLE`, `PROXY_AUTHENTICATION_FAILED`, `PROXY_REFUSED`, `PROXY_TARGET_UNREACHABLE` or `PROXY_FAILED`.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Transport> {
  const address = parseAddress(url);
  if (address.port === 0 && address.protocol !== 'unix') {
    throw new TransportError(
      'BAD_URL',
      `${withoutPassword(url)} is no address to connect to: port 0 stands for any port`,
    );
  }
  switch (address.protocol) {
    case 'tcp':
      return connectTcp(address, options);
    case 'unix':
      return connectUnix(address, options);
    case 'tls':
      return connectTls(address, options);
    case 'ws':
    case 'wss':
      return connectWebSocket(address, options);
  }
}

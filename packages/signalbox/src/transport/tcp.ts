// Listening and connecting over TCP.

import { TLSSocket } from 'node:tls';
import { type AcceptOptions, Acceptor } from './acceptor.ts';
import type { Address } from './address.ts';
import type { ConnectOptions } from './connecting.ts';
import { uncounted } from './origin.ts';
import { acceptPlain, adoptPlain, connectPlain, type Reading } from './plain-socket.ts';
import { DEFAULT_GRACE_MS, type Listener, type OnTransport, type Transport } from './transport.ts';
import { openTunnel, type ProxyOptions } from './tunnel.ts';

export interface PlainListenOptions extends AcceptOptions {
  /** Default `static`: one buffer for all connections. `fresh`: a new one per read, for comparison. */
  readonly reading?: Reading;
}

export function listenTcp(address: Address, options: PlainListenOptions, onTransport: OnTransport): Promise<Listener> {
  const { reading = 'static' } = options;
  const acceptor = new Acceptor(address, options, 'stopped', (socket) => {
    acceptPlain(socket, acceptor, reading, onTransport);
  });
  return acceptor.open();
}

export async function connectTcp(address: Address, options: ConnectOptions & ProxyOptions): Promise<Transport> {
  const { host, port, url } = address;
  const origin = uncounted('tcp', options.graceMs ?? DEFAULT_GRACE_MS);
  if (options.proxy !== undefined) {
    const tunnel = await openTunnel(address, options.proxy, { ...options, startedAt: performance.now() });
    return adoptPlain(tunnel, origin, tunnel instanceof TLSSocket ? 'fresh' : 'static');
  }
  return connectPlain({ host, port, noDelay: true, keepAlive: true }, origin, url, options);
}

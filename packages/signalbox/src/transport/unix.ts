// Listening and connecting over Unix sockets. The socket file is the address: who may write to it may connect.

import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import { Acceptor } from './acceptor.ts';
import type { Address } from './address.ts';
import type { ConnectOptions } from './connecting.ts';
import { uncounted } from './origin.ts';
import { acceptPlain, connectPlain } from './plain-socket.ts';
import type { PlainListenOptions } from './tcp.ts';
import { DEFAULT_GRACE_MS, type Listener, type OnTransport, type Transport } from './transport.ts';
import { TransportError } from './transport-error.ts';
import type { ProxyOptions } from './tunnel.ts';
import { parseProxy } from './tunnel-proxy.ts';

export interface UnixListenOptions extends PlainListenOptions {
  /** Permissions of the socket file. Default 0o600: only this user. */
  readonly fileMode?: number;
}

/** A socket file nobody listens on any more, as a killed process leaves it, is replaced. */
export async function listenUnix(
  address: Address,
  options: UnixListenOptions,
  onTransport: OnTransport,
): Promise<Listener> {
  const { reading = 'static', fileMode = 0o600 } = options;
  const folder = dirname(address.path);
  if (!existsSync(folder)) {
    // libuv would call it a lack of permission.
    const problem = `cannot listen on ${address.url}: there is no folder ${folder}`;
    throw new TransportError('ADDRESS_NOT_AVAILABLE', problem);
  }
  const open = (): Promise<Listener> => {
    const acceptor: Acceptor = new Acceptor(address, options, 'stopped', (socket) => {
      acceptPlain(socket, acceptor, reading, onTransport);
    });
    return acceptor.open(() => chmodSync(address.path, fileMode));
  };
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'ADDRESS_IN_USE') throw error;
    if (!(await isStale(address.path))) throw error;
    unlinkSync(address.path);
    return await open();
  }
}

export async function connectUnix(address: Address, options: ConnectOptions & ProxyOptions): Promise<Transport> {
  if (options.proxy !== undefined) parseProxy(options.proxy, address); // says that there is none
  const origin = uncounted('unix', options.graceMs ?? DEFAULT_GRACE_MS, `unix:${address.path}`);
  return connectPlain({ path: address.path }, origin, address.url, options);
}

/** Whether the file is a socket and nobody accepts connections on it. */
function isStale(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = net.connect({ path }, () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

// Plain sockets, TCP and Unix alike: how an accepted one becomes a transport, and how one is connected.

import net from 'node:net';
import type { Acceptor } from './acceptor.ts';
import { type ConnectOptions, untilConnected } from './connecting.ts';
import { freshReadingOptions } from './fresh-read.ts';
import type { Origin } from './origin.ts';
import { SocketTransport } from './socket-transport.ts';
import { adoptSocket } from './static-read.ts';
import type { OnTransport, Transport } from './transport.ts';

/** How accepted sockets are read. `fresh` is for comparison, and for a Node where `static` is not possible. */
export type Reading = 'static' | 'fresh';

/** `accepted` must be stopped. */
export function acceptPlain(accepted: net.Socket, origin: Acceptor, reading: Reading, onTransport: OnTransport): void {
  onTransport(adoptPlain(accepted, origin, reading));
}

/** `connected` must be stopped; what was read of it already is not lost. */
export function adoptPlain(connected: net.Socket, origin: Origin, reading: Reading): Transport {
  const transport = new SocketTransport(origin);
  const adopted = reading === 'static' ? adoptSocket(connected, transport) : undefined;
  return adopted === undefined ? transport.carry(connected, 'stream') : transport.carry(adopted, 'static');
}

export async function connectPlain(
  target: net.TcpSocketConnectOpts | net.IpcSocketConnectOpts,
  origin: Origin,
  url: string,
  options: ConnectOptions,
): Promise<Transport> {
  const transport = new SocketTransport(origin);
  // `noDelay` and `keepAlive` are for the constructor: connect() does not look at them.
  const socket = new net.Socket({ ...target, ...freshReadingOptions(transport) } as net.SocketConstructorOpts);
  // Begins to read and stops again at once: what comes before `start` waits in the kernel, and see `adoptSocket`.
  socket.once('connect', () => {
    socket.read(0);
    socket.pause();
  });
  transport.carry(socket, 'static');
  socket.connect(target);
  await untilConnected(socket, 'connect', url, options);
  return transport;
}

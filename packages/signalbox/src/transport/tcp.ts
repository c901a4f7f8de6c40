// Listening and connecting over TCP.

import net from 'node:net';
import { SocketTransport } from './socket-transport.ts';
import { adoptSocket } from './static-read.ts';
import type { Listener, OnTransport } from './transport.ts';
import { DEFAULT_GRACE_MS } from './transport.ts';

export interface TcpListenOptions {
  readonly host?: string;
  readonly port: number;
  readonly graceMs?: number;
}

export async function listenTcp(options: TcpListenOptions, onTransport: OnTransport): Promise<Listener> {
  let connections = 0;
  const origin = {
    protocol: 'tcp' as const,
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    peerName: undefined,
    closed: () => {
      connections--;
    },
  };
  const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    connections++;
    onTransport(new SocketTransport(adoptSocket(socket), origin));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    protocol: 'tcp',
    url: `mqtt://${options.host ?? '127.0.0.1'}:${port}`,
    get connections() {
      return connections;
    },
    refusedConnections: 0,
    close: async () => {
      server.close();
    },
  };
}

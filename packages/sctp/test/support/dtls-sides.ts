// Clients and servers on real sockets, as promises: for tests against foreign programs.

import type { DtlsError } from '../../src/dtls/errors.ts';
import type { DtlsSession } from '../../src/dtls/handshake-role.ts';
import type { LinkSink } from '../../src/dtls/link.ts';
import { DtlsSocket, type UdpLink } from '../../src/dtls-sctp/dtls-socket.ts';
import {
  clientOptionsOf,
  type DtlsTlsClientOptions,
  type DtlsTlsServerOptions,
  serverOptionsOf,
} from '../../src/node-crypto/tls-options.ts';

/** What a link told, and a way to wait for it. */
export class Told implements LinkSink {
  session: DtlsSession | undefined;
  text = '';
  isClosed = false;
  error: DtlsError | undefined;
  #watchers: (() => void)[] = [];

  connected(session: DtlsSession): void {
    this.session = session;
    this.#changed();
  }

  data(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
    this.#changed();
  }

  closed(error: DtlsError | undefined): void {
    this.isClosed = true;
    this.error = error;
    this.#changed();
  }

  /** Rejects when the link is closed before. */
  until(condition: (told: Told) => boolean): Promise<Told> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        if (condition(this)) resolve(this);
        else if (this.isClosed) reject(this.error ?? new Error('the link was closed'));
        else return;
        this.#watchers = this.#watchers.filter((other) => other !== watch);
      };
      this.#watchers.push(watch);
      watch();
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly socket: DtlsSocket;
  /** The next client that gets through. */
  next(): Promise<{ link: UdpLink; told: Told }>;
}

export async function dtlsServer(tls: DtlsTlsServerOptions): Promise<TestServer> {
  const clients: { link: UdpLink; told: Told }[] = [];
  let waiting: (() => void) | undefined;
  const address = { host: '127.0.0.1', family: 4, port: 0 } as const;
  const socket = await DtlsSocket.listen({ ...address, server: serverOptionsOf(tls) }, (link) => {
    const told = new Told();
    clients.push({ link, told });
    waiting?.();
    return told;
  });
  return {
    port: socket.localPort,
    socket,
    async next() {
      if (clients.length === 0) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      return clients.shift()!;
    },
    [Symbol.asyncDispose]: async () => socket.close(),
  };
}

export interface TestClient extends AsyncDisposable {
  readonly link: UdpLink;
  readonly told: Told;
}

export async function dtlsClient(port: number, tls: DtlsTlsClientOptions, host = 'sign.example'): Promise<TestClient> {
  const told = new Told();
  const to = { host: '127.0.0.1', family: 4, port } as const;
  const { socket, link } = await DtlsSocket.connect(to, clientOptionsOf(tls, host), () => told);
  return { link, told, [Symbol.asyncDispose]: async () => socket.close() };
}

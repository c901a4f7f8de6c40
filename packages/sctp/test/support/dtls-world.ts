// An endpoint that takes clients and as many others as one likes, on a virtual clock; every datagram arrives at once unless
// somebody holds it.

import { DtlsEndpoint, type EndpointOptions } from '../../src/dtls/endpoint.ts';
import type { DtlsClientOptions } from '../../src/dtls/handshake-role.ts';
import type { DtlsAddress, DtlsLink } from '../../src/dtls/link.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { PSK_CLIENT, PSK_SERVER } from './dtls-parties.ts';

export function addressOf(host: string, port = 1): DtlsAddress {
  return { key: `${host} ${port}`, address: host };
}

export interface Told {
  text: string;
  /** 'closed', or the code of the error; undefined while it is open. */
  end: string | undefined;
  isOpen: boolean;
}

export interface WorldClient {
  readonly endpoint: DtlsEndpoint<DtlsAddress>;
  readonly link: DtlsLink<DtlsAddress>;
  readonly told: Told;
  /** Where it sends from; may be changed at any time. */
  from: DtlsAddress;
}

const SERVER = addressOf('server');

export class DtlsWorld {
  now = 0;
  readonly server: DtlsEndpoint<DtlsAddress>;
  /** What the server's links told, in the order they were accepted. */
  readonly accepted: { link: DtlsLink<DtlsAddress>; told: Told }[] = [];
  readonly sentByServer: { bytes: Uint8Array; to: DtlsAddress }[] = [];
  readonly #clients: WorldClient[] = [];
  readonly #queue: (() => void)[] = [];
  /** Sees what clients send; false: it is lost. */
  carries: (bytes: Uint8Array, from: DtlsAddress) => boolean = () => true;

  constructor(options: Partial<EndpointOptions> = {}) {
    const all = { primitives: NODE_PRIMITIVES, server: PSK_SERVER, ...options };
    const owner = {
      transmit: (bytes: Uint8Array, to: DtlsAddress) => {
        this.sentByServer.push({ bytes, to });
        this.#queue.push(() => {
          for (const client of this.#clients) {
            if (client.from.key === to.key) client.endpoint.receive(bytes, SERVER, this.now);
          }
        });
      },
      accept: (link: DtlsLink<DtlsAddress>) => {
        const told = newTold();
        this.accepted.push({ link, told });
        return sinkOf(told);
      },
    };
    this.server = new DtlsEndpoint(all, owner, 0);
  }

  client(from: DtlsAddress, options: DtlsClientOptions = PSK_CLIENT): WorldClient {
    const told = newTold();
    const owner = {
      transmit: (bytes: Uint8Array) => {
        const sender = client.from;
        if (this.carries(bytes, sender)) this.#queue.push(() => this.server.receive(bytes, sender, this.now));
      },
      accept: () => sinkOf(newTold()),
    };
    const endpoint = new DtlsEndpoint<DtlsAddress>({ primitives: NODE_PRIMITIVES }, owner, this.now);
    const client = { endpoint, told, from, link: undefined as unknown as DtlsLink<DtlsAddress> };
    this.#clients.push(client);
    client.link = endpoint.connect(SERVER, options, () => sinkOf(told), this.now);
    return client;
  }

  /** Everything that is on its way, and what it leads to. */
  settle(): void {
    for (let step = this.#queue.shift(); step !== undefined; step = this.#queue.shift()) step();
  }

  /** Time passes, timers ring. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      this.settle();
      const at = Math.min(this.server.deadline, ...this.#clients.map(({ endpoint }) => endpoint.deadline));
      if (at > until) break;
      this.now = Math.max(at, this.now);
      this.server.tick(this.now);
      for (const { endpoint } of this.#clients) endpoint.tick(this.now);
    }
    this.now = until;
  }
}

function newTold(): Told {
  return { text: '', end: undefined, isOpen: false };
}

function sinkOf(told: Told) {
  return {
    connected: () => {
      told.isOpen = true;
    },
    data: (bytes: Uint8Array) => {
      told.text += Buffer.from(bytes).toString();
    },
    closed: (error: { code: string } | undefined) => {
      told.isOpen = false;
      told.end = error?.code ?? 'closed';
    },
  };
}

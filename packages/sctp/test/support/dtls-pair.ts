// A client and a server on a virtual clock, and between them a network that loses, doubles, delays and reorders by a seed.
// The server is what it is in earnest: a gate, and a connection once somebody has come through.

import { DtlsConnection } from '../../src/dtls/connection.ts';
import type { DtlsEvent } from '../../src/dtls/connection-events.ts';
import type { DtlsClientOptions, DtlsServerOptions } from '../../src/dtls/handshake-role.ts';
import { HelloGate } from '../../src/dtls/hello-gate.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { randomBySeed } from './random-by-seed.ts';

export type Side = 'client' | 'server';

export interface NetworkWishes {
  readonly seed?: number;
  /** 0 to 1 each. */
  readonly loss?: number;
  readonly duplication?: number;
  readonly reordering?: number;
  readonly latencyMs?: number;
  /** Sees every datagram that is sent; what it returns is what is carried. */
  readonly tamper?: (datagram: Uint8Array, from: Side, index: number) => readonly Uint8Array[];
}

export class DtlsPair {
  now = 0;
  readonly client: DtlsConnection;
  server: DtlsConnection | undefined;
  /** Without what was only to be sent. */
  readonly events: Record<Side, DtlsEvent[]> = { client: [], server: [] };
  readonly sent: { from: Side; bytes: Uint8Array }[] = [];
  gate = new HelloGate(NODE_PRIMITIVES, 0);
  readonly #serverOptions: DtlsServerOptions;
  readonly #network: NetworkWishes;
  readonly #random: () => number;
  #travelling: { at: number; order: number; to: Side; bytes: Uint8Array }[] = [];
  #order = 0;

  constructor(client: DtlsClientOptions, server: DtlsServerOptions, network: NetworkWishes = {}) {
    this.#serverOptions = server;
    this.#network = network;
    this.#random = randomBySeed(network.seed ?? 1);
    const { connection, events } = DtlsConnection.client(client, this.now);
    this.client = connection;
    this.did('client', events);
  }

  /** Events of a call from outside: what is to be sent travels, the rest is remembered. */
  did(side: Side, events: readonly DtlsEvent[]): void {
    for (const event of events) {
      if (event.type === 'transmit') this.#carry(side, event.bytes);
      else this.events[side].push(event);
    }
  }

  /** Goes on until nothing is on its way and nobody waits, or until `until`. */
  run(until = Number.POSITIVE_INFINITY): void {
    for (let step = 0; step < 100_000; step++) {
      this.#travelling.sort((left, right) => left.at - right.at || left.order - right.order);
      const next = this.#travelling[0];
      const deadline = Math.min(this.client.deadline, this.server?.deadline ?? Number.POSITIVE_INFINITY);
      const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, deadline);
      if (at > until || at === Number.POSITIVE_INFINITY) return;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= deadline) {
        this.#travelling.shift();
        this.deliver(next.to, next.bytes);
      } else {
        this.did('client', this.client.tick(this.now));
        if (this.server) this.did('server', this.server.tick(this.now));
      }
    }
    throw new Error('this goes on for ever');
  }

  deliver(to: Side, bytes: Uint8Array): void {
    if (to === 'client') this.did('client', this.client.receive(bytes, this.now));
    else if (this.server !== undefined) this.did('server', this.server.receive(bytes, this.now));
    else this.#knock(bytes);
  }

  #knock(bytes: Uint8Array): void {
    const judged = this.gate.judge(bytes, Uint8Array.of(1, 2, 3), this.now);
    if (judged === undefined) return;
    if ('reply' in judged) {
      this.#carry('server', judged.reply);
      return;
    }
    const { connection, events } = DtlsConnection.server(this.#serverOptions, judged, this.now);
    this.server = connection;
    this.did('server', events);
  }

  /** Contents of data events, as text. */
  received(side: Side): string[] {
    return this.events[side].flatMap((event) => (event.type === 'data' ? [Buffer.from(event.bytes).toString()] : []));
  }

  /** The code of the error that ended a side; 'closed' for an end without one. */
  outcome(side: Side): string {
    const last = this.events[side].at(-1);
    if (last?.type === 'closed') return last.error?.code ?? 'closed';
    return (side === 'client' ? this.client : this.server)?.state ?? 'nothing';
  }

  #carry(from: Side, bytes: Uint8Array): void {
    const index = this.sent.length;
    this.sent.push({ from, bytes });
    const { tamper, loss = 0, duplication = 0, reordering = 0, latencyMs = 5 } = this.#network;
    for (const datagram of tamper?.(bytes.slice(), from, index) ?? [bytes.slice()]) {
      const copies = this.#random() < loss ? 0 : this.#random() < duplication ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const delay = this.#random() < reordering ? latencyMs * (1 + this.#random() * 4) : latencyMs;
        const to = from === 'client' ? 'server' : 'client';
        this.#travelling.push({ at: this.now + delay, order: this.#order++, to, bytes: datagram });
      }
    }
  }
}

// Two or more hosts on a virtual clock, and links between them which lose, double, delay and reorder packets as a seed says.
// Nothing here waits: a test of an hour takes as long as its packets take to be computed.

import { createHmac } from 'node:crypto';
import type { Association } from '../../src/sctp/association.ts';
import type { AssociationSink, IncomingMessage } from '../../src/sctp/association-events.ts';
import type { AssociationLimits } from '../../src/sctp/association-options.ts';
import type { ErrorCause } from '../../src/sctp/error-causes.ts';
import { Host, type HostOptions, type Path } from '../../src/sctp/host.ts';
import type { SctpError } from '../../src/sctp/sctp-error.ts';

/** Numbers from a seed (xorshift): 32 bits, unsigned. */
export function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

export interface LinkOptions {
  readonly seed?: number;
  readonly latencyMs?: number;
  /** Of 100 packets. */
  readonly loss?: number;
  readonly duplication?: number;
  readonly reordering?: number;
  /** Bytes per millisecond in each direction; default Infinity. */
  readonly rate?: number;
  /** Timers ring so much after they are due, as those of Node do; default 0. */
  readonly timerMs?: number;
  /** What a router holds before it drops, in bytes. */
  readonly queue?: number;
}

/** One end of an association: everything it was told, and what it does with messages. */
export class Party implements AssociationSink {
  readonly messages: { bytes: Uint8Array; streamIdentifier: number; ppid: number; isUnordered: boolean }[] = [];
  readonly events: string[] = [];
  readonly causes: ErrorCause[] = [];
  association!: Association;
  error: SctpError | undefined = undefined;
  isPaused = false;
  keepsMessages = true;
  receivedBytes = 0;
  unconsumed = 0;
  onMessage: ((message: IncomingMessage) => void) | undefined = undefined;
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  transmit(packet: Uint8Array): void {
    this.node.send(packet, this.path);
  }
  path!: VirtualPath;
  established(): void {
    this.events.push('established');
  }
  message(message: IncomingMessage): void {
    this.receivedBytes += message.bytes.length;
    if (this.keepsMessages) {
      const { streamIdentifier, payloadProtocolIdentifier: ppid, isUnordered } = message;
      this.messages.push({ bytes: message.bytes.slice(), streamIdentifier, ppid, isUnordered });
    }
    this.onMessage?.(message);
    if (this.isPaused) this.unconsumed += message.bytes.length;
    else this.association.consume(message.bytes.length, this.node.network.now);
  }
  resume(): void {
    this.isPaused = false;
    this.association.consume(this.unconsumed, this.node.network.now);
    this.unconsumed = 0;
    this.node.touch(this.association);
  }
  peerShutdown(): void {
    this.events.push('peer-shutdown');
  }
  drain(): void {
    this.events.push('drain');
  }
  peerError(causes: readonly ErrorCause[]): void {
    this.events.push('peer-error');
    this.causes.push(...causes);
  }
  ended(error: SctpError | undefined): void {
    this.events.push('ended');
    this.error = error;
  }
  send(bytes: Uint8Array, options: { stream?: number; ppid?: number; isUnordered?: boolean } = {}): void {
    this.association.send({
      bytes,
      streamIdentifier: options.stream ?? 0,
      payloadProtocolIdentifier: options.ppid ?? 0,
      isUnordered: options.isUnordered ?? false,
    });
    this.node.touch(this.association);
  }
  shutdown(): void {
    this.association.shutdown(this.node.network.now);
    this.node.touch(this.association);
  }
  abort(reason?: string): void {
    this.association.abort(reason);
  }
}

export interface VirtualPath extends Path {
  readonly from: string;
  readonly to: string;
}

export class Node {
  readonly network: Network;
  readonly name: string;
  readonly host: Host<VirtualPath>;
  readonly accepted: Party[] = [];
  readonly touched = new Set<Association>();
  /** Associations which have begun here. */
  readonly alive = new Set<Association>();

  constructor(network: Network, name: string, options: Partial<HostOptions>) {
    this.network = network;
    this.name = name;
    const random = seeded(name.charCodeAt(0) * 7919 + network.seed);
    const sign = (bytes: Uint8Array) => createHmac('sha256', name).update(bytes).digest();
    this.host = new Host<VirtualPath>(
      { random, sign, ...options },
      {
        transmit: (packet, path) => this.send(packet, path),
        accept: (association, path) => this.#adopt(new Party(this), association, path),
        moved: (association, path) => {
          const party = this.accepted.find((one) => one.association === association);
          if (party !== undefined) party.path = path;
        },
      },
    );
  }

  #adopt(party: Party, association: Association, path: VirtualPath): Party {
    party.association = association;
    party.path = path;
    this.accepted.push(party);
    this.touch(association);
    return party;
  }

  connect(to: string, options: { peerPort?: number; localPort?: number } = {}): Party {
    const party = new Party(this);
    party.path = { key: to, from: this.name, to };
    const { peerPort = 5000, localPort } = options;
    party.association = this.host.associate(
      { path: party.path, peerPort, sink: party, ...(localPort === undefined ? {} : { localPort }) },
      this.network.now,
    );
    this.touch(party.association);
    return party;
  }

  touch(association: Association): void {
    this.touched.add(association);
    this.alive.add(association);
    this.network.schedule();
  }

  send(packet: Uint8Array, path: VirtualPath): void {
    this.network.carry(packet, { from: path.from, to: path.to });
  }

  receive(packet: Uint8Array, from: string): void {
    const association = this.host.receive(packet, { key: from, from: this.name, to: from }, this.network.now);
    if (association !== undefined) this.touch(association);
  }

  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const association of this.alive) {
      if (association.state === 'ended') this.alive.delete(association);
      else deadline = Math.min(deadline, association.deadline);
    }
    return deadline;
  }

  tick(): void {
    const { now } = this.network;
    this.touched.clear();
    for (const association of this.alive) {
      for (let round = 0; association.deadline <= now; round++) {
        if (round > 1000) throw new Error(`a deadline that does not go away in ${association.state}`);
        association.tick(now);
      }
    }
  }
}

interface Flight {
  readonly at: number;
  readonly number: number;
  readonly to: string;
  readonly from: string;
  readonly packet: Uint8Array;
}

export class Network {
  now = 1000;
  readonly seed: number;
  readonly nodes = new Map<string, Node>();
  /** Packets that were carried, lost ones included. */
  carried = 0;
  carriedBytes = 0;
  lost = 0;
  options: LinkOptions;
  /** Looks at every packet; false: it is lost. */
  filter: ((packet: Uint8Array, ends: { from: string; to: string }) => boolean) | undefined = undefined;
  readonly #random: () => number;
  #flights: Flight[] = [];
  #number = 0;
  readonly #busyUntil = new Map<string, number>();

  constructor(options: LinkOptions = {}) {
    this.options = options;
    this.seed = options.seed ?? 1;
    this.#random = seeded(this.seed + 77);
  }

  add(name: string, options: Partial<HostOptions> = {}): Node {
    const node = new Node(this, name, options);
    this.nodes.set(name, node);
    return node;
  }

  /** Two nodes of which the second listens on port 5000. */
  pair(limits: Partial<AssociationLimits> = {}): [Node, Node] {
    return [this.add('a', { limits }), this.add('b', { limits, listeningPort: 5000 })];
  }

  schedule(): void {}

  #chance(percent: number | undefined): boolean {
    return percent !== undefined && percent > 0 && (this.#random() / 2 ** 32) * 100 < percent;
  }

  carry(packet: Uint8Array, { from, to }: { from: string; to: string }): void {
    this.carried++;
    this.carriedBytes += packet.length;
    const { latencyMs = 10, rate, queue = Number.POSITIVE_INFINITY, loss, duplication, reordering } = this.options;
    if (this.filter?.(packet, { from, to }) === false || this.#chance(loss)) {
      this.lost++;
      return;
    }
    let leaves = this.now;
    if (rate !== undefined) {
      const free = Math.max(this.now, this.#busyUntil.get(from) ?? 0);
      if ((free - this.now) * rate > queue) {
        this.lost++;
        return;
      }
      leaves = free + packet.length / rate;
      this.#busyUntil.set(from, leaves);
    }
    const copies = this.#chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const extra = this.#chance(reordering) ? latencyMs * 0.5 + (this.#random() % 5) : 0;
      this.#insert({ at: leaves + latencyMs + extra, number: this.#number++, from, to, packet: packet.slice() });
    }
  }

  #insert(flight: Flight): void {
    const flights = this.#flights;
    let at = flights.length;
    while (at > 0 && flights[at - 1]!.at > flight.at) at--;
    flights.splice(at, 0, flight);
  }

  /** Until nothing happens any more, or `until` says so, or the time is over. Gives back whether `until` said so. */
  run(until: () => boolean = () => false, forMs = 600_000): boolean {
    const end = this.now + forMs;
    for (let step = 0; step < 20_000_000; step++) {
      for (const node of this.nodes.values()) node.tick();
      if (until()) return true;
      const nextFlight = this.#flights[0]?.at ?? Number.POSITIVE_INFINITY;
      let next = nextFlight;
      for (const node of this.nodes.values()) next = Math.min(next, node.deadline + (this.options.timerMs ?? 0));
      if (next > end) {
        if (next !== Number.POSITIVE_INFINITY) this.now = end;
        return false;
      }
      this.now = Math.max(this.now, next);
      let count = 0;
      while (count < this.#flights.length && this.#flights[count]!.at <= this.now) count++;
      for (const flight of this.#flights.splice(0, count)) {
        this.nodes.get(flight.to)?.receive(flight.packet, flight.from);
      }
    }
    throw new Error('the simulation does not come to an end');
  }
}

// All DTLS connections that share one socket, and what is no connection yet: finds out for which one a datagram is, lets new
// clients in through the gate, and follows a peer to another address. No socket, no timer, no clock.

import { ascii } from './byte-fields.ts';
import { DtlsConnection } from './connection.ts';
import { DtlsError, DtlsUsageError } from './errors.ts';
import { checkServerOptions, type DtlsClientOptions, type DtlsServerOptions } from './handshake-role.ts';
import { HelloGate, type VerifiedHello } from './hello-gate.ts';
import { type DtlsAddress, DtlsLink, type LinkSink } from './link.ts';
import type { Primitives } from './primitives.ts';
import { Rebinding } from './rebinding.ts';
import { type Record, readRecord } from './record.ts';

export interface EndpointOwner<A extends DtlsAddress> {
  transmit(datagram: Uint8Array, address: A): void;
  /** A client has come through the handshake; what it tells goes to the sink, `connected` first. */
  accept(link: DtlsLink<A>): LinkSink;
}

export interface EndpointOptions {
  readonly primitives: Primitives;
  /** Takes clients; without it everything from strangers is dropped. */
  readonly server?: DtlsServerOptions;
  /** Further clients are refused. Default 1,024, as for associations: this is what carries them. */
  readonly maximumConnections?: number;
  /** Clients in a handshake; each has some ten kilobytes and costs a signature. Default 128. */
  readonly maximumHandshakes?: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class DtlsEndpoint<A extends DtlsAddress> {
  /** While false, no new clients are let in. */
  isListening: boolean;
  /** Clients not let in because there were too many. */
  refusedConnections = 0;
  failedHandshakes = 0;
  /** Datagrams that were for nobody. */
  strayDatagrams = 0;
  readonly #options: EndpointOptions;
  readonly #owner: EndpointOwner<A>;
  readonly #gate: HelloGate;
  readonly #rebinding: Rebinding<A>;
  readonly #links = new Map<string, DtlsLink<A>>();
  /** Clients that begin anew at an address where there is a connection; that one stays until they are through. */
  readonly #successors = new Map<string, DtlsLink<A>>();
  readonly #handshaking = new Set<DtlsLink<A>>();
  /** The random of the ClientHello that made a link: its repeats are no new client. */
  readonly #randoms = new WeakMap<DtlsLink<A>, string>();

  /** @throws {DtlsUsageError} `INVALID_ARGUMENT` */
  constructor(options: EndpointOptions, owner: EndpointOwner<A>, now: number) {
    if (options.server !== undefined) checkServerOptions(options.server);
    this.#options = options;
    this.#owner = owner;
    this.#gate = new HelloGate(options.primitives, now);
    this.#rebinding = new Rebinding(now);
    this.isListening = options.server !== undefined;
  }

  get connections(): number {
    return this.#links.size + this.#successors.size;
  }

  get handshakes(): number {
    return this.#handshaking.size;
  }

  /** When `tick` is due, in ms on the owner's clock; Infinity: never. */
  get deadline(): number {
    let deadline = NEVER;
    for (const { connection } of this.#handshaking) deadline = Math.min(deadline, connection.deadline);
    return deadline;
  }

  /**
   * Calls a server.
   * @throws {DtlsUsageError} `INVALID_ARGUMENT`: options that make no sense, or there is a connection to this address.
   */
  connect(address: A, options: DtlsClientOptions, sinkOf: (link: DtlsLink<A>) => LinkSink, now: number): DtlsLink<A> {
    if (this.#links.has(address.key)) {
      throw new DtlsUsageError('INVALID_ARGUMENT', `there is a connection to ${address.key} already`);
    }
    const { connection, events } = DtlsConnection.client(options, now);
    const link = this.#makeLink('client', connection, address);
    link.sink = sinkOf(link);
    this.#links.set(address.key, link);
    this.#handshaking.add(link);
    link.did(events);
    return link;
  }

  /** A datagram from `address`. Never throws. */
  receive(datagram: Uint8Array, address: A, now: number): void {
    const record = readRecord(datagram, 0);
    if (record === undefined) {
      this.strayDatagrams++;
      return;
    }
    const link = this.#links.get(address.key);
    if (link === undefined) this.#onStranger(datagram, address, { now, record });
    else if (record.epoch === 0 && link.role === 'server' && link.connection.state === 'open') {
      this.#onNewBeginning(datagram, address, now);
    } else {
      // Who has begun anew at this address speaks with another key: what one cannot open, the other may.
      this.#successors.get(address.key)?.did(this.#successors.get(address.key)!.connection.receive(datagram, now));
      link.did(link.connection.receive(datagram, now));
    }
  }

  /** To be called at `deadline`; earlier it does nothing. */
  tick(now: number): void {
    for (const link of [...this.#handshaking]) link.did(link.connection.tick(now));
  }

  /** The network says that nobody is there: connections that are open live through that. */
  giveUpHandshakes(reason: string): void {
    for (const link of [...this.#handshaking]) link.did(link.connection.end(new DtlsError('UNREACHABLE', reason)));
  }

  /** Says good-bye to everybody. */
  close(): void {
    this.isListening = false;
    for (const link of [...this.#links.values(), ...this.#successors.values()]) link.close();
  }

  #onStranger(datagram: Uint8Array, address: A, { now, record }: { now: number; record: Record }): void {
    if (record.epoch === 0) {
      const verified = this.#knock(datagram, address, now);
      if (verified !== undefined) this.#admit(verified, address, now);
      return;
    }
    const moved = this.#rebinding.findOwner(record, address, now);
    if (moved === undefined) {
      this.strayDatagrams++;
      return;
    }
    this.#vacate(moved.address.key);
    this.#rebinding.forget(moved);
    moved.address = address;
    this.#links.set(address.key, moved);
    this.#rebinding.remember(moved);
    moved.did(moved.connection.receive(datagram, now));
  }

  /** In the clear, where there is an open connection: from a client that has forgotten it, or from anybody. */
  #onNewBeginning(datagram: Uint8Array, address: A, now: number): void {
    const successor = this.#successors.get(address.key);
    if (successor !== undefined) {
      successor.did(successor.connection.receive(datagram, now));
      return;
    }
    const verified = this.#knock(datagram, address, now);
    if (verified === undefined) return;
    if (this.#randoms.get(this.#links.get(address.key)!) === textOf(verified.hello.random)) return;
    this.#admit(verified, address, now);
  }

  #knock(datagram: Uint8Array, address: A, now: number): VerifiedHello | undefined {
    const judged = this.isListening ? this.#gate.judge(datagram, ascii(address.key), now) : undefined;
    if (judged === undefined) this.strayDatagrams++;
    else if ('reply' in judged) this.#owner.transmit(judged.reply, address);
    return judged !== undefined && 'hello' in judged ? judged : undefined;
  }

  #admit(verified: VerifiedHello, address: A, now: number): void {
    const { maximumConnections = 1024, maximumHandshakes = 128, server } = this.#options;
    if (this.#handshaking.size >= maximumHandshakes) this.#makeRoomFor(address);
    if (this.connections >= maximumConnections || this.#handshaking.size >= maximumHandshakes) {
      this.refusedConnections++;
      return;
    }
    const { connection, events } = DtlsConnection.server(server!, verified, now);
    const link = this.#makeLink('server', connection, address);
    this.#randoms.set(link, textOf(verified.hello.random));
    (this.#links.has(address.key) ? this.#successors : this.#links).set(address.key, link);
    this.#handshaking.add(link);
    link.did(events);
  }

  /** One host that begins handshakes and does not go on with them keeps out itself alone: its oldest one ends. */
  #makeRoomFor({ address }: A): void {
    const byHost = new Map<string, DtlsLink<A>[]>([[address, []]]);
    for (const link of this.#handshaking) {
      const links = byHost.get(link.address.address);
      if (links === undefined) byHost.set(link.address.address, [link]);
      else links.push(link);
    }
    const [most = []] = [...byHost.values()].sort((left, right) => right.length - left.length);
    if (most.length <= byHost.get(address)!.length + 1) return;
    const reason = 'no room for so many handshakes of one address';
    most[0]!.did(most[0]!.connection.end(new DtlsError('HANDSHAKE_TIMEOUT', reason)));
  }

  #makeLink(role: 'client' | 'server', connection: DtlsConnection, address: A): DtlsLink<A> {
    return new DtlsLink({
      role,
      connection,
      address,
      transmit: (datagram, to) => this.#owner.transmit(datagram, to),
      onStep: (link) => this.#onStep(link),
    });
  }

  #onStep(link: DtlsLink<A>): void {
    const wasHandshaking = this.#handshaking.delete(link);
    if (link.connection.state === 'open') this.#onOpen(link);
    else {
      if (wasHandshaking) this.failedHandshakes++;
      this.#remove(link);
    }
  }

  #onOpen(link: DtlsLink<A>): void {
    const { key } = link.address;
    if (link.role === 'client') return;
    if (this.#successors.get(key) === link) {
      const before = this.#links.get(key)!;
      this.#successors.delete(key);
      this.#links.set(key, link);
      this.#rebinding.forget(before);
      before.did(before.connection.end(new DtlsError('REPLACED', 'the client has begun anew')));
    }
    this.#rebinding.remember(link);
    link.sink = this.#owner.accept(link);
  }

  #remove(link: DtlsLink<A>): void {
    const { key } = link.address;
    if (this.#successors.get(key) === link) this.#successors.delete(key);
    this.#rebinding.forget(link);
    if (this.#links.get(key) === link) this.#vacate(key);
  }

  /** Nobody is at this address any more, except one who has begun anew there. */
  #vacate(key: string): void {
    this.#links.delete(key);
    const successor = this.#successors.get(key);
    if (successor === undefined) return;
    this.#successors.delete(key);
    this.#links.set(key, successor);
  }
}

function textOf(bytes: Uint8Array): string {
  return bytes.join();
}

// A host: all associations that share one carrier, and what is no association yet. It finds out for which one a packet is,
// by the verification tag, which it chose itself; then whatever its path, an association follows its peer to a new address
// only with a packet that has the right tag (RFC 9260, §8.4, §8.5; RFC 6951, §5.4).

import { Association } from './association.ts';
import { AssociationCore } from './association-core.ts';
import type { AssociationSink } from './association-events.ts';
import { type AssociationLimits, limitsOf } from './association-options.ts';
import { CHUNK_NAMES, ChunkType, TAG_REFLECTED } from './chunk-types.ts';
import { HostHandshake } from './host-handshake.ts';
import type { InitFields } from './init-chunk.ts';
import { PacketReader } from './packet-reader.ts';
import { PathProbe } from './path-probe.ts';
import { PerSecond } from './per-second.ts';
import { SctpError } from './sctp-error.ts';
import { Slab } from './slab.ts';
import type { Sign } from './state-cookie.ts';
import { STATES } from './states.ts';
import { answerStranger, loneChunk } from './strangers.ts';

/** Where packets come from and go to, in the owner's terms; two with the same key are the same. */
export interface Path {
  readonly key: string;
  /**
   * The part of it that stays when a router between gives the peer another port. A peer that comes from another one is asked
   * there first. Owners that do not tell have one.
   */
  readonly address?: string;
}

export interface HostOwner<P extends Path> {
  /** A packet that belongs to no association; the bytes are the owner's from now on. */
  transmit(packet: Uint8Array, path: P): void;
  /** A peer has made an association; what it tells goes to the sink given back. `established` follows at once. */
  accept(association: Association, path: P): AssociationSink;
  /** The peer of an association is elsewhere from now on. */
  moved(association: Association, path: P): void;
}

export interface HostOptions {
  /** HMAC-SHA256 with a secret key that lives as long as the host. */
  readonly sign: Sign;
  /** 32 random bits nobody can guess, as an unsigned number. */
  readonly random: () => number;
  /** The SCTP port peers may associate with; undefined: none. */
  readonly listeningPort?: number;
  readonly limits?: Partial<AssociationLimits>;
  /** Further ones are refused. Default 1,024: each may hold a megabyte and a message. */
  readonly maximumAssociations?: number;
  /**
   * So many INIT are answered in a second, further ones are lost: each answer costs a MAC, and is four times as large as what
   * it answers, which anybody can send in anybody's name. Default 5,000.
   */
  readonly maximumHandshakesPerSecond?: number;
  /** How long a cookie is good for. Default 60,000, the standard's. */
  readonly cookieLifeMs?: number;
}

interface Entry<P> {
  readonly association: Association;
  readonly core: AssociationCore;
  path: P;
  key: string;
  readonly probe: PathProbe;
}

const DEFAULT_MAXIMUM_ASSOCIATIONS = 1024;
const DEFAULT_COOKIE_LIFE_MS = 60_000;
const DEFAULT_HANDSHAKES_PER_SECOND = 5000;

/**
 * Tags that belong to nobody, in a second, before nobody is followed to another address any more until it is over: who does not
 * see packets, and does not even pretend to be at the peer's address, would otherwise find the tag of one of a thousand
 * associations among four million.
 */
const GUESSES_PER_SECOND = 1000;

/** Ports for those who do not choose one (RFC 6335). */
const FIRST_DYNAMIC_PORT = 49_152;

export class Host<P extends Path> {
  /** Packets that were none: too short, wrong checksum, chunks not whole. */
  malformedPackets = 0;
  /** Packets for no association there is. */
  strayPackets = 0;
  /** INIT that were not answered because there were too many in a second. */
  droppedHandshakes = 0;
  /** Associations that were not made because there were too many. */
  refusedAssociations = 0;
  /** While false, INIT is answered with ABORT. */
  isListening: boolean;
  readonly limits: AssociationLimits;
  readonly options: HostOptions;
  readonly owner: HostOwner<P>;
  readonly slab = new Slab();
  readonly #byTag = new Map<number, Entry<P>>();
  readonly #byPeer = new Map<string, Entry<P>>();
  readonly #reader = new PacketReader();
  readonly #handshake: HostHandshake<P>;
  readonly #guesses = new PerSecond(GUESSES_PER_SECOND);
  readonly maximumAssociations: number;

  /** @throws {SctpError} `INVALID_ARGUMENT`. */
  constructor(options: HostOptions, owner: HostOwner<P>) {
    this.limits = limitsOf(options.limits ?? {});
    this.options = options;
    this.owner = owner;
    this.isListening = options.listeningPort !== undefined;
    this.maximumAssociations = options.maximumAssociations ?? DEFAULT_MAXIMUM_ASSOCIATIONS;
    this.#handshake = new HostHandshake(this, {
      cookieLifeMs: options.cookieLifeMs ?? DEFAULT_COOKIE_LIFE_MS,
      perSecond: options.maximumHandshakesPerSecond ?? DEFAULT_HANDSHAKES_PER_SECOND,
    });
  }

  get associations(): number {
    return this.#byTag.size;
  }

  /**
   * Begins an association with the peer at `path`; INIT is sent at once.
   * @throws {SctpError} `TOO_MANY_ASSOCIATIONS`; `INVALID_ARGUMENT`: there is one between these ports already.
   */
  associate(
    request: { path: P; peerPort: number; localPort?: number; sink: AssociationSink },
    now: number,
  ): Association {
    const { path, peerPort, sink } = request;
    const localPort = request.localPort ?? this.#freePort(path, peerPort);
    if (this.isFull) {
      throw new SctpError('TOO_MANY_ASSOCIATIONS', `there are ${this.associations} associations, which is the limit`);
    }
    if (this.find(path, localPort, peerPort) !== undefined) {
      throw new SctpError('INVALID_ARGUMENT', `there is an association from port ${localPort} to ${peerPort} already`);
    }
    const core = this.makeCore({ localPort, peerPort, local: this.announcement() }, now);
    const association = this.#add(core, path, () => sink);
    core.beginHandshake(now);
    return association;
  }

  get isFull(): boolean {
    return this.associations >= this.maximumAssociations;
  }

  /** A packet of `path`. Gives back the association it was for: its tick() is due. */
  receive(packet: Uint8Array, path: P, now: number): Association | undefined {
    const reader = this.#reader;
    if (!reader.open(packet) || !reader.next()) {
      this.malformedPackets++;
      return undefined;
    }
    if (reader.type === ChunkType.Init) {
      this.#handshake.onInit(reader, path, now);
      return undefined;
    }
    if (reader.type === ChunkType.CookieEcho) return this.#handshake.onCookieEcho(reader, path, now);
    const entry = this.#entryOf(reader, path);
    const isElsewhere = entry !== undefined && entry.path.key !== path.key;
    if (isElsewhere && this.#guesses.isSpent(now)) {
      this.strayPackets++;
      return undefined;
    }
    if (entry === undefined) {
      this.#guesses.take(now);
      this.strayPackets++;
      answerStranger(reader, (answer) => this.owner.transmit(answer, path));
      return undefined;
    }
    if (isElsewhere && reader.verificationTag === entry.core.identity.local.initiateTag) {
      if (entry.path.address === path.address || entry.probe.isAnsweredBy(reader, path.key)) this.#move(entry, path);
      else this.#ask(entry, path, now);
    }
    reader.rewind();
    entry.association.receive(reader, now);
    return entry.association;
  }

  /** The association between these ports and this path. */
  find(path: P, localPort: number, peerPort: number): AssociationCore | undefined {
    return this.#byPeer.get(keyOf(path, localPort, peerPort))?.core;
  }

  /** What a new association of ours announces. */
  announcement(): InitFields {
    let initiateTag = 0;
    while (initiateTag === 0 || this.#byTag.has(initiateTag)) initiateTag = this.options.random();
    const { receiveWindow, outboundStreams, inboundStreams } = this.limits;
    return { initiateTag, receiveWindow, outboundStreams, inboundStreams, initialTsn: this.options.random() };
  }

  isTagFree(tag: number): boolean {
    return !this.#byTag.has(tag);
  }

  makeCore(ports: { localPort: number; peerPort: number; local: InitFields }, now: number): AssociationCore {
    const { random } = this.options;
    const { limits, slab } = this;
    const core: AssociationCore = new AssociationCore(
      { ...ports, tieTags: [random(), random()] },
      { limits, slab, random, released: () => this.#remove(core) },
      now,
    );
    return core;
  }

  /** An association the peer has made with a cookie of ours. */
  accept(core: AssociationCore, path: P): Association {
    return this.#add(core, path, (association) => this.owner.accept(association, path));
  }

  associationOf(core: AssociationCore): Association | undefined {
    return this.#byTag.get(core.identity.local.initiateTag)?.association;
  }

  /** Ends all associations at once: the network is gone. */
  end(error?: SctpError): void {
    for (const { association } of [...this.#byTag.values()]) association.end(error);
  }

  #add(core: AssociationCore, path: P, sinkOf: (association: Association) => AssociationSink): Association {
    const association = new Association(core);
    const { localPort, peerPort, local } = core.identity;
    const entry = { association, core, path, key: keyOf(path, localPort, peerPort), probe: new PathProbe() };
    this.#byTag.set(local.initiateTag, entry);
    this.#byPeer.set(entry.key, entry);
    core.sink = sinkOf(association);
    return association;
  }

  #remove(core: AssociationCore): void {
    const { initiateTag } = core.identity.local;
    this.#byPeer.delete(this.#byTag.get(initiateTag)!.key);
    this.#byTag.delete(initiateTag);
  }

  /** At this address there may be somebody who has asked for nothing. */
  #ask({ core, probe }: Entry<P>, path: P, now: number): void {
    const body = core.peer && probe.ask(path.key, this.options.random, now);
    if (body === undefined) return;
    const chunk = { type: ChunkType.Heartbeat, flags: 0, body };
    this.owner.transmit(loneChunk(core.identity, core.peer!.initiateTag, chunk), path);
  }

  #move(entry: Entry<P>, path: P): void {
    const { localPort, peerPort } = entry.core.identity;
    const key = keyOf(path, localPort, peerPort);
    if (this.#byPeer.has(key)) return; // somebody else is there
    this.#byPeer.delete(entry.key);
    this.#byPeer.set(key, entry);
    entry.key = key;
    entry.path = path;
    this.owner.moved(entry.association, path);
  }

  /** Of whom a packet is that is neither INIT nor COOKIE ECHO: the reader stands on its first chunk (§8.5). */
  #entryOf(reader: PacketReader, path: P): Entry<P> | undefined {
    const { verificationTag, sourcePort, destinationPort } = reader;
    const own = this.#byTag.get(verificationTag);
    const entry = own ?? this.#reflected(reader, path);
    if (entry === undefined) return undefined;
    const { localPort, peerPort } = entry.core.identity;
    if (localPort !== destinationPort || peerPort !== sourcePort) return undefined;
    const name = CHUNK_NAMES[reader.type];
    const action = name === undefined ? 'take' : STATES[entry.core.state][name];
    return action === 'complete' ? undefined : entry;
  }

  /** ABORT and SHUTDOWN COMPLETE of somebody who does not know our tag any more come with the peer's. */
  #reflected(reader: PacketReader, path: P): Entry<P> | undefined {
    const mayReflect = reader.type === ChunkType.Abort || reader.type === ChunkType.ShutdownComplete;
    // Alone: whatever stood behind it would have come with a tag that is not ours.
    if (!mayReflect || !reader.isLast || (reader.flags & TAG_REFLECTED) === 0) return undefined;
    const entry = this.#byPeer.get(keyOf(path, reader.destinationPort, reader.sourcePort));
    return entry?.core.peer?.initiateTag === reader.verificationTag ? entry : undefined;
  }

  #freePort(path: P, peerPort: number): number {
    for (;;) {
      const port = FIRST_DYNAMIC_PORT + (this.options.random() % (65_536 - FIRST_DYNAMIC_PORT));
      if (port !== this.options.listeningPort && this.find(path, port, peerPort) === undefined) return port;
    }
  }
}

function keyOf(path: Path, localPort: number, peerPort: number): string {
  return `${localPort} ${peerPort} ${path.key}`;
}

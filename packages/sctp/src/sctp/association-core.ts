// What an association consists of, and what more than one of its parts does: taking over what the peer announced, ending,
// and the steps of a shutdown (RFC 9260, §9). What chunks do to it is in association-input.ts.

import type { AssociationSink } from './association-events.ts';
import type { AssociationLimits } from './association-options.ts';
import { ChunkType } from './chunk-types.ts';
import { bytesOfText, writeCause } from './error-causes.ts';
import { Heartbeat } from './heartbeat.ts';
import { Inbound } from './inbound.ts';
import { type InitFields, writeInit } from './init-chunk.ts';
import { Outbound } from './outbound.ts';
import { PacketWriter, writeUint32 } from './packet-writer.ts';
import { PathHealth } from './path-health.ts';
import { RepeatedChunk } from './repeated-chunk.ts';
import { type Fault, SctpError } from './sctp-error.ts';
import type { Slab } from './slab.ts';
import type { AssociationState } from './states.ts';

/** After so many of the longest timeouts a shutdown that does not come to its end is cut short (T5, §9.2). */
const SHUTDOWN_GUARD = 5;

export interface AssociationIdentity {
  readonly localPort: number;
  readonly peerPort: number;
  /** What we announce. */
  readonly local: InitFields;
  /** Two numbers nobody else knows: by them a cookie shows that it was made when this association was there (§5.2.2). */
  readonly tieTags: readonly [number, number];
}

export interface AssociationTools {
  readonly limits: AssociationLimits;
  readonly slab: Slab;
  /** 32 random bits, as an unsigned number. */
  readonly random: () => number;
  /** Called when the association has ended, before its owner is told. */
  readonly released: () => void;
}

export class AssociationCore {
  state: AssociationState = 'closed';
  peer: InitFields | undefined = undefined;
  inbound: Inbound | undefined = undefined;
  sink: AssociationSink | undefined = undefined;
  /** How many streams there are to send on. */
  streams = 0;
  /** The owner is to be told when what it sent has become little. */
  wantsDrain = false;
  guardAt = Number.POSITIVE_INFINITY;
  readonly identity: AssociationIdentity;
  readonly limits: AssociationLimits;
  readonly writer: PacketWriter;
  readonly outbound: Outbound;
  readonly repeated = new RepeatedChunk();
  readonly health: PathHealth;
  readonly heartbeat: Heartbeat;
  readonly #released: () => void;

  constructor(identity: AssociationIdentity, tools: AssociationTools, now: number) {
    const { limits, slab, random, released } = tools;
    this.identity = identity;
    this.limits = limits;
    this.#released = released;
    this.health = new PathHealth(limits.maximumRetransmissions);
    this.outbound = new Outbound(limits, identity.local.initialTsn, { health: this.health, slab });
    this.heartbeat = new Heartbeat(
      { intervalMs: limits.heartbeatIntervalMs, roundTrip: this.outbound.roundTrip, health: this.health, random },
      now,
    );
    const { localPort: sourcePort, peerPort: destinationPort } = identity;
    const header = { sourcePort, destinationPort, verificationTag: 0 };
    this.writer = new PacketWriter(header, limits.maximumPacketSize, slab, (packet) => this.sink?.transmit(packet));
  }

  get isEnded(): boolean {
    return this.state === 'ended';
  }

  /** Whether DATA may be sent in this state. */
  get mayTransmit(): boolean {
    const { state } = this;
    return state === 'established' || state === 'shutdown-pending' || state === 'shutdown-received';
  }

  beginHandshake(now: number): void {
    this.state = 'cookie-wait';
    const body = writeInit(this.identity.local);
    this.repeat(() => {
      // INIT is alone in its packet, and the peer's tag is not known yet (§8.5.1 A).
      this.writer.flush();
      this.writer.put(ChunkType.Init, 0, body);
      this.writer.flush();
    }, now);
  }

  /** What the peer announced. */
  adopt(peer: InitFields): void {
    const { local } = this.identity;
    this.peer = peer;
    this.writer.flush();
    this.writer.header = { ...this.writer.header, verificationTag: peer.initiateTag };
    this.streams = Math.min(local.outboundStreams, peer.inboundStreams);
    this.outbound.open(peer.receiveWindow);
    this.inbound = new Inbound(this.limits, {
      firstTsn: peer.initialTsn,
      streams: Math.min(local.inboundStreams, peer.outboundStreams),
      deliver: (message) => {
        if (!this.isEnded) this.sink?.message(message);
      },
    });
  }

  /** A cookie's body goes back to the peer who made it, until it says that it has it. */
  echo(cookie: Uint8Array, now: number): void {
    this.#measure(now);
    this.state = 'cookie-echoed';
    this.repeat(() => {
      this.writer.flush(); // it has to be the first chunk of its packet
      this.writer.put(ChunkType.CookieEcho, 0, cookie);
    }, now);
  }

  establish(now: number): void {
    if (this.state === 'cookie-echoed') this.#measure(now);
    this.repeated.stop();
    this.state = 'established';
    this.heartbeat.heard(now);
    this.sink?.established();
  }

  /** An answer of the handshake is the first thing that is known about the path. */
  #measure(now: number): void {
    const measured = this.repeated.roundTrip(now);
    if (measured !== undefined) this.outbound.roundTrip.measure(measured, now);
  }

  /** Goes on with a shutdown, once everything that was sent has been acknowledged. */
  advanceShutdown(now: number): void {
    if (!this.outbound.isEmpty) return;
    if (this.state === 'shutdown-pending') {
      this.state = 'shutdown-sent';
      this.guardAt = now + SHUTDOWN_GUARD * this.limits.rtoMaximumMs;
      this.repeat(() => {
        const at = this.#chunk(ChunkType.Shutdown, 4); // before `bytes` is asked for: it may begin a packet
        writeUint32(this.writer.bytes, at, this.inbound!.cumulativeTsn);
      }, now);
    } else if (this.state === 'shutdown-received') this.acknowledgeShutdown(now);
  }

  #chunk(type: number, length: number): number {
    return this.writer.chunk(type, 0, length);
  }

  acknowledgeShutdown(now: number): void {
    if (this.state === 'shutdown-ack-sent') {
      this.repeated.again();
      return;
    }
    this.state = 'shutdown-ack-sent';
    this.guardAt = Math.min(this.guardAt, now + SHUTDOWN_GUARD * this.limits.rtoMaximumMs);
    this.repeat(() => void this.#chunk(ChunkType.ShutdownAck, 0), now);
  }

  repeat(write: () => void, now: number): void {
    const { rtoMaximumMs, maximumInitRetransmissions, maximumRetransmissions } = this.limits;
    const isHandshake = this.state === 'cookie-wait' || this.state === 'cookie-echoed';
    this.repeated.begin(
      {
        write,
        intervalMs: Math.min(this.outbound.roundTrip.timeout, rtoMaximumMs),
        longestIntervalMs: rtoMaximumMs,
        repetitions: isHandshake ? maximumInitRetransmissions : maximumRetransmissions,
      },
      now,
    );
  }

  /** The peer did what it may not, or too much: it is told why, and the association ends. */
  fault({ cause, code, message }: Fault): void {
    this.abort(cause, message);
    this.finish(new SctpError(code, message, [cause]));
  }

  /** Tells the peer that it is over, if there is one already. */
  abort(cause: number, text: string): void {
    if (this.isEnded || this.state === 'closed') return;
    // Before INIT ACK the tag is still unknown; the answer to our INIT will be met as that to a stranger.
    if (this.peer !== undefined) this.writer.put(ChunkType.Abort, 0, writeCause(cause, bytesOfText(text)));
    this.writer.flush();
  }

  /** What was not sent yet is not to be sent. */
  dropPacket(): void {
    this.writer.drop();
  }

  finish(error: SctpError | undefined): void {
    if (this.isEnded) return;
    this.writer.flush();
    this.state = 'ended';
    this.repeated.stop();
    this.guardAt = Number.POSITIVE_INFINITY;
    this.#released();
    this.sink?.ended(error);
  }

  /** The last word of a shutdown. */
  completeShutdown(): void {
    this.writer.chunk(ChunkType.ShutdownComplete, 0, 0);
    this.writer.flush();
  }
}

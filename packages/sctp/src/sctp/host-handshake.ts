// The handshake on the side of who is called, without memory: INIT is answered from nothing, and all that was said is in the
// cookie that comes back; and what INIT and COOKIE ECHO mean where there is an association already: both called at once, a
// packet came twice, or the peer has begun anew (RFC 9260, §5.1, §5.2).

import type { Association } from './association.ts';
import type { AssociationCore } from './association-core.ts';
import { Cause, ChunkType } from './chunk-types.ts';
import { writeCause } from './error-causes.ts';
import type { Host, Path } from './host.ts';
import { type InitChunk, type InitFields, readInit, writeInit } from './init-chunk.ts';
import type { PacketReader } from './packet-reader.ts';
import { PerSecond } from './per-second.ts';
import { SctpError } from './sctp-error.ts';
import { readCookie, type StateCookie, writeCookie } from './state-cookie.ts';
import { loneChunk } from './strangers.ts';

/** Smaller windows are an attack, or useless (§3.3.2). */
const LEAST_WINDOW = 1500;

interface Ports {
  readonly localPort: number;
  readonly peerPort: number;
}

export class HostHandshake<P extends Path> {
  readonly #host: Host<P>;
  readonly #cookieLifeMs: number;
  readonly #answers: PerSecond;

  constructor(host: Host<P>, limits: { readonly cookieLifeMs: number; readonly perSecond: number }) {
    this.#host = host;
    this.#cookieLifeMs = limits.cookieLifeMs;
    this.#answers = new PerSecond(limits.perSecond);
  }

  /** The reader stands on an INIT. */
  onInit(reader: PacketReader, path: P, now: number): void {
    // INIT comes alone, and without a tag (§3.3.2, §8.5.1 A).
    if (reader.verificationTag !== 0 || !reader.isLast) return;
    if (!this.#answers.take(now)) {
      this.#host.droppedHandshakes++;
      return;
    }
    const init = readInit(reader.bytes, reader.start, reader.end);
    if (init === undefined || init.initiateTag === 0 || init.receiveWindow < LEAST_WINDOW) return;
    const ports = { localPort: reader.destinationPort, peerPort: reader.sourcePort };
    const existing = this.#host.find(path, ports.localPort, ports.peerPort);
    if (existing !== undefined) this.#answerAgain(existing, { init, ports, path }, now);
    else if (!this.#host.isListening || ports.localPort !== this.#host.options.listeningPort) {
      this.#refuse(ports, init.initiateTag, { path });
    } else if (init.hasHostName) {
      this.#refuse(ports, init.initiateTag, { path, cause: Cause.UnresolvableAddress });
    } else if (init.outboundStreams === 0 || init.inboundStreams === 0) {
      this.#refuse(ports, init.initiateTag, { path, cause: Cause.InvalidMandatoryParameter });
    } else if (this.#host.isFull) {
      this.#host.refusedAssociations++;
      this.#refuse(ports, init.initiateTag, { path, cause: Cause.OutOfResource });
    } else this.#answer({ init, ports, path }, { local: this.#host.announcement(), tieTags: [0, 0] }, now);
  }

  /** There is an association with this peer: it stays as it is, whoever this is, until a cookie comes back (§5.2.1, §5.2.2). */
  #answerAgain(existing: AssociationCore, call: { init: InitChunk; ports: Ports; path: P }, now: number): void {
    const { state, identity } = existing;
    if (state === 'shutdown-ack-sent') {
      existing.acknowledgeShutdown(now);
      existing.writer.flush();
    } else if (call.init.outboundStreams === 0 || call.init.inboundStreams === 0) {
      return;
    } else if (state === 'cookie-wait' || state === 'cookie-echoed') {
      this.#answer(call, { local: identity.local, tieTags: state === 'cookie-wait' ? [0, 0] : identity.tieTags }, now);
    } else this.#answer(call, { local: this.#host.announcement(), tieTags: identity.tieTags }, now);
  }

  #answer(
    { init, ports, path }: { init: InitChunk; ports: Ports; path: P },
    { local, tieTags }: { local: InitFields; tieTags: readonly [number, number] },
    now: number,
  ): void {
    const [localTieTag, peerTieTag] = tieTags;
    const cookie: StateCookie = { ...ports, local, peer: init, localTieTag, peerTieTag, createdAt: now };
    const body = writeInit(local, writeCookie(cookie, path.key, this.#host.options.sign), init.unrecognized);
    const size = this.#host.limits.maximumPacketSize;
    this.#host.owner.transmit(
      loneChunk(ports, init.initiateTag, { type: ChunkType.InitAck, flags: 0, body, size }),
      path,
    );
  }

  #refuse(ports: Ports, tag: number, { path, cause }: { path: P; cause?: number }): void {
    const body = cause === undefined ? new Uint8Array(0) : writeCause(cause);
    this.#host.owner.transmit(loneChunk(ports, tag, { type: ChunkType.Abort, flags: 0, body }), path);
  }

  /** The reader stands on a COOKIE ECHO, the first chunk. Gives back the association it belongs to, or makes it. */
  onCookieEcho(reader: PacketReader, path: P, now: number): Association | undefined {
    const host = this.#host;
    const cookie = readCookie(reader, path.key, host.options.sign);
    if (cookie === undefined) return undefined;
    const { localPort, peerPort, local } = cookie;
    // Ports and tag have to be those of the cookie (§5.1.5).
    if (localPort !== reader.destinationPort || peerPort !== reader.sourcePort) return undefined;
    if (local.initiateTag !== reader.verificationTag) return undefined;
    const existing = host.find(path, localPort, peerPort);
    const isKnown =
      existing?.identity.local.initiateTag === local.initiateTag &&
      existing.peer?.initiateTag === cookie.peer.initiateTag;
    const age = now - cookie.createdAt;
    if (!isKnown && (age > this.#cookieLifeMs || age < 0)) {
      this.#complainAboutAge(cookie, path, age);
      return undefined;
    }
    const core = existing === undefined ? this.#make(cookie, path, now) : this.#meet(existing, { cookie, path }, now);
    if (core === undefined) return undefined;
    const association = host.associationOf(core);
    association?.receive(reader, now);
    return association;
  }

  #complainAboutAge({ localPort, peerPort, peer }: StateCookie, path: P, age: number): void {
    const microseconds = Math.min(0xffff_ffff, Math.max(0, Math.round((age - this.#cookieLifeMs) * 1000)));
    const staleness = Uint8Array.of(microseconds >>> 24, microseconds >>> 16, microseconds >>> 8, microseconds);
    const body = writeCause(Cause.StaleCookie, staleness);
    const answer = loneChunk({ localPort, peerPort }, peer.initiateTag, { type: ChunkType.Error, flags: 0, body });
    this.#host.owner.transmit(answer, path);
  }

  /** Nothing is there: the association begins. */
  #make(cookie: StateCookie, path: P, now: number): AssociationCore | undefined {
    const host = this.#host;
    const { localPort, peerPort, local, peer } = cookie;
    if (!host.isListening || localPort !== host.options.listeningPort) {
      this.#refuse(cookie, peer.initiateTag, { path });
      return undefined;
    }
    // The tag can have been given away since, and a copy of the cookie may come from an association that has moved.
    if (!host.isTagFree(local.initiateTag)) return undefined;
    if (host.isFull) {
      host.refusedAssociations++;
      this.#refuse(cookie, peer.initiateTag, { path, cause: Cause.OutOfResource });
      return undefined;
    }
    const core = host.makeCore({ localPort, peerPort, local }, now);
    core.adopt(peer);
    host.accept(core, path);
    return this.#confirm(core, now);
  }

  /** The table of §5.2.4: by which tags are the same as those of the association that is there. */
  #meet(
    existing: AssociationCore,
    { cookie, path }: { cookie: StateCookie; path: P },
    now: number,
  ): AssociationCore | undefined {
    const { identity, peer, state } = existing;
    const isLocalSame = cookie.local.initiateTag === identity.local.initiateTag;
    const isPeerSame = cookie.peer.initiateTag === peer?.initiateTag;
    if (isLocalSame && isPeerSame) return this.#confirm(existing, now); // D: the same once more
    if (isLocalSame) {
      // B: both have called at once.
      if (state !== 'cookie-wait' && state !== 'cookie-echoed') return undefined;
      existing.adopt(cookie.peer);
      return this.#confirm(existing, now);
    }
    const [localTieTag, peerTieTag] = identity.tieTags;
    const isTied = cookie.localTieTag === localTieTag && cookie.peerTieTag === peerTieTag;
    if (isPeerSame || !isTied || peer === undefined) return undefined; // C, and what is in no row
    if (state === 'shutdown-ack-sent') {
      // A, but we were about to end: the peer has to end with us before it can begin anew.
      existing.acknowledgeShutdown(now);
      existing.writer.put(ChunkType.Error, 0, writeCause(Cause.CookieWhileShuttingDown));
      existing.writer.flush();
      return undefined;
    }
    existing.dropPacket();
    existing.finish(new SctpError('PEER_RESTARTED', 'the peer has lost the association and began a new one'));
    return this.#make(cookie, path, now);
  }

  #confirm(core: AssociationCore, now: number): AssociationCore {
    const isNew = core.state === 'closed' || core.state === 'cookie-wait' || core.state === 'cookie-echoed';
    core.writer.flush(); // COOKIE ACK is the first chunk of its packet
    core.writer.put(ChunkType.CookieAck, 0, new Uint8Array(0));
    if (isNew) core.establish(now);
    return core;
  }
}

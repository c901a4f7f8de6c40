// An association as its owner sees it (RFC 9260): messages in, packets and messages out, on a clock of the owner's. What it
// has to send it sends in tick(): owners call that once after everything a turn has brought, and when the deadline comes.

import type { AssociationCore } from './association-core.ts';
import { takeChunks } from './association-input.ts';
import { Cause } from './chunk-types.ts';
import type { PacketReader } from './packet-reader.ts';
import { SctpError } from './sctp-error.ts';
import type { OutgoingMessage } from './send-queue.ts';
import type { AssociationState } from './states.ts';

export class Association {
  readonly #core: AssociationCore;

  /** Made by a host only. */
  constructor(core: AssociationCore) {
    this.#core = core;
  }

  get state(): AssociationState {
    return this.#core.state;
  }

  get localPort(): number {
    return this.#core.identity.localPort;
  }

  get peerPort(): number {
    return this.#core.identity.peerPort;
  }

  /** How many streams there are to send on, numbered from 0; 0 before the handshake. */
  get outboundStreams(): number {
    return this.#core.streams;
  }

  /** Bytes of messages that were sent and are not acknowledged. */
  get pendingBytes(): number {
    return this.#core.outbound.pendingBytes;
  }

  /** Those of them which were not sent once: they wait for room in the windows. */
  get waitingBytes(): number {
    return this.#core.outbound.queue.bytes;
  }

  /** Whether `drain` will be told: more waited than the low-water mark. */
  get willDrain(): boolean {
    return this.#core.wantsDrain;
  }

  /** The smoothed round trip in milliseconds; undefined before it was measured. */
  get roundTripMs(): number | undefined {
    return this.#core.outbound.roundTrip.smoothed;
  }

  /** When tick() is due, on the clock of `now`; −Infinity: at once. Infinity: not before something else happens. */
  get deadline(): number {
    const core = this.#core;
    if (core.isEnded) return Number.POSITIVE_INFINITY;
    if (core.writer.isUnderWay || (core.mayTransmit && core.outbound.canTransmit)) return Number.NEGATIVE_INFINITY;
    const { inbound, outbound } = core;
    const heartbeatAt = this.#mayBeat ? core.heartbeat.deadline : Number.POSITIVE_INFINITY;
    const sackAt = inbound?.sackAt ?? Number.POSITIVE_INFINITY;
    return Math.min(sackAt, outbound.deadline, core.repeated.deadline, core.guardAt, heartbeatAt);
  }

  /** What is left of a packet for this association. Only its host calls this. */
  receive(reader: PacketReader, now: number): void {
    const core = this.#core;
    takeChunks(core, reader, now);
    if (core.isEnded) return;
    core.advanceShutdown(now);
    if (core.inbound?.isSackPressing !== true) return;
    core.inbound.writeSack(core.writer);
    core.writer.flush();
  }

  /**
   * Queues a message; a copy of it. It is sent by tick().
   * @throws {SctpError} `NOT_ESTABLISHED`, `INVALID_ARGUMENT` (an empty message, no such stream), `MESSAGE_TOO_LARGE`,
   * `SEND_BUFFER_FULL`; then nothing has changed.
   */
  send(message: OutgoingMessage): void {
    const core = this.#core;
    const { bytes, streamIdentifier = 0, payloadProtocolIdentifier = 0 } = message;
    if (core.state !== 'established') {
      throw new SctpError('NOT_ESTABLISHED', `nothing can be sent while the association is ${core.state}`);
    }
    if (bytes.length === 0) throw invalid('an empty message does not exist in SCTP');
    if (bytes.length > core.limits.maximumMessageSize) {
      const limit = core.limits.maximumMessageSize;
      throw new SctpError('MESSAGE_TOO_LARGE', `a message of ${bytes.length} bytes, where ${limit} are the limit`);
    }
    if (!Number.isInteger(streamIdentifier) || streamIdentifier < 0 || streamIdentifier >= core.streams) {
      throw invalid(`there is no stream ${streamIdentifier}: they are numbered from 0 to ${core.streams - 1}`);
    }
    if (payloadProtocolIdentifier >>> 0 !== payloadProtocolIdentifier) {
      throw invalid('payloadProtocolIdentifier is to be a number of 32 bits');
    }
    const pending = core.outbound.pendingBytes + bytes.length;
    if (pending > Math.max(core.limits.sendBuffer, bytes.length)) {
      throw new SctpError('SEND_BUFFER_FULL', `more than ${core.limits.sendBuffer} bytes wait to be acknowledged`);
    }
    core.outbound.queue.push(message);
    if (core.outbound.queue.bytes > core.limits.lowWaterMark) core.wantsDrain = true;
  }

  /** The owner is done with so many bytes of messages: so much more may come. */
  consume(byteLength: number, now: number): void {
    if (!this.#core.isEnded) this.#core.inbound?.consume(byteLength, now);
  }

  /** Ends it when everything that was sent has been acknowledged, on both sides; nothing can be sent from now on. */
  shutdown(now: number): void {
    const core = this.#core;
    if (core.state === 'established') {
      core.state = 'shutdown-pending';
      core.advanceShutdown(now);
    } else if (core.state === 'cookie-wait' || core.state === 'cookie-echoed') this.abort('not needed any more');
  }

  /** Ends it at once, and tells the peer; `ended` follows before this returns. */
  abort(reason = ''): void {
    this.#core.abort(Cause.UserInitiatedAbort, reason);
    this.#core.finish(undefined);
  }

  /** The network is gone: nothing is sent any more. */
  end(error: SctpError = new SctpError('NETWORK_LOST', 'the network is gone')): void {
    this.#core.dropPacket();
    this.#core.finish(error);
  }

  /** Does what is due, and sends what there is to send. */
  tick(now: number): void {
    const core = this.#core;
    if (core.isEnded) return;
    if (!core.repeated.tick(now) || core.guardAt <= now) {
      this.#giveUp();
      return;
    }
    const { inbound } = core;
    if (inbound !== undefined && inbound.sackAt <= now) {
      inbound.writeSack(core.writer);
      // Who waits for our SHUTDOWN shows by DATA that it has not come (§9.2).
      if (core.state === 'shutdown-sent') core.repeated.again();
    }
    if (this.#mayBeat) core.heartbeat.tick(core.writer, now);
    if (core.mayTransmit) core.outbound.tick(core.writer, now);
    if (core.health.isLost) {
      this.#giveUp();
      return;
    }
    if (core.mayTransmit) {
      core.outbound.transmit(core.writer, now);
      core.advanceShutdown(now);
    }
    core.writer.flush();
    if (!core.wantsDrain || core.outbound.queue.bytes > core.limits.lowWaterMark) return;
    core.wantsDrain = false;
    core.sink?.drain();
  }

  get #mayBeat(): boolean {
    return this.#core.state === 'established' && this.#core.outbound.isEmpty;
  }

  #giveUp(): void {
    const core = this.#core;
    const { state } = core;
    core.abort(Cause.UserInitiatedAbort, 'no answer');
    const isHandshake = state === 'cookie-wait' || state === 'cookie-echoed';
    const code = isHandshake ? 'HANDSHAKE_TIMEOUT' : 'PEER_UNREACHABLE';
    core.finish(new SctpError(code, 'the peer does not answer'));
  }
}

function invalid(message: string): SctpError {
  return new SctpError('INVALID_ARGUMENT', message);
}

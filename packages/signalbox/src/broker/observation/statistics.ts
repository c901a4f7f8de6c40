/** Counters of one broker. Plain numbers, incremented where things happen; read by `$SYS` and by embedding programs. */

import type { PacketErrorCode } from '../../mqtt/errors.ts';
import type { FrameErrorCode } from '../../msip/errors.ts';
import type { TurnedAwayReason } from '../admission/gate.ts';
import type { LossReason } from './loss-reasons.ts';

export class Statistics {
  startedAt: number;
  connectionsAccepted = 0;
  /** Sum of the two below. */
  connectionsRefused = 0;
  /** CONNECT packets that presented something wrong. */
  authenticationsFailed = 0;
  /** Attempts that had to wait for their turn, and such as were refused because too many waited. */
  authenticationsDelayed = 0;
  authenticationsRefused = 0;
  bansImposed = 0;
  connected = 0;
  connectedMaximum = 0;
  bytesReceived = 0;
  bytesSent = 0;
  publishReceived = 0;
  publishSent = 0;
  /** Payloads of these, in bytes. */
  publishBytesReceived = 0;
  publishBytesSent = 0;
  /** Messages that had to be kept, for sessions that last, in queues or as retained; brought up to date every second. */
  messagesKept = 0;
  /** How often a client was found above `publishRate` or `publishByteRate`. */
  publishRateExceeded = 0;
  /** How often the event loop became later than `overloadDelayMs`. */
  overloads = 0;
  /** Packets of other types than PUBLISH. */
  otherPacketsReceived = 0;
  otherPacketsSent = 0;
  /** Sessions that ended because nobody came back in time. */
  sessionsExpired = 0;
  /** How late the broker was at its last look at the clock, in ms. */
  delayMs = 0;
  #worstDelayMs = 0;
  /** Connections closed before a CONNECT was looked at, by reason. */
  readonly turnedAway: Partial<Record<TurnedAwayReason, number>> = {};
  /** CONNECTs refused, by the reason code of 5.0 (an earlier version is told less). */
  readonly refused: Partial<Record<number, number>> = {};
  /** Connections ended because the peer broke the protocol or a limit of it, by the code of the PacketError. */
  readonly faults: Partial<Record<PacketErrorCode | FrameErrorCode, number>> = {};
  /** Messages not delivered, by reason. */
  readonly dropped: Partial<Record<LossReason, number>> = {};

  constructor(now: number) {
    this.startedAt = now;
  }

  /** Packets of MQTT and frames of MSIP, of all types. */
  get messagesReceived(): number {
    return this.publishReceived + this.otherPacketsReceived;
  }

  get messagesSent(): number {
    return this.publishSent + this.otherPacketsSent;
  }

  /** The event loop was this late, in ms. */
  onDelay(delayMs: number): void {
    this.delayMs = delayMs;
    if (delayMs > this.#worstDelayMs) this.#worstDelayMs = delayMs;
  }

  /** The worst since it was asked for last, in whole ms. */
  takeWorstDelay(): number {
    const worst = Math.round(this.#worstDelayMs);
    this.#worstDelayMs = 0;
    return worst;
  }

  onTurnedAway(reason: TurnedAwayReason): void {
    this.connectionsRefused++;
    this.turnedAway[reason] = (this.turnedAway[reason] ?? 0) + 1;
  }

  onRefused(reasonCode: number): void {
    this.connectionsRefused++;
    this.refused[reasonCode] = (this.refused[reasonCode] ?? 0) + 1;
  }

  onFault(code: PacketErrorCode | FrameErrorCode): void {
    this.faults[code] = (this.faults[code] ?? 0) + 1;
  }

  onDropped(reason: LossReason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
  }

  get droppedTotal(): number {
    let total = 0;
    for (const count of Object.values(this.dropped)) total += count;
    return total;
  }
}

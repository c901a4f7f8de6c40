/** Counters of one broker. Plain numbers, incremented where things happen; read by `$SYS` and by embedding programs. */
import type { LossReason } from './loss-reasons.ts';

export class Statistics {
  startedAt: number;
  connectionsAccepted = 0;
  connectionsRefused = 0;
  connected = 0;
  connectedMaximum = 0;
  bytesReceived = 0;
  bytesSent = 0;
  publishReceived = 0;
  publishSent = 0;
  /** Messages not delivered, by reason. */
  readonly dropped: Partial<Record<LossReason, number>> = {};

  constructor(now: number) {
    this.startedAt = now;
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

// Which flying chunks count as lost: by the time since something sent later arrived, in the manner of RACK (RFC 8985), or,
// as long as the path was never seen to reorder, by three packets that did (RFC 9260, §7.2.4). A chunk sent again is judged
// like any other, so that a lost retransmission is found without a timeout.

import type { RoundTrip } from './round-trip.ts';
import { SendingOrder } from './sending-order.ts';
import type { SentChunk } from './sent-chunks.ts';
import { isAfter } from './serial.ts';

const PACKET_THRESHOLD = 3;

/** Less patience than this is none: timers of owners cannot wait for so short a time. */
const GRAIN_MS = 0.5;

/** The reordering window is at most so many quarters of the smallest round trip. */
const MAXIMUM_QUARTERS = 16;

/** After so many recoveries without a needless retransmission the window starts over. */
const RECOVERIES_TO_FORGET = 16;

export class LossDetection {
  readonly flying = new SendingOrder();
  /** When the oldest chunk in doubt will count as lost; Infinity: none is in doubt. */
  deadline = Number.POSITIVE_INFINITY;
  /** A chunk that was sent once has arrived after one with a later TSN. */
  #hasSeenReordering = false;
  #highestTsn: number | undefined = undefined;
  #quarters = 1;
  #recoveriesLeft = RECOVERIES_TO_FORGET;
  /** Of what arrived, that which was sent last. */
  #newestPacket = 0;
  #newestSentAt = Number.NEGATIVE_INFINITY;
  #roundTripOfNewest = 0;
  readonly #roundTrip: RoundTrip;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  onSent(chunk: SentChunk): void {
    this.flying.append(chunk);
  }

  /** A chunk arrived. It may be flying, or have counted as lost. */
  onArrived(chunk: SentChunk, now: number): void {
    if (chunk.fate === 'flying') this.flying.remove(chunk);
    if (this.#highestTsn === undefined || isAfter(chunk.tsn, this.#highestTsn)) this.#highestTsn = chunk.tsn;
    else if (chunk.transmissions === 1) this.#hasSeenReordering = true;
    const took = now - chunk.sentAt;
    // Sooner than any round trip: what arrived must have been the time before.
    if (chunk.transmissions > 1 && took < this.#roundTrip.minimum) return;
    if (chunk.packetNumber <= this.#newestPacket) return;
    this.#newestPacket = chunk.packetNumber;
    this.#newestSentAt = chunk.sentAt;
    this.#roundTripOfNewest = took;
  }

  /** The peer had some chunks twice: they were sent again too early. Once in a round trip. */
  onNeedlessRetransmission(): void {
    this.#hasSeenReordering = true;
    this.#quarters = Math.min(this.#quarters + 1, MAXIMUM_QUARTERS);
    this.#recoveriesLeft = RECOVERIES_TO_FORGET;
  }

  onRecovered(): void {
    if (this.#recoveriesLeft-- > 0) return;
    this.#quarters = 1;
    this.#recoveriesLeft = RECOVERIES_TO_FORGET;
  }

  /**
   * Hands every chunk that counts as lost now to `onLost`, the one that was sent first at first. While earlier losses are being
   * recovered there is no patience with a path that was never seen to reorder (RFC 8985, §6.2).
   */
  detect(now: number, during: 'recovery' | 'quiet', onLost: (chunk: SentChunk) => void): void {
    this.deadline = Number.POSITIVE_INFINITY;
    const isImpatient = during === 'recovery' && !this.#hasSeenReordering;
    const patience = this.#roundTripOfNewest + (isImpatient ? 0 : this.#reorderingWindow());
    for (let chunk = this.flying.first; chunk !== undefined; ) {
      if (chunk.packetNumber >= this.#newestPacket || chunk.sentAt > this.#newestSentAt) return;
      const isOvertaken = !this.#hasSeenReordering && this.#newestPacket - chunk.packetNumber >= PACKET_THRESHOLD;
      if (!isOvertaken && chunk.sentAt + patience > now + GRAIN_MS) {
        this.deadline = chunk.sentAt + patience;
        return;
      }
      const { later }: SentChunk = chunk;
      this.lose(chunk, onLost);
      chunk = later;
    }
  }

  /** A flying chunk that counts as lost, for whatever reason. */
  lose(chunk: SentChunk, onLost: (chunk: SentChunk) => void): void {
    this.flying.remove(chunk);
    chunk.fate = 'lost';
    onLost(chunk);
  }

  /** After a timeout: whatever was sent a round trip ago is lost. */
  loseAll(onLost: (chunk: SentChunk) => void): void {
    this.deadline = Number.POSITIVE_INFINITY;
    for (let chunk = this.flying.first; chunk !== undefined; chunk = this.flying.first) {
      this.lose(chunk, onLost);
    }
  }

  #reorderingWindow(): number {
    const { minimum, smoothed = 0 } = this.#roundTrip;
    if (minimum === Number.POSITIVE_INFINITY) return smoothed;
    return Math.min((this.#quarters * minimum) / 4, Math.max(smoothed, minimum));
  }
}

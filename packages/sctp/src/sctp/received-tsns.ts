// Which TSNs have come: all up to one, and blocks beyond it (RFC 9260, §3.3.4, §6.2). Each block knows how many bytes are
// held for it.

import type { GapBlock } from './sack-chunk.ts';
import { advanced, distance, isAfter } from './serial.ts';

interface Block {
  /** TSNs, both included. */
  first: number;
  last: number;
  heldBytes: number;
}

/** Gap blocks have offsets of sixteen bits. */
export const FARTHEST = 65_535;

export class ReceivedTsns {
  /** Everything up to here has come. */
  cumulative: number;
  /** Bytes held for what came too early. */
  heldBytes = 0;
  /** How many TSNs came too early. */
  earlyCount = 0;
  /** In the order of their TSNs, a hole before each. */
  readonly #blocks: Block[] = [];

  constructor(firstTsn: number) {
    this.cumulative = advanced(firstTsn, -1);
  }

  has(tsn: number): boolean {
    if (!isAfter(tsn, this.cumulative)) return true;
    if (this.#blocks.length === 0) return false;
    const block = this.#blocks[this.#indexBefore(tsn)];
    return block !== undefined && !isAfter(tsn, block.last);
  }

  /** A TSN that was not there yet, and the bytes that are held for it until those before it have come. */
  add(tsn: number, heldBytes: number): void {
    const blocks = this.#blocks;
    if (distance(this.cumulative, tsn) === 1) {
      this.cumulative = tsn;
      if (blocks.length > 0) this.#absorb();
      return;
    }
    this.heldBytes += heldBytes;
    this.earlyCount++;
    const index = this.#indexBefore(tsn);
    const before = blocks[index];
    const after = blocks[index + 1];
    const joinsBefore = before !== undefined && distance(before.last, tsn) === 1;
    const joinsAfter = after !== undefined && distance(tsn, after.first) === 1;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      before.heldBytes += after.heldBytes + heldBytes;
      blocks.splice(index + 1, 1);
    } else if (joinsBefore) {
      before.last = tsn;
      before.heldBytes += heldBytes;
    } else if (joinsAfter) {
      after.first = tsn;
      after.heldBytes += heldBytes;
    } else blocks.splice(index + 1, 0, { first: tsn, last: tsn, heldBytes });
  }

  /** The first blocks as a SACK tells them: a peer can make thousands, and no SACK has room for so many. */
  gaps(most: number): GapBlock[] {
    return this.#blocks.slice(0, most).map(({ first, last }) => {
      return { first: distance(this.cumulative, first), last: distance(this.cumulative, last) };
    });
  }

  get hasGap(): boolean {
    return this.#blocks.length > 0;
  }

  #absorb(): void {
    const block = this.#blocks[0]!;
    if (distance(this.cumulative, block.first) !== 1) return;
    this.cumulative = block.last;
    this.heldBytes -= block.heldBytes;
    this.earlyCount -= distance(block.first, block.last) + 1;
    this.#blocks.shift();
  }

  /** The last block that does not begin after `tsn`; −1: there is none. The last one of all is the usual one. */
  #indexBefore(tsn: number): number {
    let low = 0;
    let high = this.#blocks.length;
    if (high > 0 && !isAfter(this.#blocks[high - 1]!.first, tsn)) return high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(this.#blocks[middle]!.first, tsn)) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }
}

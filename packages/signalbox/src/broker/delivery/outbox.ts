/**
 * What the broker has to send this turn of the event loop: one slab of encoded packets, and for each connection the
 * ranges of it that are its own. Flushed once per turn with one write per connection, sooner while little is going on;
 * bytes for many receivers are encoded once and shared. It must not know what the bytes mean.
 */
import { Writer } from '../../bytes/writer.ts';

/** A slab that grew past this is flushed before the turn ends, so that one turn never holds unbounded output. */
const FLUSH_AT_BYTES = 1024 * 1024;

const SLAB_BYTES = 64 * 1024;

/** A slab that one huge message made larger is not kept for the small ones after it. */
const KEPT_SLAB_BYTES = 4 * FLUSH_AT_BYTES;

/**
 * What comes so long after everything was sent is most likely alone in its turn, and is answered without waiting for the
 * end of it. A busy broker is back from the network in a few microseconds, a waiting one sleeps for at least 50.
 */
const LULL_MS = 0.05;

/** While flushes have more receivers than this, messages come in bursts, and who waits for the turn's end gathers more. */
const FEW_OUTLETS = 4;

/** One connection's place in the outbox. The fields belong to the outbox. */
export interface Outlet {
  outStart: number;
  outEnd: number;
  outMore: number[] | undefined;
  /** Hands the bytes to the network; true when their memory is free again. */
  write(bytes: Uint8Array): boolean;
  /** Writing threw. */
  fail(error: unknown, doing: string): void;
}

export class Outbox {
  readonly writer: Writer;
  /** Changes whenever offsets into the slab stop being valid. */
  epoch = 0;
  flushes = 0;
  /** The first `#dirtyCount` of them: emptying an array costs more than leaving it as long as it is. */
  #dirty: (Outlet | undefined)[] = [];
  #dirtyCount = 0;
  #flushing: (Outlet | undefined)[] = [];
  readonly #now: () => number;
  /** When everything had been sent last, and to how many. */
  #sentAt = 0;
  #sentTo = 0;
  /** What comes now is sent as soon as it is dealt with, and no end of a turn is waited for. */
  #isDirect = false;
  #scheduled = false;
  #isFlushing = false;
  /** A transport still refers to the slab. */
  #isHeld = false;
  readonly #onTurnEnd: () => void;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.writer = new Writer(SLAB_BYTES);
    this.#onTurnEnd = () => {
      this.#scheduled = false;
      this.flush();
      this.#sentAt = this.#now();
    };
  }

  /** The network has brought something at `now`, which is about to be dealt with. */
  open(now: number): void {
    this.#isDirect = this.#dirtyCount === 0 && this.#sentTo <= FEW_OUTLETS && now - this.#sentAt > LULL_MS;
  }

  /** It is dealt with. Never to be called while a range is being written. */
  close(): void {
    if (!this.#isDirect) {
      this.flushIfFull();
      return;
    }
    this.#isDirect = false;
    if (this.#dirtyCount === 0) return;
    this.flush();
    if (this.#dirtyCount > 0) this.#waitForTurnEnd(); // what came up within the flush, or within which this happens
    this.#sentAt = this.#now();
  }

  /** The range [start, end) of the slab goes to this outlet, after what it was given before. */
  append(outlet: Outlet, start: number, end: number): void {
    if (outlet.outEnd === start && start !== 0) {
      outlet.outEnd = end;
      return;
    }
    if (outlet.outEnd === 0) {
      if (this.#dirtyCount === this.#dirty.length) this.#dirty.push(outlet);
      else this.#dirty[this.#dirtyCount] = outlet;
      this.#dirtyCount++;
      if (!this.#isDirect) this.#waitForTurnEnd();
    } else {
      outlet.outMore ??= [];
      outlet.outMore.push(outlet.outStart, outlet.outEnd);
    }
    outlet.outStart = start;
    outlet.outEnd = end;
  }

  /** To be called between packets, never while a range is being written. */
  flushIfFull(): void {
    if (this.writer.length > FLUSH_AT_BYTES) this.flush();
  }

  flush(): void {
    const count = this.#dirtyCount;
    if (this.#isFlushing || count === 0) return;
    this.#isFlushing = true;
    const outlets = this.#dirty;
    this.#dirty = this.#flushing;
    this.#dirtyCount = 0;
    this.#sentTo = count;
    this.#flushing = outlets;
    for (let i = 0; i < count; i++) {
      const outlet = outlets[i]!;
      outlets[i] = undefined;
      if (!this.#writeSafely(outlet)) this.#isHeld = true;
    }
    this.#isFlushing = false;
    this.flushes++;
    if (this.#dirtyCount > 0) return; // a write called back into the broker: its ranges are still to be sent
    this.epoch++;
    if (this.#isHeld || this.writer.bytes.length > KEPT_SLAB_BYTES) this.writer.renew();
    else this.writer.reset();
    this.#isHeld = false;
  }

  /** Sends what one outlet has waiting, before it ends. */
  flushOutlet(outlet: Outlet): void {
    if (outlet.outEnd === 0) return;
    const bytes = this.#gather(outlet);
    // The outlet stays in the dirty list with nothing to send; its memory may be overwritten, hence the copy.
    outlet.write(Buffer.from(bytes));
  }

  /** Forgets what an outlet has waiting: its connection is gone. */
  discard(outlet: Outlet): void {
    outlet.outStart = 0;
    outlet.outEnd = 0;
    outlet.outMore = undefined;
  }

  #waitForTurnEnd(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  /** What goes wrong at one connection, which is told, must not keep the others from being sent. */
  #writeSafely(outlet: Outlet): boolean {
    try {
      return this.#write(outlet);
    } catch (error) {
      outlet.fail(error, 'sending');
      return false; // nobody knows who refers to the memory now
    }
  }

  #write(outlet: Outlet): boolean {
    if (outlet.outEnd === 0) return true;
    return outlet.write(this.#gather(outlet));
  }

  #gather(outlet: Outlet): Buffer {
    let start = outlet.outStart;
    let end = outlet.outEnd;
    const more = outlet.outMore;
    outlet.outStart = 0;
    outlet.outEnd = 0;
    if (more !== undefined && more.length > 0) {
      more.push(start, end);
      start = this.#join(more);
      end = this.writer.length;
      more.length = 0;
    }
    const slab = this.writer.bytes;
    return Buffer.from(slab.buffer, slab.byteOffset + start, end - start);
  }

  /** Copies scattered ranges to the end of the slab, so that they leave in one write; answers where they begin. */
  #join(ranges: number[]): number {
    let total = 0;
    for (let i = 0; i < ranges.length; i += 2) total += ranges[i + 1]! - ranges[i]!;
    const target = this.writer.reserve(total);
    const bytes = this.writer.bytes;
    let at = target;
    for (let i = 0; i < ranges.length; i += 2) {
      const from = ranges[i]!;
      const to = ranges[i + 1]!;
      if (to - from <= 64) {
        for (let k = from; k < to; k++) bytes[at++] = bytes[k]!;
      } else {
        bytes.copyWithin(at, from, to);
        at += to - from;
      }
    }
    return target;
  }
}

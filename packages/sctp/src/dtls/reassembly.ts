// Handshake messages from their fragments, in order: what comes early waits, what came already is told apart, and nothing
// is allocated from an announced length. RFC 6347, §4.2.2, §4.2.3

import { DtlsError } from './errors.ts';
import type { HandshakeFragment, HandshakeMessage } from './handshake-message.ts';
import type { DtlsLimits } from './limits.ts';

interface Partial {
  readonly type: number;
  readonly length: number;
  readonly epoch: number;
  /** Copies, in the order of their offsets; they may overlap. */
  readonly parts: Part[];
  /** Bytes of all parts: before they are as many as the message has, nobody need look whether it is whole. */
  size: number;
}

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** How far ahead of the next message fragments are kept: no flight has more messages. */
const MESSAGES_AHEAD = 8;

/** What became of a fragment: kept, of no use (or no room), or part of a message that was taken already. */
export type Reception = 'kept' | 'dropped' | 'old';

export class Reassembly {
  readonly #limits: Pick<DtlsLimits, 'handshakeMessageBytes' | 'bufferedBytes' | 'bufferedFragments'>;
  readonly #partials = new Map<number, Partial>();
  #next: number;
  #bytes = 0;
  #fragments = 0;

  constructor(limits: DtlsLimits, next: number) {
    this.#limits = limits;
    this.#next = next;
  }

  /** The message sequence number that is to be taken next. */
  get next(): number {
    return this.#next;
  }

  /** Throws DtlsError `MESSAGE_TOO_LARGE` for a message whose turn it is. */
  add(fragment: HandshakeFragment, epoch: number): Reception {
    const { messageSequence, length, type, offset, bytes } = fragment;
    if (messageSequence < this.#next) return 'old';
    if (messageSequence >= this.#next + MESSAGES_AHEAD) return 'dropped';
    if (length > this.#limits.handshakeMessageBytes) {
      if (messageSequence !== this.#next) return 'dropped';
      throw new DtlsError('MESSAGE_TOO_LARGE', `a handshake message of ${length} bytes`);
    }
    let partial = this.#partials.get(messageSequence);
    // What does not fit to it was damaged, or is: the later one counts, so that a repeated flight can mend it.
    if (partial !== undefined && (partial.type !== type || partial.length !== length || partial.epoch !== epoch)) {
      this.#forget(messageSequence);
      partial = undefined;
    }
    if (!this.#hasRoom(bytes.length)) {
      if (!this.#makeRoom(messageSequence, bytes.length)) return 'dropped';
      partial = this.#partials.get(messageSequence);
    }
    partial ??= { type, length, epoch, parts: [], size: 0 };
    this.#partials.set(messageSequence, partial);
    const place = placeFor(partial.parts, offset);
    const before = partial.parts[place - 1];
    if (before !== undefined && covers(before, fragment)) return 'dropped';
    partial.parts.splice(place, 0, { offset, bytes: bytes.slice() });
    partial.size += bytes.length;
    this.#bytes += bytes.length;
    this.#fragments++;
    return 'kept';
  }

  /** The next message, when all of it is there. */
  take(): HandshakeMessage | undefined {
    const partial = this.#partials.get(this.#next);
    if (partial === undefined || !isComplete(partial)) return undefined;
    const body = new Uint8Array(partial.length);
    for (const { offset, bytes } of partial.parts) body.set(bytes, offset);
    const messageSequence = this.#next;
    this.#forget(messageSequence);
    this.#next++;
    return { type: partial.type, messageSequence, body, epoch: partial.epoch };
  }

  #hasRoom(size: number): boolean {
    const { bufferedFragments, bufferedBytes } = this.#limits;
    return this.#fragments < bufferedFragments && this.#bytes + size <= bufferedBytes;
  }

  /** What is needed sooner takes the place of what is needed later: noise cannot keep out the next message. */
  #makeRoom(messageSequence: number, size: number): boolean {
    for (let later = this.#next + MESSAGES_AHEAD; later > messageSequence; later--) {
      this.#forget(later);
      if (this.#hasRoom(size)) return true;
    }
    // All that is left is parts of this one and of those before it, and one of them is full of pieces that do not help.
    this.#forget(messageSequence);
    return this.#hasRoom(size);
  }

  #forget(messageSequence: number): void {
    for (const { bytes } of this.#partials.get(messageSequence)?.parts ?? []) {
      this.#bytes -= bytes.length;
      this.#fragments--;
    }
    this.#partials.delete(messageSequence);
  }
}

/** Behind those with the same offset. Looking at all of them for each of a thousand fragments is what an attacker wants. */
function placeFor(parts: readonly Part[], offset: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (parts[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function covers(part: Part, { offset, bytes }: HandshakeFragment): boolean {
  return part.offset <= offset && part.offset + part.bytes.length >= offset + bytes.length;
}

function isComplete({ length, parts, size }: Partial): boolean {
  if (size < length) return false;
  let reached = 0;
  for (const { offset, bytes } of parts) {
    if (offset > reached) return false;
    reached = Math.max(reached, offset + bytes.length);
  }
  return reached === length;
}

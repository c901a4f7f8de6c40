// Parts of messages, in runs of consecutive TSNs, until a run is a whole message (RFC 9260, §6.9). Every part costs its
// bytes and its overhead, and all of them together have a limit: a peer cannot fill the memory with parts of one byte.

import { DataFlag } from './chunk-types.ts';
import { type Fault, violation } from './sctp-error.ts';
import { advanced } from './serial.ts';

/** What a part takes besides its bytes, roughly. */
const OVERHEAD = 128;

export interface Fragment {
  readonly tsn: number;
  readonly flags: number;
  readonly streamIdentifier: number;
  readonly sequenceNumber: number;
  readonly payloadProtocolIdentifier: number;
  /** Kept: nobody else may write to it. */
  readonly bytes: Uint8Array;
}

/** A row of fragments of one message; whole when it begins and ends. */
interface Run {
  first: number;
  last: number;
  begins: boolean;
  ends: boolean;
  size: number;
  parts: Uint8Array[];
  readonly sample: Fragment;
}

export interface FragmentLimits {
  readonly maximumMessageSize: number;
  /** Of all parts together. */
  readonly reassemblyBytes: number;
}

export class Fragments {
  /** What the parts take, overhead included. */
  cost = 0;
  readonly #byFirst = new Map<number, Run>();
  readonly #byLast = new Map<number, Run>();
  readonly #limits: FragmentLimits;

  constructor(limits: FragmentLimits) {
    this.#limits = limits;
  }

  /** Takes a part that does not begin and end a message at once; gives the message back when it is whole now. */
  add(fragment: Fragment): Fragment | Fault | undefined {
    this.cost += fragment.bytes.length + OVERHEAD;
    if (this.cost > this.#limits.reassemblyBytes) return tooMuch('parts of messages that are never whole');
    const begins = (fragment.flags & DataFlag.Begin) !== 0;
    const ends = (fragment.flags & DataFlag.End) !== 0;
    const before = this.#byLast.get(advanced(fragment.tsn, -1));
    const after = this.#byFirst.get(advanced(fragment.tsn, 1));
    if (before !== undefined && before.ends !== begins) return violation('a message begins or ends within another');
    if (after !== undefined && after.begins !== ends) return violation('a message begins or ends within another');
    let run: Run = {
      first: fragment.tsn,
      last: fragment.tsn,
      begins,
      ends,
      size: fragment.bytes.length,
      parts: [fragment.bytes],
      sample: fragment,
    };
    if (before !== undefined && !begins) {
      if (!belong(before.sample, fragment)) return violation('parts of one message differ in their stream');
      run = this.#joined(before, run);
    }
    if (after !== undefined && !ends) {
      if (!belong(after.sample, fragment)) return violation('parts of one message differ in their stream');
      run = this.#joined(run, after);
    }
    if (run.size > this.#limits.maximumMessageSize) return tooMuch('a message above the limit');
    if (run.begins && run.ends) return this.#take(run);
    this.#byFirst.set(run.first, run);
    this.#byLast.set(run.last, run);
    return undefined;
  }

  /** The shorter row goes into the longer one. */
  #joined(left: Run, right: Run): Run {
    for (const run of [left, right]) {
      this.#byFirst.delete(run.first);
      this.#byLast.delete(run.last);
    }
    const size = left.size + right.size;
    if (left.parts.length >= right.parts.length) {
      for (const part of right.parts) left.parts.push(part);
      left.last = right.last;
      left.ends = right.ends;
      left.size = size;
      return left;
    }
    right.parts.unshift(...left.parts);
    right.first = left.first;
    right.begins = left.begins;
    right.size = size;
    return right;
  }

  #take(run: Run): Fragment {
    this.cost -= run.size + OVERHEAD * run.parts.length;
    const bytes = new Uint8Array(run.size);
    let at = 0;
    for (const part of run.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { ...run.sample, bytes };
  }
}

function belong(a: Fragment, b: Fragment): boolean {
  return (
    a.streamIdentifier === b.streamIdentifier &&
    a.sequenceNumber === b.sequenceNumber &&
    ((a.flags ^ b.flags) & DataFlag.Unordered) === 0
  );
}

export function tooMuch(message: string): Fault {
  return { cause: 4, code: 'OUT_OF_RESOURCES', message };
}

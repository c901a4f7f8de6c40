// What a network or somebody on it can do to datagrams: change bytes, lengths, numbers; cut, join, repeat, invent.

import { readRecords } from '../../src/dtls/record.ts';

export type RandomNumber = () => number;

export function below(random: RandomNumber, limit: number): number {
  return Math.floor(random() * limit);
}

const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];

/** One change; `seen` are datagrams of before. Never the same memory as what is given. */
export function mutated(datagram: Uint8Array, seen: readonly Uint8Array[], random: RandomNumber): Uint8Array {
  const copy = datagram.slice();
  const other = seen[below(random, Math.max(1, seen.length))] ?? datagram;
  switch (below(random, 9)) {
    case 0: // a bit
      copy[below(random, copy.length)]! ^= 1 << below(random, 8);
      return copy;
    case 1: // a byte at a border of its range
      copy[below(random, copy.length)] = INTERESTING[below(random, INTERESTING.length)]!;
      return copy;
    case 2: // a byte of a header
      copy[below(random, Math.min(copy.length, 25))] = below(random, 256);
      return copy;
    case 3:
      return copy.subarray(0, below(random, copy.length));
    case 4: // joined
      return Uint8Array.from([...copy, ...other]);
    case 5: // the head of one, the tail of another
      return Uint8Array.from([
        ...copy.subarray(0, below(random, copy.length)),
        ...other.subarray(below(random, other.length)),
      ]);
    case 6: {
      // some bytes more
      const at = below(random, copy.length);
      const more = Array.from({ length: 1 + below(random, 20) }, () => below(random, 256));
      return Uint8Array.from([...copy.subarray(0, at), ...more, ...copy.subarray(at)]);
    }
    case 7: {
      // records in another order
      const records = readRecords(copy).map(({ header, fragment }) => Uint8Array.from([...header, ...fragment]));
      return Uint8Array.from(records.reverse().flatMap((record) => [...record]));
    }
    default:
      return other.slice();
  }
}

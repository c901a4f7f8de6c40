// Numbers that wrap: TSNs of 32 bits and stream sequence numbers of 16 (RFC 9260, §1.6; RFC 1982).

/** Whether TSN `a` comes after `b`, both unsigned. */
export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** How far it is from TSN `from` on to `to`: 0 to 2³² − 1. */
export function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}

/** The TSN `count` after `tsn`; a negative count goes back. */
export function advanced(tsn: number, count: number): number {
  return (tsn + count) >>> 0;
}

/** Whether stream sequence number `a` comes after `b`. */
export function isSequenceAfter(a: number, b: number): boolean {
  return ((a - b) << 16) >> 16 > 0;
}

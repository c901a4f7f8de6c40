// Memory in which the datagrams of one turn are put together before they are written. A connection has a slab only from its
// first datagram until the carrier has taken the last, so that idle connections hold none.

/** Two datagrams of 64 KiB with their headers and some small ones; of 64 to 512 KiB all are about as fast. */
export const SLAB_SIZE = 139_264;

/** Slabs kept for the next who needs one. */
const KEPT = 8;

const spare: Uint8Array[] = [];

export function takeSlab(): Uint8Array {
  return spare.pop() ?? new Uint8Array(SLAB_SIZE);
}

/** Nobody refers to it any more. */
export function giveSlab(slab: Uint8Array): void {
  if (spare.length < KEPT) spare.push(slab);
}

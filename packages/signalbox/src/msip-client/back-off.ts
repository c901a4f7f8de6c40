// How long to wait before the next attempt. Pure: the randomness is an argument.

export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** `failures` counts from 1. A random half to all of the full time, so that many clients do not come back together. */
export function delayBefore(failures: number, { firstMs, longestMs }: BackOff, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round((full * (1 + random)) / 2);
}

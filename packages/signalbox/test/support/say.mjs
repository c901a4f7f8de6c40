// A line that is written when the call returns, also into a pipe whose reader is slow: what a program said before it was killed,
// it said.

import { writeSync } from 'node:fs';

const NEVER = new Int32Array(new SharedArrayBuffer(4));
/** A reader that takes nothing for so long is gone. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1;

/** @param {string} text */
export function say(text) {
  const bytes = Buffer.from(`${text}\n`);
  for (let written = 0, waited = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EAGAIN' || waited >= PATIENCE_MS) throw error;
      Atomics.wait(NEVER, 0, 0, PAUSE_MS);
      waited += PAUSE_MS;
    }
  }
}

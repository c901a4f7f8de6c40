// What takes part in the codec benchmark: something that parses a case's stream or generates its packets, and accounts
// for each of them.

import type { CodecCase } from './cases.ts';
import type { Tally } from './tally.ts';

export type Pass = (tally: Tally) => void;

export interface Codec {
  readonly name: string;
  /** Prepares; the pass that comes back is what is timed. Undefined: takes no part in this case. */
  readonly parse?: (codecCase: CodecCase) => Pass | undefined;
  readonly generate?: (codecCase: CodecCase) => Pass | undefined;
}

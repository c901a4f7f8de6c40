/** One option as somebody said it: in the file, in a variable or by a flag. */
import type { Json } from './value-types.ts';

export interface Setting {
  readonly path: string;
  /** How messages name it: `--log-level`, `SIGNALBOX_LOG_LEVEL` or `broker.yaml:3: log.level`. */
  readonly source: string;
  readonly value: Json;
}

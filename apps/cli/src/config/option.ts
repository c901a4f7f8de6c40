/**
 * A row of the table of options. From the rows come the help text, the JSON Schema, the variables, the effective
 * configuration and docs/guide/configuration.md; and the type of what the program reads (`Values`).
 *
 * To add an option, add a row to the table of its section (the files beside this one), run `npm run configuration`, and use
 * `configuration.values['your.path']`. Settings of one listener are rows of listener-options.ts.
 */
import type { Json, ValueType } from './value-types.ts';

export interface Option {
  /** Where it is in the YAML file: `log.level`. A variable has the same name: `SIGNALBOX_LOG_LEVEL`. */
  readonly path: string;
  /** Its flag without the dashes; absent when only the file and the variable can say it. */
  readonly flag?: string;
  readonly type: ValueType<unknown>;
  /** As the file would say it. Absent: the program gets `undefined`. */
  readonly default?: Json;
  /** One sentence or two, for --help and for the guide. */
  readonly help: string;
  /** `live`: SIGHUP applies a change (by a reloader). Otherwise the log says that it waits for a restart. */
  readonly reload?: 'live';
}

export type OptionTable = readonly Option[];

/** What the program gets for each path of a table: `{ 'log.level': 'info' | …; … }`. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Row in Table[number] as Row['path']]: ValueOf<Row>;
};

type ValueOf<Row extends Option> =
  Row['type'] extends ValueType<infer T> ? (Row extends { readonly default: Json } ? T : T | undefined) : never;

export const VARIABLE_PREFIX = 'SIGNALBOX_';

/** `admin.tokenFile` → `SIGNALBOX_ADMIN_TOKEN_FILE`. */
export function variableOf(path: string): string {
  return (
    VARIABLE_PREFIX +
    path
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('.', '_')
      .toUpperCase()
  );
}

/**
 * A row of the tables of pub, sub and rr: one option of the command line. From the rows come the parser, the help text and
 * docs/guide/command.md; and the type of what the program reads (`FlagValues`).
 */
import type { Kind } from './kinds.ts';

export interface Flag {
  /** Without the dashes. */
  readonly flag: string;
  /** One letter: Mosquitto's, where it has the option. */
  readonly short?: string;
  /** Other names people know, of MQTT.js and of mosquitto_rr. */
  readonly also?: readonly string[];
  /** Taken from here when the command line does not say it. */
  readonly variable?: string;
  readonly kind: Kind<unknown>;
  readonly isRepeatable?: true;
  /** One sentence or two, for --help and for the guide. */
  readonly help: string;
}

export type FlagTable = readonly Flag[];

/** A heading of the help text, and what is below it. */
export interface FlagSection {
  readonly title: string;
  readonly flags: FlagTable;
}

/** What the program gets: `{ topic: readonly string[]; qos: QoS | undefined; … }`. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Row in Table[number] as Row['flag']]: ValueOf<Row>;
};

type ValueOf<Row extends Flag> =
  Row['kind'] extends Kind<infer T>
    ? Row extends { readonly isRepeatable: true }
      ? readonly T[]
      : T | undefined
    : never;

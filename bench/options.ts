// The command line of `npm run bench`.

import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

  --only A,B      only these: codec, broker, client, msip-client, connect, reopen, sctp, dtls-sctp, or a row's name, also pairs-q1 or 'fan*'
  --all           the wide set of broker scenarios as well, not only those with a bar
  --rounds N      interleaved rounds, of which the medians are taken (3)
  --seconds N     measured time of each broker run (2), after a warm-up of half of it, at least 1 s
  --quick         one round, one second: for a first impression
  --baseline DIR  another checkout of this repository, built: its broker takes part as "baseline"
  --without A,B   leave out contestants (aedes, mosquitto, rumqttc)
  --assert        exit code 1 when a bar is missed or a message was lost, duplicated, reordered or corrupted
  --no-save       do not write bench/results/
`;

export interface Options {
  readonly only: readonly string[];
  readonly isWide: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly codecSliceMs: number;
  readonly baseline: string | undefined;
  readonly without: readonly string[];
  readonly mustMeetBars: boolean;
  readonly isSaved: boolean;
}

export class OptionError extends Error {}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new OptionError(`--${name} needs a number above 0, not '${text}'`);
  return value;
}

function list(text: string | undefined): string[] {
  return text?.split(',').filter((part) => part !== '') ?? [];
}

/** Undefined when only the usage is asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      all: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      baseline: { type: 'string' },
      without: { type: 'string' },
      assert: { type: 'boolean', default: false },
      'no-save': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const seconds = positive('seconds', values.seconds, values.quick ? 1 : 2);
  return {
    only: list(values.only),
    isWide: values.all,
    rounds: Math.ceil(positive('rounds', values.rounds, values.quick ? 1 : 3)),
    seconds,
    warmSeconds: Math.max(1, seconds / 2),
    codecSliceMs: values.quick ? 100 : 200,
    baseline: values.baseline,
    without: list(values.without),
    mustMeetBars: values.assert,
    isSaved: !values['no-save'],
  };
}

/** Whether something with this name was asked for; `group` is 'codec' or 'broker'. */
export function isWanted({ only }: Options, group: string, name: string): boolean {
  return only.length === 0 || only.includes(group) || isNamed(only, name);
}

/** Whether it was asked for by its own name, not as one of a group. */
export function isNamed(only: readonly string[], name: string): boolean {
  return only.some((wanted) => (wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted));
}

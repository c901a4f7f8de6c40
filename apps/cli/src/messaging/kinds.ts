/** The kinds of values an option of pub, sub and rr can have: how many words it takes and what they mean. */
import type { QoS } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { lookUp } from './look-up.ts';

export interface Kind<T> {
  /** What --help shows for the value; undefined for a switch, which has none. */
  readonly placeholder: string | undefined;
  /** How many of the words that follow belong to it; absent: one. */
  readonly wordCount?: (following: readonly string[]) => number;
  /** Throws CommandError that says what it must be. */
  readonly read: (...words: string[]) => T;
}

export function text(placeholder: string): Kind<string> {
  return { placeholder, read: (said = '') => said };
}

export function switchedOn(): Kind<true> {
  return { placeholder: undefined, read: () => true };
}

export function integer(placeholder: string, least: number, most: number): Kind<number> {
  return { placeholder, read: (said = '') => readInteger(said, least, most) };
}

/** As a number of seconds, with a fraction if need be; the program gets milliseconds. */
export function seconds(least = 0): Kind<number> {
  const most = 2_000_000; // what a timer can wait
  return {
    placeholder: 'S',
    read: (said = '') => {
      const value = /^\d+(\.\d+)?$/.test(said) ? Number(said) : Number.NaN;
      if (value >= least && value <= most) return value * 1000;
      throw new CommandError(`must be seconds from ${least} to ${most}`);
    },
  };
}

/** Messages a second: more than none. */
export function rate(): Kind<number> {
  return {
    placeholder: 'N',
    read: (said = '') => {
      const value = /^\d+(\.\d+)?$/.test(said) ? Number(said) : Number.NaN;
      if (value > 0 && value <= 10_000_000) return value;
      throw new CommandError('must be a number of messages a second, such as 100 or 0.5');
    },
  };
}

export function qos(): Kind<QoS> {
  return {
    placeholder: 'QOS',
    read: (said = '') => {
      if (said === '0' || said === '1' || said === '2') return Number(said) as QoS;
      throw new CommandError('must be 0, 1 or 2');
    },
  };
}

export function choice<const T extends string>(placeholder: string, ...words: readonly T[]): Kind<T> {
  return {
    placeholder,
    read: (said = '') => {
      const word = words.find((one) => one === said);
      if (word !== undefined) return word;
      throw new CommandError(`must be one of ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
    },
  };
}

const VERSIONS: Readonly<Record<string, 4 | 5>> = {
  '5': 5,
  mqttv5: 5,
  '4': 4,
  '311': 4,
  '3.1.1': 4,
  mqttv311: 4,
};

export function protocolVersion(): Kind<4 | 5> {
  return {
    placeholder: 'VERSION',
    read: (said = '') => {
      const version = lookUp(VERSIONS, said.toLowerCase());
      if (version !== undefined) return version;
      throw new CommandError('must be 5 or 311 (mqttv5 and mqttv311 are understood)');
    },
  };
}

const FOR_EVER = 0xffff_ffff;

/** Mosquitto has three ways to say for ever. */
export function sessionExpiry(): Kind<number> {
  return {
    placeholder: 'S',
    read: (said = '') => (said === '-1' || said === '∞' ? FOR_EVER : readInteger(said, 0, FOR_EVER)),
  };
}

/** `Name: value`. */
export function header(): Kind<readonly [string, string]> {
  return {
    placeholder: '"NAME: VALUE"',
    read: (said = '') => {
      const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):\s*(.*)$/.exec(said) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw new CommandError('must be a header such as "Authorization: Bearer …"');
    },
  };
}

function readInteger(said: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(said) ? Number(said) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CommandError(`must be a whole number from ${least} to ${most}`);
}

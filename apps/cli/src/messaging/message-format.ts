/** How sub and rr print a message: as text, as JSON, in hexadecimal, or by a template with Mosquitto's letters. */
import { CommandError } from '../command-error.ts';
import { suggestion } from '../config/nearest.ts';
import { printable } from '../printable.ts';
import { writeJsonLine } from './json-lines.ts';
import type { Kind } from './kinds.ts';
import { lookUp } from './look-up.ts';
import { type Format, type FormatOptions, type Formatter, hexOf, shownText } from './payload-text.ts';
import { readTemplate } from './template.ts';

const NAMED: Readonly<Record<string, Format>> = {
  text: textFormat,
  json: () => (message, now) => writeJsonLine(message, now),
  hex: hexFormat,
};

/** The value of -F. */
export function format(): Kind<Format> {
  return {
    placeholder: 'FORMAT',
    read: (said = '') => {
      const named = lookUp(NAMED, said);
      if (named !== undefined) return named;
      if (/[%@\\]/.test(said)) return readTemplate(said);
      const names = Object.keys(NAMED);
      throw new CommandError(`must be ${names.join(', ')} or a template such as '%t %p'${suggestion(said, names)}`);
    },
  };
}

export function textFormat({ isVerbose, isTerminal }: FormatOptions): Formatter {
  if (isTerminal) {
    return ({ topicName, payload }) => {
      const shown = shownText(payload);
      return isVerbose ? `${printable(topicName)} ${shown}` : shown;
    };
  }
  if (!isVerbose) return ({ payload }) => payload;
  return ({ topicName, payload }) => Buffer.concat([Buffer.from(`${topicName} `), payload]);
}

function hexFormat({ isVerbose, isTerminal }: FormatOptions): Formatter {
  return ({ topicName, payload }) => {
    const hex = hexOf(payload);
    return isVerbose ? `${isTerminal ? printable(topicName) : topicName} ${hex}` : hex;
  };
}

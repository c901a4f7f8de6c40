/**
 * Templates of -F, with the letters of Mosquitto's: `%t %p`. A backslash is for what is hard to type; `@` is the time. What is
 * not known is refused and not printed as it stands.
 */
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { writtenProperties } from './json-lines.ts';
import { type Format, hexOf, type PrintedMessage, shownText, textOf } from './payload-text.ts';

type Field = (message: PrintedMessage, now: Date) => string | Uint8Array;

const LETTERS: Readonly<Record<string, Field>> = {
  '%': () => '%',
  t: ({ topicName }) => topicName,
  p: ({ payload }) => payload,
  x: ({ payload }) => hexOf(payload),
  X: ({ payload }) => hexOf(payload).toUpperCase(),
  l: ({ payload }) => String(payload.length),
  q: ({ qos }) => String(qos),
  r: ({ retain }) => (retain ? '1' : '0'),
  m: ({ packetIdentifier }) => String(packetIdentifier),
  j: (message, now) => mosquittoJson(message, now, textOf(message.payload) ?? hexOf(message.payload)),
  J: (message, now) => mosquittoJson(message, now, parsedPayload(message)),
  I: (_, now) => isoTime(now, ''),
  U: (_, now) => `${Math.floor(now.getTime() / 1000)}.${nanoseconds(now)}`,
  A: ({ properties }) => numberText(properties.topicAlias),
  C: ({ properties }) => properties.contentType ?? '',
  D: ({ properties }) => properties.correlationData ?? '',
  E: ({ properties }) => numberText(properties.messageExpiryInterval),
  F: ({ properties }) => numberText(properties.payloadFormatIndicator),
  P: ({ properties }) => (properties.userProperties ?? []).map(([name, value]) => `${name}:${value}`).join(' '),
  R: ({ properties }) => properties.responseTopic ?? '',
  S: ({ properties }) => (properties.subscriptionIdentifiers ?? []).join(' '),
};

/** The common ones of strftime, in local time. */
const TIMES: Readonly<Record<string, (now: Date) => string>> = {
  '@': () => '@',
  Y: (now) => String(now.getFullYear()),
  m: (now) => two(now.getMonth() + 1),
  d: (now) => two(now.getDate()),
  H: (now) => two(now.getHours()),
  M: (now) => two(now.getMinutes()),
  S: (now) => two(now.getSeconds()),
  F: (now) => `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
  T: (now) => [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':'),
  s: (now) => String(Math.floor(now.getTime() / 1000)),
  N: nanoseconds,
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  '0': '\0',
  a: '\u0007',
  e: '\u001b',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\u000b',
};

/** Throws CommandError for a letter that is not known. */
export function readTemplate(template: string): Format {
  const fields = template
    .split(/([%@\\].?)/su)
    .flatMap((part): (string | Field)[] => (part === '' ? [] : [fieldOf(part)]));
  return ({ isTerminal }) => {
    const show = isTerminal ? shown : (part: string | Uint8Array) => part;
    return (message, now) => {
      const parts = fields.map((field) => (typeof field === 'string' ? field : show(field(message, now))));
      if (parts.every((part) => typeof part === 'string')) return parts.join('');
      return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    };
  };
}

function fieldOf(part: string): string | Field {
  const [mark, letter = ''] = part;
  if (mark === '\\') {
    const escaped = ESCAPES[letter];
    if (escaped !== undefined) return escaped;
  } else if (mark === '%') {
    const field = LETTERS[letter];
    if (field !== undefined) return field;
  } else if (mark === '@') {
    const time = TIMES[letter];
    if (time !== undefined) return (_, now) => time(now);
  } else return part;
  const table = mark === '\\' ? ESCAPES : mark === '%' ? LETTERS : TIMES;
  throw new CommandError(
    `there is no ${part}; there are ${Object.keys(table)
      .map((one) => mark + one)
      .join(' ')}`,
  );
}

function shown(part: string | Uint8Array): string {
  return typeof part === 'string' ? printable(part) : shownText(part);
}

/** The fields and the order of Mosquitto's own, for programs that read it. */
function mosquittoJson(message: PrintedMessage, now: Date, payload: unknown): string {
  const { topicName, qos, retain, packetIdentifier } = message;
  return JSON.stringify({
    tst: isoTime(now, `.${nanoseconds(now).slice(0, 6)}`),
    topic: topicName,
    qos,
    retain: retain ? 1 : 0,
    payloadlen: message.payload.length,
    ...(qos > 0 ? { mid: packetIdentifier } : {}),
    ...mosquittoProperties(message),
    payload,
  });
}

/** With the names of the command line; User Properties are an object, of two with the same name the last one. */
function mosquittoProperties(message: PrintedMessage): { readonly properties?: Record<string, unknown> } {
  const { properties = {} } = writtenProperties(message);
  const { correlationData } = message.properties;
  const names = Object.entries(properties).map(([name, value]): [string, unknown] => {
    if (name === 'userProperties') return ['user-properties', Object.fromEntries(value as [string, string][])];
    if (name === 'correlationData' && correlationData !== undefined)
      return ['correlation-data', textOf(correlationData) ?? hexOf(correlationData)];
    return [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value];
  });
  return names.length === 0 ? {} : { properties: Object.fromEntries(names) };
}

function parsedPayload({ payload }: PrintedMessage): unknown {
  const text = textOf(payload);
  if (text === undefined) return hexOf(payload);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** ISO 8601 in local time with its offset: `2024-05-01T10:00:00+0200`. */
function isoTime(now: Date, fraction: string): string {
  const offset = -now.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return `${TIMES['F']!(now)}T${TIMES['T']!(now)}${fraction}${zone}`;
}

function nanoseconds(now: Date): string {
  return `${String(now.getMilliseconds()).padStart(3, '0')}000000`;
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

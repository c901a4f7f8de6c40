/** Messages as lines of JSON, to read and to write: what `sub -F json` prints is what `pub --json-lines` takes. */
import type { OutgoingMessage, PublishOptions, QoS } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { suggestion } from '../config/nearest.ts';
import { lookUp } from './look-up.ts';
import { type PrintedMessage, textOf } from './payload-text.ts';

type MessageProperties = NonNullable<PublishOptions['properties']>;

const FIELDS = ['topic', 'payload', 'payloadBase64', 'qos', 'retain', 'properties', 'time', 'duplicate'];
/** The properties a publisher may set, and what JSON has for them; bytes are base64. */
const PROPERTIES: Readonly<Record<string, 'string' | 'number' | 'base64' | 'pairs'>> = {
  payloadFormatIndicator: 'number',
  messageExpiryInterval: 'number',
  contentType: 'string',
  responseTopic: 'string',
  correlationData: 'base64',
  userProperties: 'pairs',
};
/** Of the connection the message came by: they mean nothing to the next one. */
const LEFT_OUT: ReadonlySet<string> = new Set(['topicAlias', 'subscriptionIdentifiers']);

/** What a line says, with what it leaves out from `otherwise`. Throws CommandError. */
export function readJsonLine(
  line: string,
  otherwise: PublishOptions & { readonly topicName?: string | undefined },
): OutgoingMessage {
  const fields = fieldsOf(line);
  for (const name of Object.keys(fields)) {
    if (!FIELDS.includes(name)) throw new CommandError(`there is no field "${name}"${suggestion(name, FIELDS)}`);
  }
  const { topic = otherwise.topicName, qos = otherwise.qos, retain = otherwise.retain } = fields;
  if (typeof topic !== 'string') throw new CommandError('"topic" must be a text, or --topic be given');
  if (qos !== undefined && qos !== 0 && qos !== 1 && qos !== 2) throw new CommandError('"qos" must be 0, 1 or 2');
  if (retain !== undefined && typeof retain !== 'boolean') throw new CommandError('"retain" must be true or false');
  return {
    topicName: topic,
    payload: payloadOf(fields),
    qos: qos as QoS | undefined,
    retain: retain as boolean | undefined,
    properties: propertiesOf(fields['properties'], otherwise.properties),
  };
}

/** One line without its end. `time` is when it came. */
export function writeJsonLine(message: PrintedMessage, time: Date): string {
  const { topicName, payload, qos, retain, duplicate } = message;
  const text = textOf(payload);
  return JSON.stringify({
    time: time.toISOString(),
    topic: topicName,
    ...(text === undefined ? { payloadBase64: base64(payload) } : { payload: text }),
    qos,
    retain,
    ...(duplicate ? { duplicate } : {}),
    ...writtenProperties(message),
  });
}

/** `{ properties: … }`, or nothing when there is none. */
export function writtenProperties({ properties }: PrintedMessage): { readonly properties?: Record<string, unknown> } {
  const written = Object.entries(properties).filter(([name, value]) => value !== undefined && !LEFT_OUT.has(name));
  if (written.length === 0) return {};
  const shown = written.map(([name, value]): [string, unknown] => [
    name,
    value instanceof Uint8Array ? base64(value) : value,
  ]);
  return { properties: Object.fromEntries(shown) };
}

function fieldsOf(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new CommandError(`this is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError('a line is an object such as {"topic": "a/b", "payload": "hello"}');
  }
  return value as Record<string, unknown>;
}

/** A text as it is; anything else as JSON. */
function payloadOf({ payload, payloadBase64 }: Record<string, unknown>): Uint8Array | string {
  if (payloadBase64 !== undefined && payload !== undefined) {
    throw new CommandError('"payload" and "payloadBase64": one of them');
  }
  if (payloadBase64 !== undefined) return bytesOf('payloadBase64', payloadBase64);
  if (payload === undefined) return '';
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}

function propertiesOf(said: unknown, otherwise: MessageProperties | undefined): MessageProperties | undefined {
  if (said === undefined) return otherwise;
  if (typeof said !== 'object' || said === null) throw new CommandError('"properties" must be an object');
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(said)) {
    const kind = lookUp(PROPERTIES, name);
    if (kind === undefined) {
      throw new CommandError(`there is no property "${name}"${suggestion(name, Object.keys(PROPERTIES))}`);
    }
    if (kind === 'base64') properties[name] = bytesOf(name, value);
    else if (kind === 'pairs' ? isPairs(value) : typeof value === kind) properties[name] = value;
    else throw new CommandError(`"${name}" must be ${kind === 'pairs' ? 'a list of [name, value]' : `a ${kind}`}`);
  }
  return { ...otherwise, ...properties };
}

function isPairs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'))
  );
}

function bytesOf(name: string, value: unknown): Uint8Array {
  if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return Buffer.from(value, 'base64');
  throw new CommandError(`"${name}" must be base64`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

// Packets and events for logs and tools: as plain data that JSON can carry, and as one line of text. Secrets never appear:
// passwords and authentication data are masked, payloads are cut to a short beginning. Nothing here can be read back.

import { type BytePreview, previewBytes, previewText } from '../bytes/byte-preview.ts';
import { quotedValue } from '../bytes/quoted-value.ts';
import type { ConnectionEvent } from './connection-events.ts';
import type { PacketError } from './errors.ts';
import type { PacketInput } from './packets/packet.ts';
import { connectReturnCodeName, reasonCodeName } from './reason-codes.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export interface PacketJsonOptions {
  /** How many bytes of a payload are shown; 0 for none. Default 32: enough to recognise it, too little to be it. */
  readonly previewLength?: number;
}

const DEFAULT_PREVIEW_LENGTH = 32;
const MASK = '***';
const SECRETS: ReadonlySet<string> = new Set(['password', 'authenticationData']);
const CONTENTS: ReadonlySet<string> = new Set(['payload', 'correlationData']);

/** The packet as plain data. Reason codes get their name beside them; what is undefined is left out. */
export function packetToJson(packet: PacketInput, options: PacketJsonOptions = {}): JsonObject {
  return describe(packet, packet.type, options.previewLength ?? DEFAULT_PREVIEW_LENGTH);
}

/** The packet in one line, such as `PUBLISH topicName="a/b" payload=5 bytes "hello" qos=1 packetIdentifier=7`. */
export function packetToLine(packet: PacketInput, options: PacketJsonOptions = {}): string {
  return lineOf(packetToJson(packet, options));
}

/** An event of a Connection as plain data. The bytes of a transmit are counted only: they hold whole packets. */
export function eventToJson(event: ConnectionEvent<unknown>, options: PacketJsonOptions = {}): JsonObject {
  switch (event.type) {
    case 'transmit':
      return { type: event.type, bytes: { length: event.bytes.length } };
    case 'packet':
      return { type: event.type, packet: packetToJson(event.packet, options) };
    case 'settled':
      return {
        type: event.type,
        packetIdentifier: event.packetIdentifier,
        reasonCode: event.reasonCode,
        reason: reasonCodeName(event.reasonCode),
        ...describeStored(event.stored, options),
      };
    case 'dropped':
      return { type: event.type, reason: event.reason, ...describeStored(event.stored, options) };
    default:
      return { type: event.type, ...describeError(event.error) };
  }
}

/** An event of a Connection in one line. */
export function eventToLine(event: ConnectionEvent<unknown>, options: PacketJsonOptions = {}): string {
  if (event.type === 'packet') return packetToLine(event.packet, options);
  return lineOf(eventToJson(event, options));
}

function describe(fields: object, packetType: string, previewLength: number): JsonObject {
  const described: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined) continue;
    if (SECRETS.has(name)) described[name] = MASK;
    else if (CONTENTS.has(name)) described[name] = { ...previewContent(value, previewLength) };
    else if (name === 'reasonCode') {
      described[name] = value as number;
      described['reason'] = nameOfCode(value as number, packetType);
    } else if (name === 'reasonCodes') {
      described[name] = value as number[];
      described['reasons'] = (value as number[]).map((code) => nameOfCode(code, packetType));
    } else described[name] = describeValue(value, packetType, previewLength);
  }
  return described;
}

function describeValue(value: unknown, packetType: string, previewLength: number): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => describeValue(entry, packetType, previewLength));
  if (typeof value === 'object' && value !== null) return describe(value, packetType, previewLength);
  return value as JsonValue;
}

function previewContent(value: unknown, previewLength: number): BytePreview {
  if (typeof value === 'string') return previewText(value, previewLength);
  return previewBytes(value as Uint8Array, previewLength);
}

/** 1 to 5 are return codes of 3.1 and 3.1.1: no CONNACK of 5.0 has them. */
function nameOfCode(code: number, packetType: string): string {
  if (packetType === 'connack' && code > 0 && code < 6) return connectReturnCodeName(code);
  return reasonCodeName(code, packetType);
}

/** What a session stores is the owner's; only a PUBLISH is known here. */
function describeStored(stored: unknown, options: PacketJsonOptions): JsonObject {
  const isPublish = typeof stored === 'object' && stored !== null && 'type' in stored && stored.type === 'publish';
  return isPublish ? { stored: packetToJson(stored as PacketInput, options) } : {};
}

function describeError(error: PacketError | undefined): JsonObject {
  if (error === undefined) return {};
  const { code, reasonCode, message, statement } = error;
  return { error: { code, reasonCode, message, ...(statement === undefined ? {} : { statement }) } };
}

/** The type in capitals, then what is not at its default. Strings stay quoted: no line break gets out of them. */
function lineOf(described: JsonObject): string {
  const words = [String(described['type']).toUpperCase()];
  for (const [name, value] of Object.entries(described)) {
    if (name === 'type' || value === false || isEmpty(value)) continue;
    words.push(value === true ? name : `${name}=${wordOf(name, value)}`);
  }
  return words.join(' ');
}

function isEmpty(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function wordOf(name: string, value: JsonValue | undefined): string {
  if (name === 'reason' || SECRETS.has(name)) return String(value);
  if (!CONTENTS.has(name) && name !== 'bytes') return quotedValue(value);
  const preview = value as unknown as BytePreview;
  const size = `${preview.length} bytes`;
  if (preview.text !== undefined) return `${size} ${quotedValue(preview.text)}`;
  return preview.hex === undefined ? size : `${size} ${preview.hex}`;
}

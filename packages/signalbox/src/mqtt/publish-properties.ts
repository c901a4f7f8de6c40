// The properties of PUBLISH in their raw bytes: validated and copied for forwarding without the general property reader,
// because every message of a broker passes here and travels on. The rules are the same as there. §3.3.2.3

import { copyBytes } from '../bytes/copy.ts';
import { checkUtf8, Utf8 } from '../bytes/utf8.ts';
import {
  INCOMPLETE_INTEGER,
  readVariableByteInteger,
  variableByteIntegerSize,
} from '../bytes/variable-byte-integer.ts';
import { malformed, PacketError, protocolError } from './errors.ts';
import { unreadable } from './packet-reader.ts';
import { type PublishView, readView } from './publish-view.ts';
import type { TopicNameTable } from './topic-names.ts';
import type { WireFormat } from './wire-format.ts';

/** The identifiers of the properties which PUBLISH can carry. */
const PAYLOAD_FORMAT_INDICATOR = 0x01;
const MESSAGE_EXPIRY_INTERVAL = 0x02;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const TOPIC_ALIAS = 0x23;
const USER_PROPERTY = 0x26;

const NOTHING = new Uint8Array(0);

/** By identifier: UNKNOWN, REPEATABLE, or a bit of its own. */
const BITS = new Uint8Array(256);
const UNKNOWN = 0;
const REPEATABLE = 1;
BITS[SUBSCRIPTION_IDENTIFIER] = REPEATABLE;
BITS[USER_PROPERTY] = REPEATABLE;
BITS[PAYLOAD_FORMAT_INDICATOR] = 0x02;
BITS[MESSAGE_EXPIRY_INTERVAL] = 0x04;
BITS[CONTENT_TYPE] = 0x08;
BITS[RESPONSE_TOPIC] = 0x10;
BITS[CORRELATION_DATA] = 0x20;
BITS[TOPIC_ALIAS] = 0x40;

/** What a broker and a connection need of them; a PublishView is one. All are at their "none" before the scan. */
export interface PublishPropertyValues {
  topicAlias: number;
  messageExpiryInterval: number;
  hasSubscriptionIdentifiers: boolean;
  userProperties: number;
  userPropertyBytes: number;
}

/** Validates the properties in [start, end). Throws PacketError. */
export function scanPublishProperties(
  values: PublishPropertyValues,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start === 3 && bytes[start] === TOPIC_ALIAS) {
    values.topicAlias = readTopicAlias(bytes, start + 1);
    return;
  }
  let seen = 0;
  let at = start;
  while (at < end) {
    const identifier = bytes[at]!;
    const bit = BITS[identifier]!;
    if (bit === UNKNOWN) throw unknownProperty(bytes, at, end);
    if (bit !== REPEATABLE) {
      if ((seen & bit) !== 0) throw protocolError(`property 0x${identifier.toString(16)} occurs twice`);
      seen |= bit;
    }
    const next = skipProperty(bytes, at, end);
    at++;
    switch (identifier) {
      case PAYLOAD_FORMAT_INDICATOR:
        if (bytes[at]! > 1) throw protocolError('the Payload Format Indicator is neither 0 nor 1');
        break;
      case MESSAGE_EXPIRY_INTERVAL:
        values.messageExpiryInterval = readU32(bytes, at);
        break;
      case CONTENT_TYPE:
        checkString(bytes, at + 2, next); // [MQTT-3.3.2-19]
        break;
      case RESPONSE_TOPIC:
        checkResponseTopic(bytes, at + 2, next);
        break;
      case SUBSCRIPTION_IDENTIFIER:
        if (bytes[at] === 0) throw protocolError('a Subscription Identifier is 0');
        values.hasSubscriptionIdentifiers = true;
        break;
      case TOPIC_ALIAS:
        values.topicAlias = readTopicAlias(bytes, at);
        break;
      case USER_PROPERTY:
        checkUserProperty(bytes, at, next);
        values.userProperties++;
        values.userPropertyBytes += next - at + 1;
        break;
      default: // Correlation Data: any bytes
    }
    at = next;
  }
}

/** What is wrong with an identifier that is none of PUBLISH: it is an integer that can take more than a byte. */
function unknownProperty(bytes: Uint8Array, at: number, end: number): PacketError {
  const identifier = readVariableByteInteger(bytes, at, end);
  if (identifier === INCOMPLETE_INTEGER) return unreadable('truncated');
  if (identifier < 0) return unreadable('malformed-integer'); // [MQTT-1.5.5-1]
  return malformed(`property 0x${identifier.toString(16)} is not one of PUBLISH`);
}

/** Where the property at `at`, one of PUBLISH, ends. Throws PacketError when it does not fit. */
function skipProperty(bytes: Uint8Array, at: number, end: number): number {
  const value = at + 1;
  let next: number;
  switch (bytes[at]!) {
    case PAYLOAD_FORMAT_INDICATOR:
      next = value + 1;
      break;
    case MESSAGE_EXPIRY_INTERVAL:
      next = value + 4;
      break;
    case TOPIC_ALIAS:
      next = value + 2;
      break;
    case USER_PROPERTY:
      next = skipString(bytes, skipString(bytes, value, end), end);
      break;
    case SUBSCRIPTION_IDENTIFIER:
      next = skipInteger(bytes, value, end);
      break;
    default:
      next = skipString(bytes, value, end);
  }
  if (next > end) throw unreadable('truncated');
  return next;
}

/** Where the length-prefixed field at `at` ends, perhaps beyond `end`. */
function skipString(bytes: Uint8Array, at: number, end: number): number {
  return at + 2 > end ? end + 1 : at + 2 + readU16(bytes, at);
}

function skipInteger(bytes: Uint8Array, at: number, end: number): number {
  const value = readVariableByteInteger(bytes, at, end);
  if (value === INCOMPLETE_INTEGER) return end + 1;
  if (value < 0) throw unreadable('malformed-integer'); // [MQTT-1.5.5-1]
  return at + variableByteIntegerSize(value);
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((readU16(bytes, at) << 16) | readU16(bytes, at + 2)) >>> 0;
}

function readTopicAlias(bytes: Uint8Array, at: number): number {
  const alias = readU16(bytes, at);
  if (alias === 0) throw new PacketError('TOPIC_ALIAS_INVALID', 'the Topic Alias is 0', 'MQTT-3.3.2-8'); // [MQTT-3.3.2-8]
  return alias;
}

function checkString(bytes: Uint8Array, start: number, end: number): void {
  const verdict = checkUtf8(bytes, start, end);
  if (verdict < 0) throw unreadable(verdict === Utf8.HasNull ? 'null-character' : 'malformed-utf8');
}

function checkUserProperty(bytes: Uint8Array, at: number, end: number): void {
  const middle = skipString(bytes, at, end);
  checkString(bytes, at + 2, middle); // [MQTT-1.5.7-1]
  checkString(bytes, middle + 2, end);
}

function checkResponseTopic(bytes: Uint8Array, start: number, end: number): void {
  checkString(bytes, start, end); // [MQTT-3.3.2-13]
  if (start === end) throw protocolError('the Response Topic is empty', 'MQTT-4.7.3-1'); // [MQTT-4.7.3-1]
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x2b || byte === 0x23) {
      throw protocolError('the Response Topic contains a wildcard', 'MQTT-3.3.2-14'); // [MQTT-3.3.2-14]
    }
  }
}

/** An own copy of what travels on with the message: all but Topic Alias, expiry and Subscription Identifiers, in order. */
export function copyForwardable(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let size = 0;
  for (let at = start, next = at; at < end; at = next) {
    next = skipProperty(bytes, at, end);
    if (isForwardable(bytes[at]!)) size += next - at;
  }
  if (size === 0) return NOTHING;
  const copy = new Uint8Array(size);
  let length = 0;
  for (let at = start, next = at; at < end; at = next) {
    next = skipProperty(bytes, at, end);
    if (!isForwardable(bytes[at]!)) continue;
    copyBytes(copy, length, bytes, at, next);
    length += next - at;
  }
  return copy;
}

function isForwardable(identifier: number): boolean {
  return identifier !== TOPIC_ALIAS && identifier !== MESSAGE_EXPIRY_INTERVAL && identifier !== SUBSCRIPTION_IDENTIFIER;
}

/** An own copy of the property bytes that travel on with the message: not Topic Alias, expiry, Subscription Identifiers. */
export function forwardableProperties({ buffer, propertiesStart, propertiesEnd }: PublishView): Uint8Array {
  return propertiesStart === propertiesEnd ? NOTHING : copyForwardable(buffer, propertiesStart, propertiesEnd);
}

/**
 * Reads the PUBLISH whose fixed header is [start, bodyStart) and whose rest is [bodyStart, end). Throws PacketError, and
 * then the view holds no packet.
 */
export function readPublishView(
  view: PublishView,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  format: WireFormat,
  names: TopicNameTable,
): void {
  readView(view, bytes, start, bodyStart, end, format, names, scanPublishProperties);
}

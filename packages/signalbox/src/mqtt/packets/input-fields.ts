// Judges the fields of a packet which a caller wants to write, and tells how many bytes they take. Everything throws
// UsageError, before the first byte is written. Knows no packet.

import { Utf8, utf8Length, writeUtf8 } from '../../bytes/utf8.ts';
import { UsageError } from '../errors.ts';
import { isReasonCodeAllowed, type ReasonedPacketType } from '../reason-code-table.ts';
import { hasWildcards, validateTopicFilter, validateTopicName } from '../topics.ts';
import type { ProtocolVersion, QoS, WireFormat } from '../wire-format.ts';

const LONGEST_FIELD = 0xffff;

/** Also true for a Uint8Array of another realm, which `instanceof` denies. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]';
}

export function invalid(field: string, rule: string): UsageError {
  return new UsageError('INVALID_ARGUMENT', `${field} must be ${rule}`);
}

/** Bytes of a UTF-8 Encoded String with its length. §1.5.4 */
export function measureText(text: string, field: string): number {
  if (typeof text !== 'string') throw invalid(field, 'a string');
  const length = utf8Length(text);
  if (length === Utf8.Malformed) throw new UsageError('INVALID_STRING', `${field} contains a lone surrogate`); // [MQTT-1.5.4-1]
  if (length === Utf8.HasNull) throw new UsageError('INVALID_STRING', `${field} contains U+0000`); // [MQTT-1.5.4-2]
  if (length > LONGEST_FIELD) throw new UsageError('INVALID_STRING', `${field} is longer than 65,535 bytes`);
  return 2 + length;
}

/** Writes a UTF-8 Encoded String that measureText found good; returns the offset behind it. */
export function writeText(target: Uint8Array, at: number, text: string): number {
  const end = writeUtf8(target, at + 2, text);
  writeU16(target, at, end - at - 2);
  return end;
}

/** Bytes of a payload: any bytes, or any text but lone surrogates. */
export function measurePayload(payload: Uint8Array | string, field: string): number {
  if (typeof payload !== 'string') {
    if (!isBytes(payload)) throw invalid(field, 'a Uint8Array or a string');
    return payload.length;
  }
  let length = utf8Length(payload);
  if (length === Utf8.HasNull) length = utf8Length(payload.replaceAll('\0', ' ')); // allowed here, and one byte as well
  if (length < 0) throw new UsageError('INVALID_STRING', `${field} contains a lone surrogate`);
  return length;
}

export function writePayload(target: Uint8Array, at: number, payload: Uint8Array | string): number {
  if (typeof payload === 'string') return writeUtf8(target, at, payload);
  target.set(payload, at);
  return at + payload.length;
}

/** Bytes of Binary Data with its length. §1.5.6 */
export function measureBinary(data: Uint8Array | string, field: string): number {
  const length = measurePayload(data, field);
  if (length > LONGEST_FIELD) throw invalid(field, 'at most 65,535 bytes');
  return 2 + length;
}

export function writeBinary(target: Uint8Array, at: number, data: Uint8Array | string): number {
  const end = writePayload(target, at + 2, data);
  writeU16(target, at, end - at - 2);
  return end;
}

export function measureTopicName(topicName: string, field: string): number {
  if (typeof topicName !== 'string') throw invalid(field, 'a string');
  const length = utf8Length(topicName);
  if (length > 0 && length <= LONGEST_FIELD && !hasWildcards(topicName)) return 2 + length;
  throw new UsageError('INVALID_TOPIC_NAME', `${field} is not a Topic Name: ${validateTopicName(topicName)}`);
}

export function measureTopicFilter(topicFilter: string): number {
  if (typeof topicFilter !== 'string') throw invalid('topicFilter', 'a string');
  const problem = validateTopicFilter(topicFilter);
  if (problem !== undefined) throw new UsageError('INVALID_TOPIC_FILTER', `not a Topic Filter: ${problem}`);
  return 2 + utf8Length(topicFilter);
}

export function requireInteger(value: number, maximum: number, field: string): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) throw invalid(field, `an integer from 0 to ${maximum}`);
}

export function requireBoolean(value: boolean | undefined, field: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(field, 'true or false');
}

export function requireQoS(value: QoS | undefined): void {
  if (value !== undefined && value !== 0 && value !== 1 && value !== 2) throw invalid('qos', '0, 1 or 2'); // [MQTT-3.3.1-4]
}

/** Bytes of a Packet Identifier, which is never 0. */
export function measurePacketIdentifier(value: number | undefined, format: WireFormat): number {
  const maximum = format.packetIdentifierSize === 2 ? 0xffff : 0xffff_ffff;
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > maximum) {
    throw invalid('packetIdentifier', `an integer from 1 to ${maximum}`); // [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-2.3.1-1@3.1.1] [MQTT-2.3.1-4@3.1.1]
  }
  return format.packetIdentifierSize;
}

export function writePacketIdentifier(target: Uint8Array, at: number, value: number, format: WireFormat): number {
  return format.packetIdentifierSize === 2 ? writeU16(target, at, value) : writeU32(target, at, value);
}

export function writeU16(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 8;
  target[at + 1] = value;
  return at + 2;
}

export function writeU32(target: Uint8Array, at: number, value: number): number {
  return writeU16(target, writeU16(target, at, value >>> 16), value & 0xffff);
}

export function requireReasonCode(code: number, type: ReasonedPacketType, protocolVersion: ProtocolVersion): void {
  if (typeof code !== 'number' || !isReasonCodeAllowed(code, type, protocolVersion)) {
    throw invalid('reasonCode', `one of ${type.toUpperCase()} in this version of MQTT`);
  }
}

/** Bytes of a list of reason codes. */
export function measureReasonCodes(
  codes: readonly number[],
  type: 'suback' | 'unsuback',
  protocolVersion: ProtocolVersion,
): number {
  if (!Array.isArray(codes) || codes.length === 0) throw invalid('reasonCodes', 'an array of one code at least');
  for (const code of codes) requireReasonCode(code, type, protocolVersion); // [MQTT-3.9.3-2] [MQTT-3.11.3-2]
  return codes.length;
}

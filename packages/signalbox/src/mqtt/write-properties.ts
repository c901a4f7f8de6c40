// Writes the properties of any packet (§2.2.2). measureProperties judges them and throws UsageError; writeProperties
// then writes what was found good. Driven by the property table.

import { variableByteIntegerSize, writeVariableByteInteger } from '../bytes/variable-byte-integer.ts';
import { UsageError } from './errors.ts';
import {
  invalid,
  measureBinary,
  measureText,
  measureTopicName,
  requireBoolean,
  writeBinary,
  writeText,
  writeU16,
  writeU32,
} from './packets/input-fields.ts';
import { NO_PROPERTIES, type Properties, type PropertiesInput, type UserProperty } from './properties.ts';
import { PROPERTY_BY_NAME, type PropertyDescription, SUBSCRIBE_BIT } from './property-table.ts';
import type { ProtocolVersion } from './wire-format.ts';

type Input = PropertiesInput<Properties>;

/** Bytes of the properties with their length, for the packet type (or the will) that `carrier` is the bit of. */
export function measureProperties(
  properties: Input | undefined,
  carrier: number,
  protocolVersion: ProtocolVersion,
): number {
  const own = protocolVersion === 5 ? 1 : 0; // [MQTT-2.2.2-1]
  if (properties === undefined || properties === NO_PROPERTIES) return own;
  if (typeof properties !== 'object' || properties === null) throw invalid('properties', 'an object');
  let length = 0;
  for (const name in properties) length += measureProperty(name, properties[name as keyof Input], carrier);
  if (length === 0) return own;
  if (own === 0) throw new UsageError('INVALID_PROPERTY', 'there are no properties before MQTT 5.0');
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw new UsageError('INVALID_PROPERTY', 'authenticationData needs an authenticationMethod');
  }
  return variableByteIntegerSize(length) + length;
}

function measureProperty(name: string, value: unknown, carrier: number): number {
  const property = PROPERTY_BY_NAME.get(name);
  if (property === undefined) throw new UsageError('INVALID_PROPERTY', `there is no property ${name}`);
  if (value === undefined) return 0;
  if ((property.carriers & carrier) === 0) {
    throw new UsageError('INVALID_PROPERTY', `${name} does not belong into this packet`);
  }
  if (!property.isRepeatable) return 1 + measureValue(value, property);
  if (!Array.isArray(value)) throw invalid(name, 'an array');
  if (carrier === SUBSCRIBE_BIT && value.length > 1 && property.wireType === 'varint') {
    throw new UsageError('INVALID_PROPERTY', 'a SUBSCRIBE has one subscription identifier at most');
  }
  let length = 0;
  for (const entry of value) length += 1 + measureValue(entry, property);
  return length;
}

function measureValue(value: unknown, property: PropertyDescription): number {
  const name = property.name;
  switch (property.wireType) {
    case 'utf8':
      return property.isTopicName ? measureTopicName(value as string, name) : measureText(value as string, name);
    case 'binary':
      return measureBinary(value as Uint8Array, name);
    case 'pair':
      return measurePair(value as UserProperty);
    case 'boolean':
      requireBoolean(value as boolean, name);
      return 1;
    default:
      return measureNumber(value as number, property);
  }
}

function measurePair(pair: UserProperty): number {
  if (!Array.isArray(pair) || pair.length !== 2) throw invalid('userProperties', 'pairs of a name and a value');
  return measureText(pair[0], 'userProperties') + measureText(pair[1], 'userProperties'); // [MQTT-1.5.7-1]
}

function measureNumber(value: number, property: PropertyDescription): number {
  if (!Number.isInteger(value) || value < property.minimum || value > property.maximum) {
    throw invalid(property.name, `an integer from ${property.minimum} to ${property.maximum}`); // [MQTT-3.3.2-8]
  }
  switch (property.wireType) {
    case 'byte':
      return 1;
    case 'u16':
      return 2;
    case 'u32':
      return 4;
    default:
      return variableByteIntegerSize(value);
  }
}

/** Writes properties that measureProperties found good, behind their length; returns the offset behind them. */
export function writeProperties(
  target: Uint8Array,
  at: number,
  properties: Input | undefined,
  protocolVersion: ProtocolVersion,
): number {
  if (protocolVersion < 5) return at;
  const start = at + 1;
  let end = start;
  if (properties !== undefined && properties !== NO_PROPERTIES) {
    for (const name in properties) {
      const value = properties[name as keyof Input];
      if (value !== undefined) end = writeProperty(target, end, PROPERTY_BY_NAME.get(name)!, value);
    }
  }
  const length = end - start;
  const shift = variableByteIntegerSize(length) - 1;
  if (shift > 0) target.copyWithin(start + shift, start, end); // rare: the length takes more than the byte left for it
  writeVariableByteInteger(target, at, length);
  return end + shift;
}

function writeProperty(target: Uint8Array, at: number, property: PropertyDescription, value: unknown): number {
  if (!property.isRepeatable) return writeValue(target, at, property, value);
  let end = at;
  for (const entry of value as readonly unknown[]) end = writeValue(target, end, property, entry);
  return end;
}

function writeValue(target: Uint8Array, start: number, property: PropertyDescription, value: unknown): number {
  target[start] = property.identifier; // all are below 0x80: one byte
  const at = start + 1;
  switch (property.wireType) {
    case 'utf8':
      return writeText(target, at, value as string);
    case 'binary':
      return writeBinary(target, at, value as Uint8Array);
    case 'pair':
      return writeText(target, writeText(target, at, (value as UserProperty)[0]), (value as UserProperty)[1]);
    case 'u16':
      return writeU16(target, at, value as number);
    case 'u32':
      return writeU32(target, at, value as number);
    case 'varint':
      return writeVariableByteInteger(target, at, value as number);
    default:
      target[at] = Number(value); // a byte or a boolean
      return at + 1;
  }
}

// Reads the properties of any packet (§2.2.2), strictly: known, allowed here, once, whole, in range. Driven by the
// property table; what the table cannot say is here. Byte values are windows on the bytes that were read.

import { malformed, PacketError, protocolError } from './errors.ts';
import type { PacketReader } from './packet-reader.ts';
import { NO_PROPERTIES, type Properties, type PropertyName, type UserProperty } from './properties.ts';
import { PROPERTY_BY_IDENTIFIER, type PropertyDescription, SUBSCRIBE_BIT } from './property-table.ts';
import { hasWildcards } from './topics.ts';
import type { ProtocolVersion } from './wire-format.ts';

type PropertyValue = NonNullable<Properties[PropertyName]>;
type Found = { [K in PropertyName]?: PropertyValue };

/**
 * Reads the property length and the properties behind it for the packet type (or the will) that `carrier` is the bit
 * of. Before 5.0 there are none on the wire. Throws PacketError.
 */
export function readProperties(reader: PacketReader, carrier: number, protocolVersion: ProtocolVersion): Properties {
  if (protocolVersion < 5) return NO_PROPERTIES;
  const length = reader.varint();
  if (length === 0) return NO_PROPERTIES;
  if (length > reader.remaining) throw malformed('the properties are longer than the packet');
  const packetEnd = reader.end;
  reader.end = reader.at + length; // no property reaches beyond
  const properties = readPropertyList(reader, carrier);
  reader.end = packetEnd;
  return properties;
}

/** The properties up to the end of what the reader covers, without their length. Throws PacketError. */
export function readPropertyList(reader: PacketReader, carrier: number): Properties {
  const found: Found = {};
  while (reader.at < reader.end) readProperty(reader, found, carrier);
  return found as Properties;
}

function readProperty(reader: PacketReader, found: Found, carrier: number): void {
  const identifier = reader.varint();
  const property = PROPERTY_BY_IDENTIFIER[identifier];
  if (property === undefined) throw malformed(`there is no property 0x${identifier.toString(16)}`);
  if ((property.carriers & carrier) === 0) throw malformed(`${property.name} does not belong into this packet`);
  if (property.isRepeatable) {
    readOneMore(reader, found, property, carrier);
    return;
  }
  if (found[property.name] !== undefined) throw protocolError(`${property.name} occurs twice`);
  found[property.name] = readValue(reader, property);
}

/** User Properties, and Subscription Identifiers: several in PUBLISH, one in SUBSCRIBE. */
function readOneMore(reader: PacketReader, found: Found, property: PropertyDescription, carrier: number): void {
  if (property.wireType === 'pair') {
    const start = reader.at - 1;
    const pair: UserProperty = [reader.utf8(), reader.utf8()]; // [MQTT-1.5.7-1]
    reader.countUserProperty(reader.at - start);
    if (found.userProperties === undefined) found.userProperties = [pair];
    else (found.userProperties as UserProperty[]).push(pair); // [MQTT-3.1.3-10]
    return;
  }
  const identifier = checkRange(reader.varint(), property);
  if (found.subscriptionIdentifiers === undefined) found.subscriptionIdentifiers = [identifier];
  else if (carrier === SUBSCRIBE_BIT) throw protocolError('subscriptionIdentifiers occurs twice');
  else (found.subscriptionIdentifiers as number[]).push(identifier);
}

function readValue(reader: PacketReader, property: PropertyDescription): PropertyValue {
  switch (property.wireType) {
    case 'byte':
      return checkRange(reader.u8(), property);
    case 'boolean':
      return checkRange(reader.u8(), property) === 1;
    case 'u16':
      return checkRange(reader.u16(), property);
    case 'u32':
      return checkRange(reader.u32(), property);
    case 'binary':
      return reader.raw(reader.u16());
    default:
      return property.isTopicName ? readResponseTopic(reader) : reader.utf8();
  }
}

function checkRange(value: number, property: PropertyDescription): number {
  if (value >= property.minimum && value <= property.maximum) return value;
  if (property.name === 'topicAlias')
    throw new PacketError('TOPIC_ALIAS_INVALID', 'the Topic Alias is 0', 'MQTT-3.3.2-8'); // [MQTT-3.3.2-8]
  throw protocolError(`${property.name} cannot be ${value}`);
}

function readResponseTopic(reader: PacketReader): string {
  const topicName = reader.utf8(); // [MQTT-3.3.2-13]
  if (topicName === '') throw protocolError('the Response Topic is empty', 'MQTT-4.7.3-1'); // [MQTT-4.7.3-1]
  if (hasWildcards(topicName)) throw protocolError('the Response Topic has wildcards', 'MQTT-3.3.2-14'); // [MQTT-3.3.2-14]
  return topicName;
}

// The hot lane of PUBLISH: one packet as offsets into the bytes it was read from, validated in one pass and allocating
// nothing when its Topic Name is known. The object form of the same is PublishPacket. §3.3

import { viewOf } from '../bytes/copy.ts';
import { checkUtf8, Utf8 } from '../bytes/utf8.ts';
import {
  INCOMPLETE_INTEGER,
  readVariableByteInteger,
  variableByteIntegerSize,
} from '../bytes/variable-byte-integer.ts';
import { malformed, PacketError, protocolError } from './errors.ts';
import { PacketReader, unreadable } from './packet-reader.ts';
import { PacketTypeNumber, packetTypeBit } from './packets/packet-types.ts';
import type { PublishPacket } from './packets/publish.ts';
import type { PublishProperties } from './properties.ts';
import { NO_PROPERTIES } from './properties.ts';
import type { ReadLimits } from './read-limits.ts';
import { readPropertyList } from './read-properties.ts';
import { DUP_AT_QOS_0 } from './tolerances.ts';
import type { TopicName, TopicNameTable } from './topic-names.ts';
import { NO_TOPIC } from './topic-names.ts';
import type { QoS, WireFormat } from './wire-format.ts';

const NOTHING = new Uint8Array(0);
const PUBLISH_BIT = packetTypeBit(PacketTypeNumber.publish);

/** Valid until the call returns that handed it out; used again for the next packet. */
export class PublishView {
  /** What the offsets refer to. */
  buffer: Uint8Array = NOTHING;
  /** NO_TOPIC when only a Topic Alias was sent: whoever keeps the aliases puts the name here. */
  topic: TopicName = NO_TOPIC;
  payloadStart = 0;
  payloadEnd = 0;
  qos: QoS = 0;
  retain = false;
  duplicate = false;
  /** 0 when `qos` is 0. */
  packetIdentifier = 0;
  /** The raw properties behind their length; an empty range in 3.1.1. */
  propertiesStart = 0;
  propertiesEnd = 0;
  /** 0: none. */
  topicAlias = 0;
  /** −1: none. */
  messageExpiryInterval = -1;
  hasSubscriptionIdentifiers = false;
  /** How many, and their bytes in all. */
  userProperties = 0;
  userPropertyBytes = 0;
  /** What was read already, where that was the way to validate them. */
  properties: PublishProperties | undefined;

  /** The object form. Its payload is a window on the buffer, valid as long as this view is. */
  toPacket(): PublishPacket {
    return {
      type: 'publish',
      topicName: this.topic.name,
      payload: viewOf(this.buffer, this.payloadStart, this.payloadEnd),
      qos: this.qos,
      retain: this.retain,
      duplicate: this.duplicate,
      packetIdentifier: this.packetIdentifier,
      properties: this.properties ?? this.#readProperties(),
    };
  }

  #readProperties(): PublishProperties {
    if (this.propertiesStart === this.propertiesEnd) return NO_PROPERTIES;
    return readPropertyList(new PacketReader(this.buffer, this.propertiesStart, this.propertiesEnd), PUBLISH_BIT);
  }
}

/** Validates the properties in [start, end) of a PUBLISH and puts into the view what a connection needs of them. Throws PacketError. */
export type ScanProperties = (
  view: PublishView,
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: ReadLimits | undefined,
) => void;

/** The way for who wants the properties as an object anyway: they are read once, and kept in the view. */
export function readViewProperties(
  view: PublishView,
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: ReadLimits | undefined,
): void {
  const reader = new PacketReader(bytes, start, end);
  if (limits !== undefined) reader.limits = limits;
  const properties: PublishProperties = readPropertyList(reader, PUBLISH_BIT);
  view.properties = properties;
  view.userProperties = reader.userProperties;
  view.userPropertyBytes = reader.userPropertyBytes;
  view.topicAlias = properties.topicAlias ?? 0;
  view.messageExpiryInterval = properties.messageExpiryInterval ?? -1;
  view.hasSubscriptionIdentifiers = properties.subscriptionIdentifiers !== undefined;
}

/**
 * Reads the PUBLISH whose fixed header is [start, bodyStart) and whose rest is [bodyStart, end). Throws PacketError, and
 * then the view holds no packet.
 */
export function readView(
  view: PublishView,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  format: WireFormat,
  names: TopicNameTable,
  scan: ScanProperties,
  limits?: ReadLimits,
): void {
  const flags = bytes[start]!;
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw malformed('both QoS bits are set', 'MQTT-3.3.1-4'); // [MQTT-3.3.1-4] [MQTT-3.3.1-4@3.1.1]
  if (qos === 0 && (flags & 8) !== 0) requireTolerated(format);

  const topicStart = bodyStart + 2;
  if (topicStart > end) throw unreadable('truncated');
  const topicEnd = topicStart + ((bytes[bodyStart]! << 8) | bytes[bodyStart + 1]!);
  if (topicEnd > end) throw unreadable('truncated');
  let at = topicEnd;

  view.buffer = bytes;
  view.qos = qos as QoS;
  view.retain = (flags & 1) !== 0;
  view.duplicate = qos !== 0 && (flags & 8) !== 0;
  view.packetIdentifier = 0;
  if (qos !== 0) {
    at += format.packetIdentifierSize;
    if (at > end) throw unreadable('truncated');
    view.packetIdentifier = readPacketIdentifier(bytes, topicEnd, at);
  }

  view.topicAlias = 0;
  view.messageExpiryInterval = -1;
  view.hasSubscriptionIdentifiers = false;
  view.userProperties = 0;
  view.properties = undefined;
  view.propertiesStart = at;
  view.propertiesEnd = at;
  if (format.protocolVersion === 5) {
    if (at < end && bytes[at] === 0) at++;
    else at = scanProperties(view, bytes, at, end, scan, limits);
  }
  view.payloadStart = at;
  view.payloadEnd = end;

  if (topicEnd === topicStart) {
    if (view.topicAlias === 0) throw protocolError('neither a Topic Name nor a Topic Alias', 'MQTT-4.7.3-1'); // [MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1]
    view.topic = NO_TOPIC;
    return;
  }
  const topic = names.intern(bytes, topicStart, topicEnd); // [MQTT-3.3.2-1@3.1.1]
  if (topic === undefined) throw topicProblem(bytes, topicStart, topicEnd);
  view.topic = topic;
}

function readPacketIdentifier(bytes: Uint8Array, start: number, end: number): number {
  let identifier = (bytes[start]! << 8) | bytes[start + 1]!;
  if (end - start === 4) identifier = ((identifier << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!) >>> 0;
  if (identifier === 0) throw protocolError('the Packet Identifier is 0', 'MQTT-2.2.1-3'); // [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-2.3.1-1@3.1.1] [MQTT-2.3.1-4@3.1.1]
  return identifier;
}

/** Reads the property length at `at` and the properties behind it; returns where the payload starts. */
function scanProperties(
  view: PublishView,
  bytes: Uint8Array,
  at: number,
  end: number,
  scan: ScanProperties,
  limits: ReadLimits | undefined,
): number {
  const length = readVariableByteInteger(bytes, at, end);
  if (length === INCOMPLETE_INTEGER) throw unreadable('truncated');
  if (length < 0) throw unreadable('malformed-integer'); // [MQTT-1.5.5-1]
  const start = at + variableByteIntegerSize(length);
  const propertiesEnd = start + length;
  if (propertiesEnd > end) throw unreadable('truncated');
  view.propertiesStart = start;
  view.propertiesEnd = propertiesEnd;
  view.userPropertyBytes = 0;
  scan(view, bytes, start, propertiesEnd, limits);
  return propertiesEnd;
}

/** Why these bytes are no Topic Name. */
function topicProblem(bytes: Uint8Array, start: number, end: number): PacketError {
  const verdict = checkUtf8(bytes, start, end);
  if (verdict >= 0) return new PacketError('TOPIC_NAME_INVALID', 'the Topic Name contains a wildcard', 'MQTT-3.3.2-2'); // [MQTT-3.3.2-2]
  return unreadable(verdict === Utf8.HasNull ? 'null-character' : 'malformed-utf8'); // [MQTT-3.3.2-1] [MQTT-4.7.3-2]
}

function requireTolerated({ tolerances = 0 }: WireFormat): void {
  if ((tolerances & DUP_AT_QOS_0) !== 0) return;
  throw malformed('DUP is set at QoS 0', 'MQTT-3.3.1-2'); // [MQTT-3.3.1-2] [MQTT-3.3.1-2@3.1.1]
}

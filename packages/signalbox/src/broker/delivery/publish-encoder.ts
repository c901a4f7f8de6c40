/**
 * PUBLISH as the broker sends it (§3.3): written straight into the slab from where the publication lies, once for all
 * receivers that take the same bytes. It must not know sessions or quotas.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { variableByteIntegerSize, writeVariableByteInteger } from '../../bytes/variable-byte-integer.ts';
import type { Writer } from '../../bytes/writer.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import { MSIP_VERSION, type SpokenVersion } from '../connection/link.ts';
import { eventSize, writeEvent } from './event-encoder.ts';
import type { Publication } from './publication.ts';

const PUBLISH = 0x30;
const MESSAGE_EXPIRY_INTERVAL = 0x02;
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const TOPIC_ALIAS = 0x23;

/** How one receiver gets the publication. One object is filled in again and again. */
export class PublishForm {
  protocolVersion: SpokenVersion = 4;
  qos: QoS = 0;
  retain = false;
  packetIdentifier = 0;
  /** What an EVENT of MSIP that is to be acknowledged is called: the number of the message. */
  number = 0;
  subscriptionIdentifiers: readonly number[] | undefined = undefined;
  /** 0: none. */
  topicAlias = 0;
  /** The receiver knows the alias already: the Topic Name is left empty (§3.3.2.3.4). */
  isTopicOmitted = false;
}

/** Size of the whole packet in bytes. */
export function publishSize(publication: Publication, form: PublishForm): number {
  if (form.protocolVersion === MSIP_VERSION) return eventSize(publication);
  const remaining = remainingLength(publication, form);
  return 1 + variableByteIntegerSize(remaining) + remaining;
}

/** Appends the packet to the slab; answers where it starts. */
export function writePublish(writer: Writer, publication: Publication, form: PublishForm, now: number): number {
  if (form.protocolVersion === MSIP_VERSION) return writeEvent(writer, publication, form);
  const remaining = remainingLength(publication, form);
  const start = writer.reserve(1 + variableByteIntegerSize(remaining) + remaining);
  const bytes = writer.bytes;
  bytes[start] = PUBLISH | (form.qos << 1) | (form.retain ? 1 : 0); // [MQTT-3.3.1-3] [MQTT-3.3.1-3@3.1.1]
  let at = writeVariableByteInteger(bytes, start + 1, remaining);
  const topic = publication.topic.bytes;
  const topicLength = form.isTopicOmitted ? 0 : topic.length;
  bytes[at++] = topicLength >>> 8;
  bytes[at++] = topicLength;
  copyBytes(bytes, at, topic, 0, topicLength);
  at += topicLength;
  if (form.qos > 0) {
    bytes[at++] = form.packetIdentifier >>> 8;
    bytes[at++] = form.packetIdentifier;
  }
  if (form.protocolVersion === 5) at = writeProperties(bytes, at, publication, form, now);
  copyBytes(bytes, at, publication.buffer, publication.payloadStart, publication.payloadEnd);
  return start;
}

function remainingLength(publication: Publication, form: PublishForm): number {
  const topicLength = form.isTopicOmitted ? 0 : publication.topic.bytes.length;
  const length = 2 + topicLength + (form.qos > 0 ? 2 : 0) + publication.payloadEnd - publication.payloadStart;
  if (form.protocolVersion !== 5) return length;
  const properties = propertiesLength(publication, form);
  return length + variableByteIntegerSize(properties) + properties;
}

function propertiesLength(publication: Publication, form: PublishForm): number {
  let length = publication.properties.length;
  if (publication.expiresAt !== Number.POSITIVE_INFINITY) length += 5;
  if (form.topicAlias !== 0) length += 3;
  const identifiers = form.subscriptionIdentifiers;
  if (identifiers !== undefined) {
    for (let i = 0; i < identifiers.length; i++) length += 1 + variableByteIntegerSize(identifiers[i]!);
  }
  return length;
}

function writeProperties(
  bytes: Uint8Array,
  offset: number,
  publication: Publication,
  form: PublishForm,
  now: number,
): number {
  let at = writeVariableByteInteger(bytes, offset, propertiesLength(publication, form));
  if (publication.expiresAt !== Number.POSITIVE_INFINITY) {
    // The interval received minus the time the message waited here. [MQTT-3.3.2-6]
    const seconds = Math.max(0, Math.ceil((publication.expiresAt - now) / 1000));
    bytes[at++] = MESSAGE_EXPIRY_INTERVAL;
    bytes[at++] = seconds >>> 24;
    bytes[at++] = seconds >>> 16;
    bytes[at++] = seconds >>> 8;
    bytes[at++] = seconds;
  }
  if (form.topicAlias !== 0) {
    bytes[at++] = TOPIC_ALIAS;
    bytes[at++] = form.topicAlias >>> 8;
    bytes[at++] = form.topicAlias;
  }
  const identifiers = form.subscriptionIdentifiers;
  if (identifiers !== undefined) {
    for (let i = 0; i < identifiers.length; i++) {
      bytes[at++] = SUBSCRIPTION_IDENTIFIER;
      at = writeVariableByteInteger(bytes, at, identifiers[i]!);
    }
  }
  copyBytes(bytes, at, publication.properties, 0, publication.properties.length);
  return at + publication.properties.length;
}

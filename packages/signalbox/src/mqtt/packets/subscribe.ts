// SUBSCRIBE (§3.8): asks for the messages of one or more topic filters. Type, read and write.

import { malformed, protocolError, UsageError } from '../errors.ts';
import type { PacketReader } from '../packet-reader.ts';
import type { PropertiesInput, SubscribeProperties } from '../properties.ts';
import { readProperties } from '../read-properties.ts';
import { parseShare } from '../topics.ts';
import type { QoS, WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import {
  invalid,
  measurePacketIdentifier,
  measureTopicFilter,
  requireBoolean,
  requireQoS,
  writePacketIdentifier,
  writeText,
} from './input-fields.ts';
import { readPacketIdentifier, readTopicFilter } from './packet-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';

/** 0: send retained messages; 1: only for a new subscription; 2: do not send them. */
export type RetainHandling = 0 | 1 | 2;

/** One topic filter with its options. Before 5.0 only `qos` exists; the other options read as false, false and 0. */
export interface SubscriptionRequest {
  readonly topicFilter: string;
  /** The highest QoS the subscriber wants to receive with. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: RetainHandling;
}

export interface SubscribePacket {
  readonly type: 'subscribe';
  readonly packetIdentifier: number;
  readonly subscriptions: readonly SubscriptionRequest[];
  readonly properties: SubscribeProperties;
}

export interface SubscriptionRequestInput {
  readonly topicFilter: string;
  readonly qos?: QoS | undefined;
  readonly noLocal?: boolean | undefined;
  readonly retainAsPublished?: boolean | undefined;
  readonly retainHandling?: RetainHandling | undefined;
}

export interface SubscribeInput {
  readonly type: 'subscribe';
  /** A Connection assigns it when absent. */
  readonly packetIdentifier?: number | undefined;
  /** One at least. */
  readonly subscriptions: readonly SubscriptionRequestInput[];
  readonly properties?: PropertiesInput<SubscribeProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.subscribe);

/** The bits of the options byte (§3.8.3.1). */
const QOS_BITS = 0x03;
const NO_LOCAL = 0x04;
const RETAIN_AS_PUBLISHED = 0x08;
const RESERVED_BITS = 0xc0;

export function readSubscribe(reader: PacketReader, format: WireFormat): SubscribePacket {
  const packetIdentifier = readPacketIdentifier(reader, format);
  const properties = readProperties(reader, CARRIER, format.protocolVersion);
  if (reader.remaining === 0) throw protocolError('there is no Topic Filter', 'MQTT-3.8.3-2'); // [MQTT-3.8.3-2] [MQTT-3.8.3-3@3.1.1]
  const subscriptions: SubscriptionRequest[] = [];
  while (reader.remaining > 0) {
    subscriptions.push(readSubscription(reader, format));
    reader.countTopicFilters(subscriptions.length);
  }
  return { type: 'subscribe', packetIdentifier, subscriptions, properties };
}

function readSubscription(reader: PacketReader, format: WireFormat): SubscriptionRequest {
  const topicFilter = readTopicFilter(reader); // [MQTT-3.8.3-1] [MQTT-3.8.3-1@3.1.1]
  const options = reader.u8();
  const qos = options & QOS_BITS;
  const noLocal = (options & NO_LOCAL) !== 0;
  const retainHandling = (options >> 4) & 3;
  if (format.protocolVersion < 5) {
    if (options > 2) throw malformed('the requested QoS is not 0, 1 or 2', 'MQTT-3.8.3-4@3.1.1'); // [MQTT-3.8.3-4@3.1.1]
  } else {
    if ((options & RESERVED_BITS) !== 0) throw malformed('a reserved subscription option is set', 'MQTT-3.8.3-5'); // [MQTT-3.8.3-5]
    if (qos === 3) throw protocolError('the maximum QoS of a subscription is 3');
    if (retainHandling === 3) throw protocolError('the Retain Handling of a subscription is 3');
    if (noLocal && parseShare(topicFilter) !== undefined) {
      throw protocolError('No Local is set on a shared subscription', 'MQTT-3.8.3-4'); // [MQTT-3.8.3-4]
    }
  }
  return {
    topicFilter,
    qos: qos as QoS,
    noLocal,
    retainAsPublished: (options & RETAIN_AS_PUBLISHED) !== 0,
    retainHandling: retainHandling as RetainHandling,
  };
}

function measure(packet: SubscribeInput, format: WireFormat): number {
  const subscriptions = packet.subscriptions;
  if (!Array.isArray(subscriptions) || subscriptions.length === 0) {
    throw new UsageError('INVALID_ARGUMENT', 'a SUBSCRIBE must have subscriptions'); // [MQTT-3.8.3-2]
  }
  let size =
    measurePacketIdentifier(packet.packetIdentifier, format) +
    measureProperties(packet.properties, CARRIER, format.protocolVersion);
  for (const subscription of packet.subscriptions) size += measureSubscription(subscription, format);
  return size;
}

function measureSubscription(subscription: SubscriptionRequestInput, format: WireFormat): number {
  const { topicFilter, qos, noLocal, retainAsPublished, retainHandling } = subscription;
  const size = measureTopicFilter(topicFilter) + 1;
  requireQoS(qos);
  requireBoolean(noLocal, 'noLocal');
  requireBoolean(retainAsPublished, 'retainAsPublished');
  if (retainHandling !== undefined && retainHandling !== 0 && retainHandling !== 1 && retainHandling !== 2) {
    throw invalid('retainHandling', '0, 1 or 2');
  }
  const options = optionsOf(subscription);
  if (format.protocolVersion < 5 && options > 2) {
    throw new UsageError('INVALID_ARGUMENT', 'a subscription has no options but qos before MQTT 5.0');
  }
  if (noLocal && parseShare(topicFilter) !== undefined) {
    throw new UsageError('INVALID_ARGUMENT', 'noLocal must not be set on a shared subscription'); // [MQTT-3.8.3-4]
  }
  return size;
}

function optionsOf({ qos, noLocal, retainAsPublished, retainHandling }: SubscriptionRequestInput): number {
  const flags = (noLocal ? NO_LOCAL : 0) | (retainAsPublished ? RETAIN_AS_PUBLISHED : 0);
  return (qos ?? 0) | flags | ((retainHandling ?? 0) << 4);
}

function write(target: Uint8Array, start: number, _end: number, packet: SubscribeInput, format: WireFormat): void {
  let at = writePacketIdentifier(target, start, packet.packetIdentifier!, format);
  at = writeProperties(target, at, packet.properties, format.protocolVersion);
  for (const subscription of packet.subscriptions) {
    at = writeText(target, at, subscription.topicFilter);
    target[at++] = optionsOf(subscription);
  }
}

export const SUBSCRIBE: WritingForm<SubscribeInput> = { firstByte: 0x82, measure, write };

// PUBLISH (§3.3): carries an application message. Type, read and write. Read through the hot lane of publish-view.ts.

import type { PropertiesInput, PublishProperties } from '../properties.ts';
import { PublishView, readView, readViewProperties } from '../publish-view.ts';
import { RecentTopicNames } from '../topic-names.ts';
import type { QoS, WireFormat } from '../wire-format.ts';
import { measureProperties, writeProperties } from '../write-properties.ts';
import {
  invalid,
  measurePacketIdentifier,
  measurePayload,
  measureTopicName,
  requireBoolean,
  requireQoS,
  writePacketIdentifier,
  writePayload,
  writeText,
} from './input-fields.ts';
import type { WritingForm } from './packet-form.ts';
import { PacketTypeNumber, packetTypeBit } from './packet-types.ts';
import { appendPlainPublish, publishFirstByte } from './plain-publish.ts';

export interface PublishPacket {
  readonly type: 'publish';
  /** Empty when a topic alias stands for it (5.0). */
  readonly topicName: string;
  /** A window on the bytes that were read: valid until the call returns that handed it out; copy it to keep it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly duplicate: boolean;
  /** 0 when `qos` is 0. */
  readonly packetIdentifier: number;
  readonly properties: PublishProperties;
}

export interface PublishInput {
  readonly type: 'publish';
  readonly topicName: string;
  /** Text is sent as UTF-8. Default: empty. */
  readonly payload?: Uint8Array | string | undefined;
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  readonly duplicate?: boolean | undefined;
  /** Must be there when `qos` is 1 or 2 (a Connection assigns it), absent or 0 when it is 0. */
  readonly packetIdentifier?: number | undefined;
  readonly properties?: PropertiesInput<PublishProperties> | undefined;
}

const CARRIER = packetTypeBit(PacketTypeNumber.publish);
const NOTHING = new Uint8Array(0);

/** Topic Names seen by readPublish: enough for the topics in use at a time, a megabyte at most. */
const NAMES: RecentTopicNames = /* @__PURE__ */ new RecentTopicNames(4096);
const VIEW: PublishView = /* @__PURE__ */ new PublishView();

/** Reads the PUBLISH whose fixed header is [start, bodyStart). Throws PacketError. */
export function readPublish(
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  format: WireFormat,
): PublishPacket {
  try {
    readView(VIEW, bytes, start, bodyStart, end, format, NAMES, readViewProperties);
    return VIEW.toPacket();
  } finally {
    VIEW.buffer = NOTHING; // nobody's bytes are pinned
    VIEW.properties = undefined;
  }
}

function measure(packet: PublishInput, format: WireFormat): number {
  const { topicName, qos, packetIdentifier, properties } = packet;
  requireQoS(qos);
  requireBoolean(packet.retain, 'retain');
  requireBoolean(packet.duplicate, 'duplicate');
  let size = measureProperties(properties, CARRIER, format.protocolVersion);
  if (topicName === '' && properties?.topicAlias !== undefined) size += 2;
  else size += measureTopicName(topicName, 'topicName'); // [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-3.3.2-2@3.1.1]
  if (qos === 1 || qos === 2) size += measurePacketIdentifier(packetIdentifier, format);
  else {
    if (packetIdentifier) throw invalid('packetIdentifier', 'absent at QoS 0'); // [MQTT-2.2.1-2] [MQTT-2.3.1-5@3.1.1]
    if (packet.duplicate) throw invalid('duplicate', 'false at QoS 0'); // [MQTT-3.3.1-2] [MQTT-3.3.1-2@3.1.1]
  }
  return size + (packet.payload === undefined ? 0 : measurePayload(packet.payload, 'payload'));
}

function write(target: Uint8Array, start: number, _end: number, packet: PublishInput, format: WireFormat): void {
  let at = writeText(target, start, packet.topicName);
  if (packet.qos === 1 || packet.qos === 2) at = writePacketIdentifier(target, at, packet.packetIdentifier!, format);
  at = writeProperties(target, at, packet.properties, format.protocolVersion);
  if (packet.payload !== undefined) writePayload(target, at, packet.payload);
}

export const PUBLISH: WritingForm<PublishInput> = {
  firstByte: 0x30,
  firstByteOf: publishFirstByte,
  appendPlain: appendPlainPublish,
  measure,
  write,
};

// The short way to write the most common PUBLISH: a topic name in ASCII, a payload in bytes, no properties. Measures it
// without looking at the topic and judges that while writing. Whatever is not plain is left to the general way. §3.3

import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import { writeVariableByteInteger } from '../../bytes/variable-byte-integer.ts';
import { NO_PROPERTIES } from '../properties.ts';
import type { WireFormat } from '../wire-format.ts';
import { writePacketIdentifier } from './input-fields.ts';
import { PacketTypeNumber } from './packet-types.ts';
import type { PublishInput } from './publish.ts';
import { sizeWith } from './write-packet.ts';

const LONGEST_PLAIN_TOPIC = 1024;
const LARGEST_PLAIN_PAYLOAD = 0x10_0000;
const DUPLICATE = 8;

/** The first byte of a PUBLISH that was found good. */
export function publishFirstByte({ qos, retain, duplicate }: PublishInput): number {
  return (PacketTypeNumber.publish << 4) | ((qos ?? 0) << 1) | (retain ? 1 : 0) | (duplicate ? DUPLICATE : 0);
}

/** The Remaining Length of a PUBLISH that is plain as far as one can tell without its topic's characters; −1 if not. */
export function measurePlainPublish(packet: PublishInput, format: WireFormat): number {
  const { topicName, payload, qos, retain, duplicate, packetIdentifier, properties } = packet;
  if (properties !== undefined && properties !== NO_PROPERTIES) return -1;
  if (typeof topicName !== 'string' || topicName.length > LONGEST_PLAIN_TOPIC || topicName === '') return -1;
  if (!(payload instanceof Uint8Array) || payload.length > LARGEST_PLAIN_PAYLOAD) return -1;
  if (retain !== undefined && typeof retain !== 'boolean') return -1;
  const size = 2 + topicName.length + payload.length + (format.protocolVersion === 5 ? 1 : 0);
  if (qos === 0 || qos === undefined) return packetIdentifier || duplicate ? -1 : size;
  if (qos !== 1 && qos !== 2) return -1;
  if (duplicate !== undefined && typeof duplicate !== 'boolean') return -1;
  const isIdentifier =
    typeof packetIdentifier === 'number' && Number.isInteger(packetIdentifier) && packetIdentifier > 0;
  if (!isIdentifier || packetIdentifier > (format.packetIdentifierSize === 2 ? 0xffff : 0xffff_ffff)) return -1;
  return size + format.packetIdentifierSize;
}

/** Fills the bytes from `start` with a packet measured as plain; false when its topic turns out not to be. */
export function writePlainPublish(
  target: Uint8Array,
  start: number,
  remainingLength: number,
  packet: PublishInput,
  format: WireFormat,
): boolean {
  const { topicName, packetIdentifier } = packet;
  target[start] = publishFirstByte(packet);
  let at = writeVariableByteInteger(target, start + 1, remainingLength);
  const length = topicName.length;
  target[at++] = length >>> 8;
  target[at++] = length;
  for (let index = 0; index < length; index++) {
    const unit = topicName.charCodeAt(index);
    if (unit > 0x7f || unit === 0x2b || unit === 0x23 || unit === 0) return false; // [MQTT-3.3.2-2] [MQTT-4.7.3-2]
    target[at++] = unit;
  }
  if (packet.qos) at = writePacketIdentifier(target, at, packetIdentifier!, format);
  if (format.protocolVersion === 5) target[at++] = 0; // [MQTT-2.2.2-1]
  target.set(packet.payload as Uint8Array, at);
  return true;
}

/** Appends the packet when it is plain; false when it is not, and then nothing was written. */
export function appendPlainPublish(writer: GrowingBytes, packet: PublishInput, format: WireFormat): boolean {
  const plain = measurePlainPublish(packet, format);
  if (plain < 0) return false;
  const at = writer.reserve(sizeWith(plain));
  if (writePlainPublish(writer.bytes, at, plain, packet, format)) return true;
  writer.length = at;
  return false;
}

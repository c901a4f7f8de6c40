// What must hold for any bytes taken as one packet: only a PacketError is thrown, the bytes around do not matter, what is
// accepted can be written and read back, and the hot lane of PUBLISH judges like the general readers.

import { Writer } from '../../src/bytes/writer.ts';
import { PacketReader } from '../../src/mqtt/packet-reader.ts';
import { type Packet, packetSize, readPacket, writePacket, writePacketTo } from '../../src/mqtt/packets/packet.ts';
import { PacketTypeNumber, packetTypeBit } from '../../src/mqtt/packets/packet-types.ts';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { NO_PROPERTIES, type PublishProperties } from '../../src/mqtt/properties.ts';
import { forwardableProperties, readPublishView } from '../../src/mqtt/publish-properties.ts';
import { PublishView } from '../../src/mqtt/publish-view.ts';
import { readProperties } from '../../src/mqtt/read-properties.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import type { WireFormat } from '../../src/mqtt/wire-format.ts';
import { canonical, outcomeOf } from './canonical.ts';

/** Small, so that names are forgotten and met again all the time. */
const NAMES = new TopicNames({ limit: 8 });
const VIEW = new PublishView();
const PUBLISH_BIT = packetTypeBit(PacketTypeNumber.publish);

export function expectSame(what: string, left: string, right: string): void {
  if (left !== right) throw new Error(`${what}\n  ${left}\n  ${right}`);
}

export function checkPacket(bytes: Uint8Array, format: WireFormat): void {
  let packet: Packet | undefined;
  const outcome = outcomeOf(() => {
    packet = readPacket(bytes, 0, bytes.length, format);
    return packet;
  });
  for (const filler of [0x00, 0xff]) {
    const around = new Uint8Array(bytes.length + 12).fill(filler);
    around.set(bytes, 5);
    const inside = outcomeOf(() => readPacket(around, 5, 5 + bytes.length, format));
    expectSame('the bytes around a packet matter', inside, outcome);
  }
  if (packet === undefined) return;
  checkWriting(packet, format);
  if (packet.type === 'publish') checkView(packet, bytes, format);
}

/** CONNECT brings its own version. */
function formatOf(packet: Packet, format: WireFormat): WireFormat {
  return packet.type === 'connect' ? { ...format, protocolVersion: packet.protocolVersion } : format;
}

/** Read for the sake of peers who write it, but never written by us. */
function isReadOnly(packet: Packet, { protocolVersion }: WireFormat): boolean {
  if (packet.type === 'connack') return protocolVersion === 3 && packet.sessionPresent; // a reserved bit in 3.1
  return packet.type === 'auth' && packet.reasonCode !== 0 && packet.properties.authenticationMethod === undefined;
}

function checkWriting(packet: Packet, readFormat: WireFormat): void {
  const format = formatOf(packet, readFormat);
  if (isReadOnly(packet, format)) return;
  const written = writePacket(packet, format);
  expectSame('packetSize is wrong', String(packetSize(packet, format)), String(written.length));
  const again = readPacket(written, 0, written.length, format);
  expectSame('written and read back it is another', canonical(again), canonical(packet));
  const writer = new Writer(16);
  writer.u8(0x77);
  writePacketTo(writer, packet, format);
  expectSame('writePacketTo writes something else', canonical(writer.take(1)), canonical(written));
}

function checkView(packet: PublishPacket, bytes: Uint8Array, format: WireFormat): void {
  let bodyStart = 2;
  while (bytes[bodyStart - 1]! >= 0x80) bodyStart++;
  readPublishView(VIEW, bytes, 0, bodyStart, bytes.length, format, NAMES);
  const { topicAlias, messageExpiryInterval, subscriptionIdentifiers, ...rest } = packet.properties;
  const found = [VIEW.topicAlias, VIEW.messageExpiryInterval, VIEW.hasSubscriptionIdentifiers];
  const expected = [topicAlias ?? 0, messageExpiryInterval ?? -1, subscriptionIdentifiers !== undefined];
  expectSame('the view has other properties', canonical(found), canonical(expected));
  expectSame('the view is another packet', canonical(VIEW.toPacket()), canonical(packet));
  const forwarded = forwardableProperties(VIEW);
  const header = new Writer();
  header.varint(forwarded.length);
  header.raw(forwarded);
  const properties = readPublishProperties(header.take(0));
  expectSame('other properties are forwarded', canonical(properties), canonical(rest));
}

function readPublishProperties(bytes: Uint8Array): PublishProperties {
  return readProperties(new PacketReader(bytes, 0, bytes.length), PUBLISH_BIT, 5);
}

/** The view scans properties with code of its own: both readers must take and refuse the same. */
export function checkPublishProperties(properties: Uint8Array): void {
  const writer = new Writer();
  writer.raw(Uint8Array.of(0, 1, 0x61));
  const start = writer.length;
  writer.varint(properties.length);
  writer.raw(properties);
  const bytes = writer.take(0);
  const format = { protocolVersion: 5, packetIdentifierSize: 2 } as const;
  const general = verdict(() => readPublishProperties(bytes.subarray(start)));
  // The fixed header is not looked at for its length, so QoS 0 of any size will do.
  const whole = Uint8Array.of(0x30, 0, ...bytes);
  const hot = verdict(() => {
    readPublishView(VIEW, whole, 0, 2, whole.length, format, NAMES);
    return NO_PROPERTIES;
  });
  expectSame('the readers of properties do not agree', hot, general);
}

function verdict(call: () => unknown): string {
  const outcome = outcomeOf(call);
  return outcome.startsWith('PacketError') ? outcome.split(' ').slice(0, 2).join(' ') : 'accepted';
}

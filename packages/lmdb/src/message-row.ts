/**
 * A message as bytes, alone or at the end of another row. Times are milliseconds since 1970, as they are in the broker.
 */
import type { KeptMessage } from 'signalbox/broker';
import { TopicName } from 'signalbox/mqtt';
import type { RowReader } from './row-reader.ts';

const QOS = 0x03;
const RETAIN = 0x04;
const EXPIRES = 0x08;
const HAS_PROPERTIES = 0x10;
const HAS_PUBLISHER = 0x20;
const NO_BYTES = new Uint8Array(0);

export function messageSize({ topic, payload, properties, publisher, expiresAt }: KeptMessage): number {
  let size = 8 + 1 + 2 + topic.bytes.length + payload.length;
  if (expiresAt !== Number.POSITIVE_INFINITY) size += 8;
  if (properties.length > 0) size += 4 + properties.length;
  if (publisher !== '') size += 2 + Buffer.byteLength(publisher);
  return size;
}

/** Its number, flags, what the flags say there is, Topic Name, and the payload to the end. */
export function writeMessage(row: Buffer, start: number, message: KeptMessage): void {
  const { topic, payload, properties, publisher, expiresAt } = message;
  const expires = expiresAt !== Number.POSITIVE_INFINITY;
  let at = row.writeDoubleBE(message.id, start);
  const flags = message.qos | (message.retain ? RETAIN : 0) | (expires ? EXPIRES : 0);
  const parts = (properties.length > 0 ? HAS_PROPERTIES : 0) | (publisher !== '' ? HAS_PUBLISHER : 0);
  at = row.writeUInt8(flags | parts, at);
  if (expires) at = row.writeDoubleBE(expiresAt, at);
  if (publisher !== '') {
    const length = row.write(publisher, at + 2);
    at = row.writeUInt16BE(length, at) + length;
  }
  if (properties.length > 0) {
    at = row.writeUInt32BE(properties.length, at);
    row.set(properties, at);
    at += properties.length;
  }
  at = row.writeUInt16BE(topic.bytes.length, at);
  row.set(topic.bytes, at);
  row.set(payload, at + topic.bytes.length);
}

export function messageRow(message: KeptMessage): Buffer {
  const row = Buffer.allocUnsafe(messageSize(message));
  writeMessage(row, 0, message);
  return row;
}

export function readMessage(row: RowReader): KeptMessage {
  const id = row.f64();
  const flags = row.u8();
  const expiresAt = (flags & EXPIRES) === 0 ? Number.POSITIVE_INFINITY : row.f64();
  const publisher = (flags & HAS_PUBLISHER) === 0 ? '' : row.text(row.u16());
  const properties = (flags & HAS_PROPERTIES) === 0 ? NO_BYTES : row.bytes(row.u32());
  const length = row.u16();
  const name = row.peekText(length);
  const bytes = row.bytes(length);
  const topic = new TopicName(name, bytes);
  const payload = row.rest();
  const size = bytes.length + payload.length + properties.length;
  const qos = (flags & QOS) as 0 | 1 | 2;
  return { topic, payload, qos, retain: (flags & RETAIN) !== 0, properties, publisher, expiresAt, size, id };
}

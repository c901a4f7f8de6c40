/**
 * EVENT as the broker sends it to subscribers who speak MSIP: written straight into the slab, once for all who take the
 * same bytes. It must not know sessions. docs/msip.md
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import { MsgKind } from './msip-mark.ts';
import type { Publication } from './publication.ts';
import type { PublishForm } from './publish-encoder.ts';

const HEADER_SIZE = 24;
const MAGIC = [0x4d, 0x53, 0x49, 0x50] as const;
const VERSION = 1;
const EVENT = 5;
const ACK_REQUIRED = 0x01;
const COMPRESSED = 0x02;
const URGENT = 0x04;

/** Size of the whole frame in bytes. */
export function eventSize(publication: Publication): number {
  return HEADER_SIZE + payloadLength(publication);
}

/** Appends the frame to the slab; answers where it starts. */
export function writeEvent(slab: GrowingBytes, publication: Publication, form: PublishForm): number {
  const length = payloadLength(publication);
  const start = slab.reserve(HEADER_SIZE + length);
  const { bytes } = slab;
  const { mark, compressed, topic } = publication;
  const isAcknowledged = form.qos > 0;
  let at = start;
  for (const byte of MAGIC) bytes[at++] = byte;
  bytes[at++] = VERSION;
  bytes[at++] = (isAcknowledged ? ACK_REQUIRED : 0) | (compressed ? COMPRESSED : 0) | (mark.isUrgent ? URGENT : 0);
  bytes[at++] = 0;
  bytes[at++] = EVENT;
  bytes[at++] = 0;
  bytes[at++] = form.retain ? MsgKind.State : mark.msgKind;
  bytes[at++] = 0;
  bytes[at++] = 0;
  at = writeU32(bytes, at, length);
  if (mark.hasId && !isAcknowledged) {
    at = writeU32(bytes, at, mark.idHigh);
    at = writeU32(bytes, at, mark.idLow);
  } else {
    // What is acknowledged goes by the broker's own number: those of two publishers can be the same.
    const id = isAcknowledged ? publication.keep().id : publication.number;
    at = writeU32(bytes, at, Math.floor(id / 0x1_0000_0000));
    at = writeU32(bytes, at, id >>> 0);
  }
  bytes[at++] = topic.bytes.length >>> 8;
  bytes[at++] = topic.bytes.length;
  copyBytes(bytes, at, topic.bytes, 0, topic.bytes.length);
  at += topic.bytes.length;
  if (compressed === undefined)
    copyBytes(bytes, at, publication.buffer, publication.payloadStart, publication.payloadEnd);
  else copyBytes(bytes, at, compressed, 0, compressed.length);
  return start;
}

function payloadLength({ topic, compressed, payloadStart, payloadEnd }: Publication): number {
  return 2 + topic.bytes.length + (compressed === undefined ? payloadEnd - payloadStart : compressed.length);
}

function writeU32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

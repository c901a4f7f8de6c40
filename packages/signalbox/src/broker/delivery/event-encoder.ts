/**
 * EVENT as the broker sends it to subscribers who speak MSIP: written straight into the slab, once for all who take the
 * same bytes. It must not know sessions. docs/msip.md
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { GrowingBytes } from '../../bytes/growing-bytes.ts';
import { Flags, FrameType, HEADER_SIZE, MsgKind, writeHeader } from '../../msip/header.ts';
import type { Publication } from './publication.ts';
import type { PublishForm } from './publish-encoder.ts';

/** Loaded again for each frame. */
const header = { flags: 0, frameType: FrameType.Event, msgKind: 0, payloadLength: 0, idHigh: 0, idLow: 0 };

/** Size of the whole frame in bytes. */
export function eventSize(publication: Publication): number {
  return HEADER_SIZE + payloadLength(publication);
}

/** Appends the frame to the slab; answers where it starts. */
export function writeEvent(slab: GrowingBytes, publication: Publication, form: PublishForm): number {
  const { mark, compressed, topic, payloadStart, payloadEnd } = publication;
  const isAcknowledged = form.qos > 0;
  header.payloadLength = payloadLength(publication);
  header.flags =
    (isAcknowledged ? Flags.AckRequired : 0) | // [MSIP-8-2] [MSIP-3.5-5]
    (compressed === undefined ? 0 : Flags.Compressed) | // [MSIP-3.5-3] [MSIP-5-8]
    (mark.isUrgent ? Flags.Urgent : 0);
  header.msgKind = form.retain ? MsgKind.State : mark.msgKind; // [MSIP-3.5-2] [MSIP-11-6]
  if (isAcknowledged) {
    header.idHigh = acknowledgedIdHigh(form.number);
    header.idLow = acknowledgedIdLow(form.number, form.packetIdentifier);
  } else if (mark.hasId) {
    header.idHigh = mark.idHigh; // [MSIP-3.5-4]
    header.idLow = mark.idLow;
  } else {
    const id = publication.number;
    header.idHigh = Math.floor(id / 0x1_0000_0000);
    header.idLow = id >>> 0;
  }
  const start = slab.reserve(HEADER_SIZE + header.payloadLength);
  const { bytes } = slab;
  let at = writeHeader(bytes, start, header);
  bytes[at++] = topic.bytes.length >>> 8;
  bytes[at++] = topic.bytes.length;
  copyBytes(bytes, at, topic.bytes, 0, topic.bytes.length); // [MSIP-3.5-1]
  at += topic.bytes.length;
  if (compressed === undefined) copyBytes(bytes, at, publication.buffer, payloadStart, payloadEnd);
  else copyBytes(bytes, at, compressed, 0, compressed.length);
  return start;
}

/**
 * What is acknowledged goes by a number of the broker's own, as those of two publishers can be the same: the number of the
 * message, so that its client knows one that comes again, and in the last 16 bits where it is among those in flight. [MSIP-8-3]
 */
export function acknowledgedIdHigh(messageId: number): number {
  return Math.floor(messageId / 0x1_0000);
}

export function acknowledgedIdLow(messageId: number, packetIdentifier: number): number {
  return ((messageId << 16) | packetIdentifier) >>> 0;
}

function payloadLength({ topic, compressed, payloadStart, payloadEnd }: Publication): number {
  return 2 + topic.bytes.length + (compressed === undefined ? payloadEnd - payloadStart : compressed.length);
}

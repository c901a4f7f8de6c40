// Answers to packets that belong to no association (RFC 9260, §8.4). They are never larger than what they answer, and
// nothing of what they are is answered in turn.

import { ChunkType, TAG_REFLECTED } from './chunk-types.ts';
import { type PacketReader, readUint16 } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';
import { Slab } from './slab.ts';

const COOKIE_STALE = 3;

/** Room for the common header and one chunk without a body, or with a cause. */
const SIZE = 256;

/** One packet of one chunk, for somebody we share no state with. */
export function loneChunk(
  ports: { readonly localPort: number; readonly peerPort: number },
  verificationTag: number,
  chunk: { readonly type: number; readonly flags: number; readonly body?: Uint8Array; readonly size?: number },
): Uint8Array {
  let packet = new Uint8Array(0);
  const header = { sourcePort: ports.localPort, destinationPort: ports.peerPort, verificationTag };
  const writer = new PacketWriter(header, chunk.size ?? SIZE, new Slab(), (bytes) => {
    packet = bytes.slice();
  });
  writer.put(chunk.type, chunk.flags, chunk.body ?? new Uint8Array(0));
  writer.flush();
  return packet;
}

/** The reader stands on the first chunk. Nothing is told where a packet gets no answer. */
export function answerStranger(reader: PacketReader, transmit: (packet: Uint8Array) => void): void {
  const ports = { localPort: reader.destinationPort, peerPort: reader.sourcePort };
  const { verificationTag } = reader;
  let type: number = ChunkType.Abort;
  do {
    switch (reader.type) {
      case ChunkType.Abort:
      case ChunkType.ShutdownComplete:
      case ChunkType.CookieAck:
        return;
      case ChunkType.Error:
        if (reader.end - reader.start >= 2 && readUint16(reader.bytes, reader.start) === COOKIE_STALE) return;
        break;
      case ChunkType.ShutdownAck:
        type = ChunkType.ShutdownComplete;
        break;
      default:
    }
  } while (reader.next());
  transmit(loneChunk(ports, verificationTag, { type, flags: TAG_REFLECTED }));
}

// A question to an address that a packet of the peer's has come from: whether it is there. An address that did not answer may
// be that of somebody else, who would get what the peer is sent (RFC 9260, §5.4, §8.3).

import { ChunkType, Parameter } from './chunk-types.ts';
import { type PacketReader, readUint32 } from './packet-reader.ts';
import { writeUint16, writeUint32 } from './packet-writer.ts';

/** Parameter header and a nonce. */
const BODY = 12;

/** Whoever sends many packets from elsewhere makes us ask no more often than this. */
const LEAST_INTERVAL_MS = 200;

export class PathProbe {
  #key: string | undefined = undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #nonce: readonly [number, number] = [0, 0];

  /** The body of a HEARTBEAT for this path; undefined when it is too early to ask again. */
  ask(key: string, random: () => number, now: number): Uint8Array | undefined {
    if (now - this.#askedAt < LEAST_INTERVAL_MS) return undefined;
    this.#askedAt = now;
    this.#key = key;
    this.#nonce = [random(), random()];
    const body = new Uint8Array(BODY);
    writeUint16(body, 0, Parameter.HeartbeatInfo);
    writeUint16(body, 2, BODY);
    writeUint32(body, 4, this.#nonce[0]);
    writeUint32(body, 8, this.#nonce[1]);
    return body;
  }

  /** Whether a packet from this path has the answer in it; the reader stands on its first chunk, and then anywhere. */
  isAnsweredBy(reader: PacketReader, key: string): boolean {
    if (this.#key !== key) return false;
    do {
      const { type, bytes, start, end } = reader;
      if (type !== ChunkType.HeartbeatAck || end - start !== BODY) continue;
      if (readUint32(bytes, start + 4) === this.#nonce[0] && readUint32(bytes, start + 8) === this.#nonce[1])
        return true;
    } while (reader.next());
    return false;
  }
}

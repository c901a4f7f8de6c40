// Heartbeats: a peer of which nothing was heard for long is asked whether it is there (RFC 9260, §8.3). What it has to
// send back is not to be guessed.

import { ChunkType, Parameter } from './chunk-types.ts';
import { readUint16, readUint32 } from './packet-reader.ts';
import { type PacketWriter, writeUint16, writeUint32 } from './packet-writer.ts';
import type { PathHealth } from './path-health.ts';
import type { RoundTrip } from './round-trip.ts';

/** Parameter header and a nonce. */
const BODY = 12;

export interface HeartbeatTools {
  readonly intervalMs: number;
  readonly roundTrip: RoundTrip;
  readonly health: PathHealth;
  readonly random: () => number;
}

export class Heartbeat {
  readonly #tools: HeartbeatTools;
  #heardAt: number;
  #sentAt: number | undefined = undefined;
  #nonce: readonly [number, number] = [0, 0];

  constructor(tools: HeartbeatTools, now: number) {
    this.#tools = tools;
    this.#heardAt = now;
  }

  /** When something is due, as long as nothing is in flight: what is has a timer of its own. */
  get deadline(): number {
    if (this.#sentAt !== undefined) return this.#sentAt + this.#tools.roundTrip.timeout;
    return this.#heardAt + this.#tools.intervalMs;
  }

  /** A packet of the peer's came. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  tick(writer: PacketWriter, now: number): void {
    if (now < this.deadline) return;
    const { health, roundTrip, random } = this.#tools;
    if (this.#sentAt !== undefined) {
      health.failed();
      roundTrip.backOff();
    }
    this.#sentAt = now;
    this.#nonce = [random(), random()];
    const at = writer.chunk(ChunkType.Heartbeat, 0, BODY);
    writeUint16(writer.bytes, at, Parameter.HeartbeatInfo);
    writeUint16(writer.bytes, at + 2, BODY);
    writeUint32(writer.bytes, at + 4, this.#nonce[0]);
    writeUint32(writer.bytes, at + 8, this.#nonce[1]);
  }

  /** The body of a HEARTBEAT ACK at [start, end). */
  onAck({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }, now: number): void {
    if (this.#sentAt === undefined || end - start !== BODY) return;
    if (readUint16(bytes, start) !== Parameter.HeartbeatInfo) return;
    if (readUint32(bytes, start + 4) !== this.#nonce[0] || readUint32(bytes, start + 8) !== this.#nonce[1]) return;
    this.#tools.roundTrip.measure(now - this.#sentAt, now);
    this.#tools.health.answered();
    this.#sentAt = undefined;
    this.#heardAt = now;
  }
}

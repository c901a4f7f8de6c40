// Splits a byte stream into Control Packets, whatever the chunking. Complete packets are handed out in place; only a partial
// one at the end of a chunk is copied, into a buffer that grows with what arrives, never with what was announced. The
// size limit is enforced as soon as the fixed header is complete. Knows no packet type. §2.1

import { copyBytes } from '../bytes/copy.ts';
import {
  INCOMPLETE_INTEGER,
  readVariableByteInteger,
  variableByteIntegerSize,
} from '../bytes/variable-byte-integer.ts';
import { malformed, PacketError } from './errors.ts';

/** The largest packet MQTT can express: a fixed header of five bytes and 268,435,455 more. */
export const LARGEST_PACKET_SIZE = 268_435_460;

const NOTHING = new Uint8Array(0);
/** The smallest buffer for a partial packet: most packets fit. */
const SMALLEST_TAIL = 64;

/** Why it stopped. Negative, to travel where a count of bytes is returned. */
const QUIETLY = -1;
const MALFORMED = -2;
const TOO_LARGE = -3;

export interface FrameHandler {
  /**
   * One whole packet: the fixed header is [start, bodyStart) of `buffer`, the rest [bodyStart, end). Valid until it
   * returns. False stops: the connection was closed, and what follows is discarded.
   */
  frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean;
}

export interface FramerOptions {
  readonly maximumPacketSize?: number;
}

export class Framer {
  /** Larger packets are refused. May change at any time, also while a frame is handled. */
  maximumPacketSize: number;
  /** The beginning of a packet whose end has not arrived. */
  #tail: Uint8Array = NOTHING;
  #tailLength = 0;
  #dead = false;
  /** Counts resets and stops, so that a loop notices one made by its handler. */
  #epoch = 0;

  constructor({ maximumPacketSize = LARGEST_PACKET_SIZE }: FramerOptions = {}) {
    this.maximumPacketSize = maximumPacketSize;
  }

  /** Bytes kept of a packet that is not complete yet. */
  get pendingBytes(): number {
    return this.#tailLength;
  }

  /** Ready for the next network connection: half a packet is forgotten, an error too. */
  reset(): void {
    this.#release();
    this.#dead = false;
    this.#epoch++;
  }

  /**
   * Takes the next bytes of the stream and hands out the packets they complete. An error of the peer is returned, once;
   * from then on, and after the handler said stop, bytes are discarded until reset().
   */
  receive(bytes: Uint8Array, onFrame: FrameHandler): PacketError | undefined {
    if (this.#dead) return undefined;
    let at = 0;
    if (this.#tailLength > 0) {
      const epoch = this.#epoch;
      const taken = this.#complete(bytes, onFrame);
      if (taken < 0) return this.#stop(taken);
      if (epoch !== this.#epoch || this.#tailLength > 0) return undefined;
      at = taken;
    }
    return this.#split(bytes, at, onFrame);
  }

  #split(bytes: Uint8Array, from: number, onFrame: FrameHandler): PacketError | undefined {
    const epoch = this.#epoch;
    const length = bytes.length;
    let at = from;
    while (at + 2 <= length) {
      let bodyStart = at + 2;
      let remaining = bytes[at + 1]!;
      if (remaining >= 0x80) {
        remaining = readVariableByteInteger(bytes, at + 1, length);
        if (remaining === INCOMPLETE_INTEGER) break;
        if (remaining < 0) return this.#stop(MALFORMED);
        bodyStart = at + 1 + variableByteIntegerSize(remaining);
      }
      const end = bodyStart + remaining;
      if (end - at > this.maximumPacketSize) return this.#stop(TOO_LARGE);
      if (end > length) break;
      const goOn = onFrame.frame(bytes, at, bodyStart, end);
      if (epoch !== this.#epoch) return undefined;
      if (!goOn) return this.#stop(QUIETLY);
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length, length - at);
    return undefined;
  }

  /** Adds to the partial packet, hands it out when complete, and returns how many bytes it took: all or up to its end. */
  #complete(bytes: Uint8Array, onFrame: FrameHandler): number {
    let taken = 0;
    let remaining = this.#remaining();
    while (remaining === INCOMPLETE_INTEGER) {
      if (taken === bytes.length) return taken;
      this.#keep(bytes, taken, taken + 1, SMALLEST_TAIL);
      taken++;
      remaining = this.#remaining();
    }
    if (remaining < 0) return MALFORMED;
    const bodyStart = 1 + variableByteIntegerSize(remaining);
    const end = bodyStart + remaining;
    if (end > this.maximumPacketSize) return TOO_LARGE;
    const missing = Math.min(end - this.#tailLength, bytes.length - taken);
    if (missing > 0) this.#keep(bytes, taken, taken + missing, end);
    taken += missing;
    if (this.#tailLength < end) return taken;
    const buffer = this.#tail;
    this.#release();
    const epoch = this.#epoch;
    if (!onFrame.frame(buffer, 0, bodyStart, end) && epoch === this.#epoch) return QUIETLY;
    return taken;
  }

  /** The remaining length in the partial packet's fixed header, as far as it is there. */
  #remaining(): number {
    return readVariableByteInteger(this.#tail, 1, this.#tailLength);
  }

  /** Appends [start, end) to the partial packet, for which never more than `total` bytes are needed. */
  #keep(bytes: Uint8Array, start: number, end: number, total: number): void {
    const length = this.#tailLength + end - start;
    if (length > this.#tail.length) {
      const grown = new Uint8Array(Math.max(length, SMALLEST_TAIL, Math.min(total, this.#tail.length * 2)));
      copyBytes(grown, 0, this.#tail, 0, this.#tailLength);
      this.#tail = grown;
    }
    copyBytes(this.#tail, this.#tailLength, bytes, start, end);
    this.#tailLength = length;
  }

  #release(): void {
    this.#tail = NOTHING;
    this.#tailLength = 0;
  }

  #stop(why: number): PacketError | undefined {
    this.#release();
    this.#dead = true;
    this.#epoch++;
    if (why === QUIETLY) return undefined;
    if (why === MALFORMED) return malformed('the Remaining Length is not in its shortest form', 'MQTT-1.5.5-1'); // [MQTT-1.5.5-1]
    return new PacketError('PACKET_TOO_LARGE', `the packet is larger than ${this.maximumPacketSize} bytes`); // [MQTT-3.1.2-24] [MQTT-3.2.2-15]
  }
}

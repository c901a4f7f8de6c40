// Splits a byte stream into frames, whatever the chunking. Whole frames are handed out in place; only a partial one at the
// end of a chunk is copied, into a buffer that grows with what arrives, never with what was announced. Wrong magic and
// version are found at their first wrong byte, the size limit as soon as the header is there. Knows no frame. §2

import { copyBytes } from '../bytes/copy.ts';
import { FrameError } from './errors.ts';
import {
  HEADER_SIZE,
  type Header,
  joinMsgId,
  PREFIX_SIZE,
  readHeader,
  readPayloadLength,
  wrongPrefixAt,
} from './header.ts';

const NOTHING = new Uint8Array(0);
/** The smallest buffer for a partial frame: most frames fit. */
const SMALLEST_TAIL = 128;
/** Offsets from here on are the version's. */
const MAGIC_SIZE = 4;
/** 1 MiB: what a broker takes unless told otherwise. */
export const DEFAULT_MAXIMUM_PAYLOAD_LENGTH = 1_048_576; // [MSIP-2.5-4]

export interface FrameHandler {
  /**
   * One whole frame: the header is [start, start + 24) of `buffer`, the payload up to `end`. Valid until it returns. False
   * stops: the connection was closed, and what follows is discarded.
   */
  frame(buffer: Uint8Array, start: number, end: number): boolean;
}

export interface FramerOptions {
  /** In bytes. Default 1 MiB. */
  readonly maximumPayloadLength?: number;
}

export class Framer {
  /** Larger payloads are refused. May change at any time, also while a frame is handled. */
  maximumPayloadLength: number;
  /** The beginning of a frame whose end has not arrived. */
  #tail: Uint8Array = NOTHING;
  #tailLength = 0;
  #isDead = false;
  /** Counts resets and stops, so that a loop notices one made by its handler. */
  #epoch = 0;

  constructor({ maximumPayloadLength = DEFAULT_MAXIMUM_PAYLOAD_LENGTH }: FramerOptions = {}) {
    this.maximumPayloadLength = maximumPayloadLength;
  }

  /** Bytes kept of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#tailLength;
  }

  /** Ready for the next network connection: half a frame is forgotten, an error too. */
  reset(): void {
    this.#release(); // [MSIP-2.5-7]
    this.#isDead = false;
    this.#epoch++;
  }

  /**
   * Takes the next bytes of the stream and hands out the frames they complete. An error of the peer is returned, once; from
   * then on, and after the handler said stop, bytes are discarded until reset().
   */
  receive(bytes: Uint8Array, onFrame: FrameHandler): FrameError | undefined {
    if (this.#isDead) return undefined; // [MSIP-2.5-6]
    let at = 0;
    if (this.#tailLength > 0) {
      const epoch = this.#epoch;
      const taken = this.#complete(bytes, onFrame);
      if (taken instanceof FrameError) return this.#stop(taken);
      if (epoch !== this.#epoch || this.#tailLength > 0) return undefined;
      at = taken;
    }
    return this.#split(bytes, at, onFrame);
  }

  #split(bytes: Uint8Array, from: number, onFrame: FrameHandler): FrameError | undefined {
    const epoch = this.#epoch;
    const { length } = bytes;
    let at = from;
    while (at < length) {
      const error = this.#judge(bytes, at, length - at);
      if (error !== undefined) return this.#stop(error);
      if (at + HEADER_SIZE > length) break;
      const end = at + HEADER_SIZE + readPayloadLength(bytes, at); // [MSIP-2.1-1]
      if (end > length) break;
      const goesOn = onFrame.frame(bytes, at, end);
      if (epoch !== this.#epoch) return undefined;
      if (!goesOn) return this.#stop(undefined);
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length); // [MSIP-2.5-1]
    return undefined;
  }

  /** Adds to the partial frame, hands it out when complete, and answers how many bytes it took: all or up to its end. */
  #complete(bytes: Uint8Array, onFrame: FrameHandler): number | FrameError {
    let taken = 0;
    if (this.#tailLength < HEADER_SIZE) {
      taken = Math.min(HEADER_SIZE - this.#tailLength, bytes.length);
      this.#keep(bytes, 0, taken);
      const error = this.#judge(this.#tail, 0, this.#tailLength);
      if (error !== undefined) return error;
      if (this.#tailLength < HEADER_SIZE) return taken;
    }
    const end = HEADER_SIZE + readPayloadLength(this.#tail, 0);
    const missing = Math.min(end - this.#tailLength, bytes.length - taken);
    if (missing > 0) this.#keep(bytes, taken, taken + missing);
    taken += missing;
    if (this.#tailLength < end) return taken;
    const buffer = this.#tail;
    this.#release();
    const epoch = this.#epoch;
    if (!onFrame.frame(buffer, 0, end) && epoch === this.#epoch) this.#stop(undefined);
    return taken;
  }

  /** What is wrong with the first `count` bytes of a frame, as far as they are its header. */
  #judge(bytes: Uint8Array, start: number, count: number): FrameError | undefined {
    const wrong = wrongPrefixAt(bytes, start, Math.min(count, PREFIX_SIZE)); // [MSIP-2.5-5]
    if (wrong >= MAGIC_SIZE) {
      return new FrameError('BAD_VERSION', 'only version 1 of MSIP is spoken here', 0n, 'MSIP-2.1-3');
    }
    if (wrong >= 0) {
      return new FrameError('BAD_MAGIC', 'these bytes are not MSIP', 0n, 'MSIP-2.1-2');
    }
    if (count < HEADER_SIZE || readPayloadLength(bytes, start) <= this.maximumPayloadLength) return undefined;
    readHeader(bytes, start, HEADER);
    const message = `the payload is larger than ${this.maximumPayloadLength} bytes`;
    return new FrameError('PAYLOAD_TOO_LARGE', message, joinMsgId(HEADER.idHigh, HEADER.idLow), 'MSIP-2.5-2');
  }

  /** Appends [start, end) to the partial frame. */
  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#tailLength + end - start;
    if (length > this.#tail.length) {
      const grown = new Uint8Array(Math.max(length, SMALLEST_TAIL, this.#tail.length * 2)); // [MSIP-2.5-3]
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

  #stop(error: FrameError | undefined): FrameError | undefined {
    this.#release();
    this.#isDead = true;
    this.#epoch++;
    return error;
  }
}

/** Read into once an error is certain. */
const HEADER: Header = { flags: 0, frameType: 0, msgKind: 0, payloadLength: 0, idHigh: 0, idLow: 0 };

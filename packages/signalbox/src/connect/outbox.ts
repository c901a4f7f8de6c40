// Outbox: from datagrams to writes. What is sent in one turn is one write and one promise; under back-pressure it waits, as
// far as the limit goes. Knows nothing of the reading side.

import type { Datagram } from '../datagram/datagram.ts';
import { DatagramError } from '../datagram/errors.ts';
import { HEADER_SIZE, writeHeader } from '../datagram/header.ts';
import type { Carrier } from './carrier.ts';
import type { ConnectionClock } from './clock.ts';
import { ConnectionError } from './connection-error.ts';
import { Deferred, rejected } from './deferred.ts';
import { giveSlab, SLAB_SIZE, takeSlab } from './slabs.ts';

/** Data from here on are written from where they are: a copy would cost more than a second write. */
const LARGE = 131_072;

/** Every so many flushes one waits for the next turn, lest a loop that only sends keep the network from being read. */
const FLUSHES_PER_TURN = 32;

/** What is written at once. */
interface Piece {
  readonly bytes: Uint8Array;
  /** To be given back afterwards. */
  readonly slab: Uint8Array | undefined;
  readonly messages: number;
  /** Settled when the piece is taken. */
  batch: Deferred<void> | undefined;
}

export class Outbox {
  messages = 0;
  bytes = 0;
  /** Of datagrams that the carrier has not taken. */
  bufferedBytes = 0;
  readonly #carrier: Carrier;
  readonly #clock: ConnectionClock;
  readonly #maximumBuffered: number;
  readonly #flushSoon = (): void => {
    this.#isScheduled = false;
    this.flush();
  };
  #slab: Uint8Array | undefined = undefined;
  #used = 0;
  /** Datagrams in the slab. */
  #count = 0;
  /** What waits before the slab. */
  #pieces: Piece[] = [];
  /** Given to the carrier, which has not taken it yet. */
  #inHand: Piece | undefined = undefined;
  /** Of everything that is in no piece with one. */
  #batch: Deferred<void> | undefined = undefined;
  #uncounted = 0;
  #isScheduled = false;
  #flushes = 0;
  #error: Error | undefined = undefined;

  constructor(carrier: Carrier, clock: ConnectionClock, maximumBuffered: number) {
    this.#carrier = carrier;
    this.#clock = clock;
    this.#maximumBuffered = maximumBuffered;
  }

  /** The carrier takes nothing at the moment. */
  get isBlocked(): boolean {
    return this.#inHand !== undefined;
  }

  /** Whether a datagram of so many bytes can wait; one always can alone. */
  hasRoom(size: number): boolean {
    return this.bufferedBytes === 0 || this.bufferedBytes + size <= this.#maximumBuffered;
  }

  /** Resolves when the carrier has taken the datagram. */
  send(datagram: Datagram): Promise<void> {
    if (this.#error !== undefined) return rejected(this.#error);
    const size = datagram.serializedSize;
    if (size > this.#carrier.largestMessage) {
      const most = this.#carrier.largestMessage - HEADER_SIZE;
      const problem = `${datagram.dataSize} bytes of data; over ${this.#carrier.protocol} at most ${most}`;
      return rejected(new DatagramError('TOO_LARGE_MESSAGE', problem));
    }
    if (!this.hasRoom(size)) {
      return rejected(new ConnectionError('SEND_BUFFER_FULL', `${this.bufferedBytes} bytes wait to be sent already`));
    }
    this.#batch ??= new Deferred();
    const { promise } = this.#batch;
    this.bufferedBytes += size;
    if (this.#carrier.framing === 'message') this.#push(datagram.toBytes(), 1);
    else if (size > LARGE) this.#addLarge(datagram);
    else this.#add(datagram, size);
    this.#schedule();
    return promise;
  }

  /** Resolves when everything sent so far is taken. */
  whenTaken(): Promise<void> {
    if (this.#error !== undefined) return rejected(this.#error);
    const last = this.#batch ?? this.#pieces.at(-1)?.batch ?? this.#inHand?.batch;
    return last === undefined ? Promise.resolve() : last.promise;
  }

  /** Writes what there is, as far as the carrier takes it. */
  flush(): void {
    if (this.#error !== undefined || this.isBlocked) return;
    this.#sealSlab();
    this.#sealBatch();
    while (this.#pieces.length > 0 && !this.isBlocked) this.#write(this.#pieces.shift()!);
  }

  /** The carrier has taken what it had in hand. */
  drained(): void {
    const piece = this.#inHand;
    if (piece === undefined) return;
    this.#inHand = undefined;
    this.#taken(piece);
    this.flush();
  }

  /** A datagram of the connection itself, which is no message. */
  sendUncounted(datagram: Datagram): void {
    this.#uncounted++;
    void this.send(datagram);
  }

  /** Nothing is sent any more; what waits is rejected. */
  fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const piece of [this.#inHand, ...this.#pieces]) piece?.batch?.reject(error);
    this.#batch?.reject(error);
    this.#pieces = [];
    this.#inHand = undefined; // its slab may still be referred to
    this.#batch = undefined;
    this.#slab = undefined;
    this.bufferedBytes = 0;
  }

  #add(datagram: Datagram, size: number): void {
    if (this.#slab !== undefined && this.#used + size > SLAB_SIZE) {
      if (this.isBlocked) this.#sealSlab();
      else this.#makeRoom();
    }
    this.#slab ??= takeSlab();
    datagram.writeTo(this.#slab, this.#used);
    this.#used += size;
    this.#count++;
  }

  /** Makes room in the middle of a turn: the promise of the turn stays that of its last datagram. */
  #makeRoom(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    this.flush();
    this.#batch = batch;
  }

  #addLarge(datagram: Datagram): void {
    const header = new Uint8Array(HEADER_SIZE);
    writeHeader(header, 0, { dataSize: datagram.dataSize, tag: datagram.tag });
    this.#sealSlab();
    this.#push(header, 0);
    this.#push(datagram.data, 1);
  }

  #push(bytes: Uint8Array, messages: number): void {
    this.#pieces.push({ bytes, slab: undefined, messages, batch: undefined });
  }

  #sealSlab(): void {
    const slab = this.#slab;
    if (slab === undefined) return;
    this.#pieces.push({ bytes: slab.subarray(0, this.#used), slab, messages: this.#count, batch: undefined });
    this.#slab = undefined;
    this.#used = 0;
    this.#count = 0;
  }

  #sealBatch(): void {
    const last = this.#pieces.at(-1);
    if (last === undefined || this.#batch === undefined) return;
    last.batch = this.#batch;
    this.#batch = undefined;
  }

  #write(piece: Piece): void {
    if (this.#carrier.write(piece.bytes)) this.#taken(piece);
    else this.#inHand = piece;
  }

  #taken(piece: Piece): void {
    const uncounted = Math.min(this.#uncounted, piece.messages);
    this.#uncounted -= uncounted;
    this.messages += piece.messages - uncounted;
    this.bytes += piece.bytes.length;
    this.bufferedBytes -= piece.bytes.length;
    if (piece.slab !== undefined) giveSlab(piece.slab);
    piece.batch?.resolve();
  }

  #schedule(): void {
    if (this.#isScheduled || this.isBlocked) return;
    this.#isScheduled = true;
    this.#flushes++;
    if (this.#flushes % FLUSHES_PER_TURN === 0) this.#clock.later(this.#flushSoon);
    else this.#clock.soon(this.#flushSoon);
  }
}

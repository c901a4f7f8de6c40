// What an association receives: DATA within the window, in messages to the owner, and when the peer is told (RFC 9260,
// §6.2, §6.5 to §6.7). A part of a message counts against the limit of a message, never against the window: a message
// larger than the window could not come otherwise.

import type { IncomingMessage } from './association-events.ts';
import type { AssociationLimits } from './association-options.ts';
import { Cause, ChunkType, DataFlag } from './chunk-types.ts';
import { writeCause } from './error-causes.ts';
import { type Fragment, Fragments, tooMuch } from './fragments.ts';
import { InboundStreams } from './inbound-streams.ts';
import { type PacketReader, readUint16, readUint32 } from './packet-reader.ts';
import type { PacketWriter } from './packet-writer.ts';
import { FARTHEST, ReceivedTsns } from './received-tsns.ts';
import { writeSack } from './sack-chunk.ts';
import { type Fault, violation } from './sctp-error.ts';
import { distance } from './serial.ts';

const DATA_FIELDS = 12;
const MAXIMUM_DUPLICATES = 32;

/** While something is missing so many packets get a SACK, however many a turn brings: one SACK for all would be lost too often. */
const PACKETS_BEFORE_SACK = 4;
const WHOLE = DataFlag.Begin | DataFlag.End;

export interface InboundOwner {
  readonly firstTsn: number;
  readonly streams: number;
  readonly deliver: (message: IncomingMessage) => void;
}

export class Inbound {
  /** When a SACK is due; Infinity: nothing is to be acknowledged. */
  sackAt = Number.POSITIVE_INFINITY;
  readonly #tsns: ReceivedTsns;
  readonly #fragments: Fragments;
  readonly #streams: InboundStreams;
  readonly #limits: AssociationLimits;
  readonly #owner: InboundOwner;
  #unconsumedBytes = 0;
  #toldWindow: number;
  #duplicates: number[] = [];
  #packetsSinceSack = 0;
  #wantsSack = false;
  #hadGap = false;
  #hasData = false;

  constructor(limits: AssociationLimits, owner: InboundOwner) {
    this.#limits = limits;
    this.#owner = owner;
    this.#tsns = new ReceivedTsns(owner.firstTsn);
    this.#toldWindow = limits.receiveWindow;
    const { maximumMessageSize, receiveWindow } = limits;
    this.#fragments = new Fragments({
      maximumMessageSize,
      reassemblyBytes: Math.ceil(1.5 * maximumMessageSize) + 2 * receiveWindow,
    });
    this.#streams = new InboundStreams(owner.streams, (message) => this.#deliver(message));
  }

  get cumulativeTsn(): number {
    return this.#tsns.cumulative;
  }

  /** What the peer may send still. */
  get window(): number {
    const held = this.#unconsumedBytes + this.#tsns.heldBytes + this.#streams.waitingBytes;
    return Math.max(0, this.#limits.receiveWindow - held);
  }

  /** The DATA chunk the reader stands on. A stream that does not exist is complained about to `writer`. */
  onData(reader: PacketReader, writer: PacketWriter): Fault | undefined {
    const { bytes, start, end, flags } = reader;
    this.#hasData = true;
    if (end - start <= DATA_FIELDS) return violation('DATA without user data', Cause.NoUserData);
    const tsn = readUint32(bytes, start);
    if ((flags & DataFlag.Immediate) !== 0) this.#wantsSack = true;
    if (this.#tsns.has(tsn)) {
      this.#wantsSack = true;
      if (this.#duplicates.length < MAXIMUM_DUPLICATES) this.#duplicates.push(tsn);
      return undefined;
    }
    if (!this.#hasRoomFor(tsn)) {
      this.#wantsSack = true;
      return undefined;
    }
    const streamIdentifier = readUint16(bytes, start + 4);
    if (!this.#streams.has(streamIdentifier)) {
      this.#tsns.add(tsn, 0);
      writer.put(ChunkType.Error, 0, writeCause(Cause.InvalidStreamIdentifier, invalidStream(streamIdentifier)));
      return undefined;
    }
    return this.#accept(reader, tsn, streamIdentifier);
  }

  /** The TSN that is waited for comes in as long as the owner has room; others fill what is left of the window. */
  #hasRoomFor(tsn: number): boolean {
    const ahead = distance(this.#tsns.cumulative, tsn);
    if (ahead === 1) return this.#unconsumedBytes < this.#limits.receiveWindow;
    return ahead <= FARTHEST && this.window > 0 && this.#tsns.earlyCount < this.#limits.maximumOutOfOrderChunks;
  }

  #accept(reader: PacketReader, tsn: number, streamIdentifier: number): Fault | undefined {
    const { bytes, start, end, flags } = reader;
    const sequenceNumber = readUint16(bytes, start + 6);
    const payloadProtocolIdentifier = readUint32(bytes, start + 8);
    const from = start + DATA_FIELDS;
    const isWhole = (flags & WHOLE) === WHOLE;
    const isUnordered = (flags & DataFlag.Unordered) !== 0;
    const goesOut = isWhole && (isUnordered || this.#streams.isNext(streamIdentifier, sequenceNumber));
    if (end - from > this.#limits.maximumMessageSize) return tooMuch('a message above the limit');
    // A copy of its own: one that waits for long must not keep a slab alive.
    const data = goesOut ? bytes.subarray(from, end) : bytes.slice(from, end);
    this.#tsns.add(tsn, isWhole ? 0 : data.length);
    const part: Fragment = {
      tsn,
      flags,
      streamIdentifier,
      sequenceNumber,
      payloadProtocolIdentifier,
      bytes: data,
    };
    const message = isWhole ? part : this.#fragments.add(part);
    if (message === undefined) return undefined;
    if ('code' in message) return message;
    const fault = this.#streams.take(message);
    if (fault !== undefined) return fault;
    const most = 2 * this.#limits.receiveWindow + this.#limits.maximumMessageSize;
    return this.#streams.cost > most ? tooMuch('messages that wait for one that never comes') : undefined;
  }

  #deliver({ streamIdentifier, payloadProtocolIdentifier, flags, bytes }: Fragment): void {
    this.#unconsumedBytes += bytes.length;
    const isUnordered = (flags & DataFlag.Unordered) !== 0;
    this.#owner.deliver({ streamIdentifier, payloadProtocolIdentifier, isUnordered, bytes });
  }

  /** Whether the peer should be told now, and not at the end of the turn. */
  get isSackPressing(): boolean {
    return this.#packetsSinceSack >= PACKETS_BEFORE_SACK && this.#tsns.hasGap;
  }

  /** A packet is through: when does its DATA have to be acknowledged (§6.2)? */
  onPacketEnd(now: number): void {
    if (!this.#hasData) return;
    this.#hasData = false;
    this.#packetsSinceSack++;
    const hasGap = this.#tsns.hasGap;
    const isUrgent = this.#wantsSack || hasGap || this.#hadGap || this.#packetsSinceSack >= 2;
    this.#hadGap = hasGap;
    this.sackAt = Math.min(this.sackAt, isUrgent ? now : now + this.#limits.sackDelayMs);
  }

  /** The owner is done with so many bytes of messages; a window that opens enough is told. */
  consume(byteLength: number, now: number): void {
    this.#unconsumedBytes = Math.max(0, this.#unconsumedBytes - byteLength);
    const { receiveWindow } = this.#limits;
    const { window } = this;
    // Small steps are told with the next SACK anyhow, and alone would invite small chunks (RFC 9260, §6.2; RFC 1122).
    if (this.#toldWindow < receiveWindow / 2 && window - this.#toldWindow >= receiveWindow / 4) {
      this.sackAt = Math.min(this.sackAt, now);
    }
  }

  writeSack(writer: PacketWriter): void {
    const { window } = this;
    const most = writer.capacity - 4;
    const fields = {
      cumulativeTsn: this.#tsns.cumulative,
      receiveWindow: window,
      gaps: this.#tsns.hasGap ? this.#tsns.gaps(most >>> 2) : NO_GAPS,
      duplicates: this.#duplicates,
    };
    writer.put(ChunkType.Sack, 0, writeSack(fields, most));
    if (this.#duplicates.length > 0) this.#duplicates = [];
    this.#toldWindow = window;
    this.#packetsSinceSack = 0;
    this.#wantsSack = false;
    this.sackAt = Number.POSITIVE_INFINITY;
  }
}

const NO_GAPS = [] as const;

function invalidStream(identifier: number): Uint8Array {
  return Uint8Array.of(identifier >>> 8, identifier & 0xff, 0, 0);
}

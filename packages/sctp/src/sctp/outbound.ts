// What an association sends: messages become chunks, chunks fly within both windows, and fly again when they are lost
// (RFC 9260, §6.1, §6.3). Who is told what, and when the association ends, is not decided here.

import type { AssociationLimits } from './association-options.ts';
import { ChunkType, DataFlag } from './chunk-types.ts';
import { CongestionWindow } from './congestion.ts';
import { FlightTimers } from './flight-timers.ts';
import { LossDetection } from './loss-detection.ts';
import { LostChunks } from './lost-chunks.ts';
import { type PacketWriter, writeUint16, writeUint32 } from './packet-writer.ts';
import type { PathHealth } from './path-health.ts';
import { RoundTrip } from './round-trip.ts';
import type { SackView } from './sack-chunk.ts';
import { type Fault, violation } from './sctp-error.ts';
import { SendQueue } from './send-queue.ts';
import { type SentChunk, SentChunks } from './sent-chunks.ts';
import { isAfter } from './serial.ts';
import type { Slab } from './slab.ts';

const DATA_HEADER = 16;

/** How many full packets a probe sends. */
const PROBE_PACKETS = 2;

export class Outbound {
  readonly queue: SendQueue;
  readonly roundTrip: RoundTrip;
  readonly #window: CongestionWindow;
  readonly #detection: LossDetection;
  readonly #sent: SentChunks;
  readonly #lost = new LostChunks();
  readonly #health: PathHealth;
  readonly #timers: FlightTimers;
  /** The user data of a full chunk. */
  readonly #segment: number;
  #peerWindow = 0;
  /** What was sent last into a closed window. */
  #knock: SentChunk | undefined;
  #flight = 0;
  /** Losses up to this TSN belong to one event; undefined: nothing is being recovered. */
  #recoveryPoint: number | undefined;
  #lastSentAt = 0;
  #needlessAt = Number.NEGATIVE_INFINITY;
  /** Of the SACK under way: bytes that arrived, and when the newest of what was sent once was sent. */
  #acknowledgedBytes = 0;
  #newestSentAt = Number.NEGATIVE_INFINITY;

  constructor(limits: AssociationLimits, firstTsn: number, tools: { health: PathHealth; slab: Slab }) {
    this.#segment = (limits.maximumPacketSize - 12 - DATA_HEADER) & ~3;
    this.queue = new SendQueue(firstTsn, tools.slab);
    this.roundTrip = new RoundTrip(limits);
    this.#window = new CongestionWindow(this.#segment, limits.maximumCongestionWindow);
    this.#detection = new LossDetection(this.roundTrip);
    this.#sent = new SentChunks(firstTsn);
    this.#health = tools.health;
    this.#timers = new FlightTimers(this.roundTrip);
  }

  /** The peer's window as it was announced with INIT or INIT ACK. */
  open(peerWindow: number): void {
    this.#peerWindow = peerWindow;
  }

  /** Whether everything was acknowledged. */
  get isEmpty(): boolean {
    return this.queue.isEmpty && this.#sent.length === 0;
  }

  /** Bytes of user data which are not acknowledged. */
  get pendingBytes(): number {
    return this.queue.bytes + this.#flight + this.#lost.bytes;
  }

  /** Whether transmit() would send something. */
  get canTransmit(): boolean {
    return this.#mayFly && (this.#lost.bytes > 0 || this.#mayTakeNew());
  }

  /** Into a closed window one chunk at a time goes, which finds out when it opens. */
  get #mayFly(): boolean {
    return this.#flight < this.#window.size && (this.#peerWindow > 0 || this.#flight === 0);
  }

  #mayTakeNew(): boolean {
    const size = this.queue.sizeOfNext(this.#segment);
    if (size === 0) return false;
    // One chunk may always be on its way, to find a window that has opened (§6.1 A).
    return this.#sent.length === 0 || size <= this.#peerWindow - this.#flight;
  }

  /** Sends what the windows allow, lost chunks first. */
  transmit(writer: PacketWriter, now: number): void {
    if (this.#sent.length === 0) {
      const timeouts = Math.floor((now - this.#lastSentAt) / this.roundTrip.timeout);
      if (timeouts > 0) this.#window.onIdle(timeouts);
      this.#timers.restart(now);
    }
    let place: number | undefined;
    while (this.#mayFly) {
      const chunk = this.#lost.take() ?? this.#takeNew();
      if (chunk === undefined) break;
      place = this.#send(chunk, writer, now);
    }
    // Nothing follows before the peer has acknowledged this: it need not wait for more (RFC 7053).
    if (place !== undefined) writer.bytes[place - 3]! |= DataFlag.Immediate;
  }

  #takeNew(): SentChunk | undefined {
    if (!this.#mayTakeNew()) return undefined;
    const chunk = this.queue.takeChunk(this.#segment);
    this.#sent.push(chunk);
    return chunk;
  }

  /** Gives back where the body of the chunk is in `writer.bytes`. */
  #send(chunk: SentChunk, writer: PacketWriter, now: number): number {
    const { source, start, end } = chunk;
    const at = writer.chunk(ChunkType.Data, chunk.flags, DATA_HEADER - 4 + end - start);
    const { bytes } = writer;
    writeUint32(bytes, at, chunk.tsn);
    writeUint16(bytes, at + 4, chunk.streamIdentifier);
    writeUint16(bytes, at + 6, chunk.sequenceNumber);
    writeUint32(bytes, at + 8, chunk.payloadProtocolIdentifier);
    bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), at + 12);
    chunk.fate = 'flying';
    chunk.sentAt = now;
    chunk.packetNumber = writer.packetNumber;
    chunk.transmissions++;
    this.#flight += chunk.size;
    if (this.#peerWindow === 0) this.#knock = chunk;
    this.#lastSentAt = now;
    this.#detection.onSent(chunk);
    return at;
  }

  /** The peer acknowledges: a fault when it acknowledges what was never sent. */
  onSack(sack: SackView, now: number): Fault | undefined {
    const { cumulativeTsn } = sack;
    const sent = this.#sent;
    if (isAfter(sent.acknowledged, cumulativeTsn)) return undefined; // overtaken by a later one
    if (isAfter(cumulativeTsn, sent.last)) return violation('acknowledges a TSN that was never sent');
    const wasFull = this.#flight + this.#segment >= this.#window.size;
    const advances = cumulativeTsn !== sent.acknowledged;
    this.#acknowledgedBytes = 0;
    this.#newestSentAt = Number.NEGATIVE_INFINITY;
    this.#acknowledgeUpTo(cumulativeTsn, now);
    this.#acknowledgeGaps(sack, now);
    if (this.#newestSentAt > Number.NEGATIVE_INFINITY)
      this.roundTrip.measure(Math.max(0, now - this.#newestSentAt), now);
    if (sack.duplicateCount > 0) this.#onDuplicates(now);
    this.#onPeerWindow(sack.receiveWindow);
    const arrived = this.#acknowledgedBytes > 0;
    if (arrived || sack.receiveWindow === 0) this.#health.answered();
    if (arrived || advances) this.#timers.restart(now);
    this.#detect(now);
    if (advances && wasFull && this.#recoveryPoint === undefined) this.#window.grow(this.#acknowledgedBytes);
    return undefined;
  }

  /** SHUTDOWN brings a cumulative TSN as well (§9.2). */
  onCumulativeTsn(tsn: number, now: number): void {
    if (!isAfter(tsn, this.#sent.acknowledged) || isAfter(tsn, this.#sent.last)) return;
    this.#health.answered();
    this.#acknowledgeUpTo(tsn, now);
    this.#timers.restart(now);
  }

  #acknowledgeUpTo(tsn: number, now: number): void {
    const sent = this.#sent;
    while (sent.acknowledged !== tsn) {
      const chunk = sent.takeFirst();
      if (chunk.fate !== 'acknowledged') this.#arrived(chunk, now);
    }
    if (this.#recoveryPoint === undefined || isAfter(this.#recoveryPoint, sent.acknowledged)) return;
    this.#recoveryPoint = undefined;
    this.#detection.onRecovered();
  }

  #acknowledgeGaps(sack: SackView, now: number): void {
    const sent = this.#sent;
    let next = 1;
    for (let index = 0; index < sack.gapCount && next <= sent.length; index++) {
      // Blocks come in order: a peer whose blocks overlap does not make us look at a chunk twice.
      const last = Math.min(sack.gapLast(index), sent.length);
      const first = Math.max(next, sack.gapFirst(index));
      next = Math.max(next, last + 1);
      for (let offset = first; offset <= last; offset++) {
        const chunk = sent.at(offset - 1)!;
        if (chunk.fate !== 'acknowledged') this.#arrived(chunk, now);
      }
    }
  }

  #arrived(chunk: SentChunk, now: number): void {
    this.#acknowledgedBytes += chunk.size;
    if (chunk.transmissions === 1 && chunk.sentAt > this.#newestSentAt) this.#newestSentAt = chunk.sentAt;
    this.#detection.onArrived(chunk, now);
    if (chunk.fate === 'flying') this.#flight -= chunk.size;
    else this.#lost.forget(chunk);
    chunk.fate = 'acknowledged';
  }

  #onDuplicates(now: number): void {
    if (now - this.#needlessAt < (this.roundTrip.smoothed ?? 0)) return;
    this.#needlessAt = now;
    this.#detection.onNeedlessRetransmission();
  }

  #onPeerWindow(peerWindow: number): void {
    const opens = this.#peerWindow === 0 && peerWindow > 0;
    this.#peerWindow = peerWindow;
    // What was sent into a closed window was not taken: it need not wait for its timeout. It is one chunk at most. What flew
    // already when the window closed may have come: a peer that opens and closes must not get a whole flight each time.
    if (opens && this.#knock?.fate === 'flying') this.#detection.lose(this.#knock, (chunk) => this.#onLost(chunk));
    if (opens) this.#knock = undefined;
  }

  #detect(now: number): void {
    let hasLoss = false;
    this.#detection.detect(now, this.#recoveryPoint === undefined ? 'quiet' : 'recovery', (chunk) => {
      this.#onLost(chunk);
      hasLoss = true;
    });
    if (!hasLoss || this.#recoveryPoint !== undefined) return;
    this.#recoveryPoint = this.#sent.last;
    this.#window.onLoss(this.roundTrip.isDelayed ? 'congestion' : 'noise');
  }

  #onLost(chunk: SentChunk): void {
    this.#flight -= chunk.size;
    this.#lost.add(chunk);
  }

  get deadline(): number {
    if (this.#sent.length === 0) return Number.POSITIVE_INFINITY;
    return Math.min(this.#detection.deadline, this.#probeAt, this.#timers.timeoutAt);
  }

  get #probeAt(): number {
    return this.#peerWindow === 0 || this.#flight === 0 ? Number.POSITIVE_INFINITY : this.#timers.probeAt;
  }

  /** Does what is due. Whether the peer counts as gone now is for PathHealth to say. */
  tick(writer: PacketWriter, now: number): void {
    if (this.#sent.length === 0) return;
    if (now >= this.#detection.deadline) this.#detect(now);
    if (now >= this.#timers.timeoutAt) this.#onTimeout(now);
    else if (now >= this.#probeAt) this.#probe(writer, now);
  }

  #onTimeout(now: number): void {
    this.#health.failed();
    this.roundTrip.backOff();
    this.#timers.restart(now);
    this.#forgetGapsIfReneged();
    if (this.#peerWindow > 0) this.#window.onTimeout();
    this.#recoveryPoint = undefined;
    this.#detection.loseAll((chunk) => this.#onLost(chunk));
  }

  /** The first one missing was there already: the peer threw away what it had acknowledged, which it may (§6.2.1). */
  #forgetGapsIfReneged(): void {
    if (this.#sent.at(0)?.fate !== 'acknowledged') return;
    for (let position = 0; position < this.#sent.length; position++) {
      const chunk = this.#sent.at(position)!;
      if (chunk.fate !== 'acknowledged') continue;
      chunk.fate = 'lost';
      this.#lost.add(chunk);
    }
  }

  #probe(writer: PacketWriter, now: number): void {
    this.#timers.onProbe();
    let room = PROBE_PACKETS * this.#segment;
    for (let position = 0; position < this.#sent.length && room > 0; position++) {
      const chunk = this.#sent.at(position)!;
      if (chunk.fate !== 'flying') continue;
      this.#detection.flying.remove(chunk);
      this.#flight -= chunk.size;
      this.#send(chunk, writer, now);
      room -= chunk.size + DATA_HEADER;
    }
  }
}

// One DTLS 1.2 connection, client or server: datagrams and time in, what to do out. Records, reassembly, the table of the
// handshake, alerts and data come together here; what messages say is in the two handshakes. No socket, no timer, no clock.

import { ClientHandshake } from './client-handshake.ts';
import type { DtlsEvent } from './connection-events.ts';
import { alertName, DtlsError, DtlsUsageError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { HANDSHAKE_TYPES, type HandshakeFragment, readFragments, typeName } from './handshake-message.ts';
import {
  checkServerOptions,
  type DtlsClientOptions,
  type DtlsServerOptions,
  type HandshakeRole,
  type Step,
} from './handshake-role.ts';
import { checkFollower, type Refusal } from './handshake-states.ts';
import type { VerifiedHello } from './hello-gate.ts';
import { type DtlsLimits, dtlsLimitsOf } from './limits.ts';
import { Reassembly } from './reassembly.ts';
import { ContentType, type Record, readRecords } from './record.ts';
import { RecordLayer, roomInRecord } from './record-layer.ts';
import { ServerHandshake } from './server-handshake.ts';

export type DtlsConnectionState = 'handshaking' | 'open' | 'closed';

const WARNING = 1;
const FATAL = 2;
const CLOSE_NOTIFY = 0;
const NO_RENEGOTIATION = 100;

/** A peer that asks for a second handshake again and again is answered so many times. */
const MOST_REFUSALS = 8;

export class DtlsConnection {
  readonly #limits: DtlsLimits;
  readonly #records: RecordLayer;
  readonly #exchange: Exchange;
  readonly #reassembly: Reassembly;
  readonly #role: HandshakeRole;
  readonly #expiresAt: number;
  #state: DtlsConnectionState = 'handshaking';
  #refusals = 0;
  #events: DtlsEvent[] = [];

  /** By `DtlsConnection.client` or `DtlsConnection.server`. */
  private constructor(parts: {
    records: RecordLayer;
    exchange: Exchange;
    role: HandshakeRole;
    nextMessage: number;
    now: number;
  }) {
    this.#limits = parts.exchange.limits;
    this.#records = parts.records;
    this.#exchange = parts.exchange;
    this.#reassembly = new Reassembly(this.#limits, parts.nextMessage);
    this.#role = parts.role;
    this.#expiresAt = parts.now + this.#limits.handshakeMs;
  }

  /**
   * A client, and its first flight.
   * @throws {DtlsUsageError} `INVALID_ARGUMENT`
   */
  static client(options: DtlsClientOptions, now: number): { connection: DtlsConnection; events: DtlsEvent[] } {
    if (options.verifyPeer === undefined && options.psk === undefined) {
      throw new DtlsUsageError('INVALID_ARGUMENT', 'a client needs a way to verify certificates, or a shared key');
    }
    const { primitives } = options;
    const limits = dtlsLimitsOf(options.limits);
    const records = new RecordLayer(limits);
    const exchange = new Exchange({ role: 'client', primitives, limits, records, messageSequence: 0 });
    const role = new ClientHandshake(exchange, options);
    const connection = new DtlsConnection({ records, exchange, role, nextMessage: 0, now });
    return { connection, events: connection.#begin(() => role.start(), now) };
  }

  /**
   * A server, for a client that has come through a HelloGate; closed already when the two have nothing in common.
   * @throws {DtlsUsageError} `INVALID_ARGUMENT`
   */
  static server(
    options: DtlsServerOptions,
    verified: VerifiedHello,
    now: number,
  ): { connection: DtlsConnection; events: DtlsEvent[] } {
    checkServerOptions(options);
    const { hello, message, recordSequence } = verified;
    const { messageSequence } = message;
    const { primitives } = options;
    const limits = dtlsLimitsOf(options.limits);
    const records = new RecordLayer(limits, recordSequence);
    const exchange = new Exchange({ role: 'server', primitives, limits, records, messageSequence });
    const role = new ServerHandshake(exchange, options);
    const connection = new DtlsConnection({ records, exchange, role, nextMessage: messageSequence + 1, now });
    return { connection, events: connection.#begin(() => role.start(hello, message), now) };
  }

  get state(): DtlsConnectionState {
    return this.#state;
  }

  /** When `tick` is due, in ms on the owner's clock; Infinity: never. */
  get deadline(): number {
    return this.#state === 'handshaking'
      ? Math.min(this.#exchange.flight.dueAt, this.#expiresAt)
      : Number.POSITIVE_INFINITY;
  }

  /** Most bytes `send` takes. */
  get largestMessage(): number {
    return roomInRecord(this.#limits.datagramBytes, 1);
  }

  /** Whether a record has a number the peer may have come to: says little, costs nothing. */
  canBeNext(record: Record): boolean {
    return this.#state === 'open' && this.#records.canBeNext(record);
  }

  /** Whether a record is the peer's; nothing changes. */
  isFromPeer(record: Record): boolean {
    return this.#records.isAuthentic(record);
  }

  /** A datagram of the peer, or of anybody. Never throws. */
  receive(datagram: Uint8Array, now: number): DtlsEvent[] {
    return this.#guarded(() => {
      for (const record of readRecords(datagram)) this.#onRecord(record, now);
    });
  }

  /**
   * Data for the peer, in one record.
   * @throws {DtlsUsageError} `NOT_CONNECTED`, `MESSAGE_TOO_LARGE`
   */
  send(bytes: Uint8Array): DtlsEvent[] {
    if (this.#state !== 'open') throw new DtlsUsageError('NOT_CONNECTED', `the connection is ${this.#state}`);
    if (bytes.length > this.largestMessage) {
      throw new DtlsUsageError(
        'MESSAGE_TOO_LARGE',
        `${bytes.length} bytes; ${this.largestMessage} fit into a datagram`,
      );
    }
    return this.#guarded(() => this.#transmit([this.#records.seal(ContentType.ApplicationData, 1, bytes)]));
  }

  /** To be called at `deadline`; earlier it does nothing. */
  tick(now: number): DtlsEvent[] {
    return this.#guarded(() => {
      if (this.#state !== 'handshaking') return;
      if (now >= this.#expiresAt) throw new DtlsError('HANDSHAKE_TIMEOUT', this.#timeoutMessage());
      if (now >= this.#exchange.flight.dueAt) this.#transmit(this.#exchange.flight.repeat(now));
    });
  }

  /** Says good-bye. What the peer sent and was not received yet is lost. */
  close(): DtlsEvent[] {
    if (this.#state === 'closed') return [];
    return this.#guarded(() => {
      this.#alert(WARNING, CLOSE_NOTIFY);
      this.#close(undefined);
    });
  }

  /** The network is gone, or somebody else is there: nothing more is sent. */
  end(error?: DtlsError): DtlsEvent[] {
    if (this.#state === 'closed') return [];
    return this.#guarded(() => this.#close(error));
  }

  #begin(start: () => Step, now: number): DtlsEvent[] {
    return this.#guarded(() => this.#onStep(start(), now));
  }

  /** Whatever goes wrong in `action` ends the connection, and the peer is told. */
  #guarded(action: () => void): DtlsEvent[] {
    try {
      action();
    } catch (thrown) {
      this.#fail(thrown instanceof DtlsError ? thrown : internal(thrown));
    }
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #onRecord(record: Record, now: number): void {
    if (this.#state === 'closed') return;
    const content = this.#records.open(record);
    if (content === undefined) return;
    const { type, bytes, epoch } = content;
    // ChangeCipherSpec says what the epoch of the next record says as well, and there it is authenticated.
    if (type === ContentType.ApplicationData) this.#events.push({ type: 'data', bytes });
    else if (type === ContentType.Alert) this.#onAlert(bytes);
    else if (type === ContentType.Handshake) this.#onHandshake(bytes, epoch, now);
  }

  #onHandshake(bytes: Uint8Array, epoch: number, now: number): void {
    for (const fragment of readFragments(bytes)) {
      if (this.#state === 'closed') return;
      if (this.#state === 'open') this.#onLateHandshake(fragment, now);
      // Finished is all that is ever protected: what says otherwise was not sent by a peer.
      else if ((epoch === 1) === (fragment.type === HANDSHAKE_TYPES.finished)) this.#onFragment(fragment, epoch, now);
    }
  }

  #onFragment(fragment: HandshakeFragment, epoch: number, now: number): void {
    const reception = this.#reassembly.add(fragment, epoch);
    if (reception === 'old') this.#transmit(this.#exchange.flight.answerRepeat(now));
    for (let message = this.#reassembly.take(); message !== undefined; message = this.#reassembly.take()) {
      const type = typeName(message.type);
      const cell = this.#role.cell(type);
      if (type === 'unknown' || !Array.isArray(cell)) throw unexpected(cell, type, this.#role.state);
      const step = this.#role.take(type, message);
      checkFollower(cell, step.state);
      this.#onStep(step, now);
      if (this.#state !== 'handshaking') return;
    }
  }

  /** After the handshake only a repeated Finished makes sense: our last flight was lost. */
  #onLateHandshake({ type: id, messageSequence }: HandshakeFragment, now: number): void {
    const type = typeName(id);
    if (type === 'finished' && messageSequence < this.#reassembly.next) {
      this.#transmit(this.#exchange.flight.answerRepeat(now));
      return;
    }
    const cell = this.#role.cell(type);
    if (cell !== 'ignored') throw unexpected(cell, type, 'open');
    if (this.#refusals++ < MOST_REFUSALS) this.#alert(WARNING, NO_RENEGOTIATION);
  }

  #onStep({ outcome }: Step, now: number): void {
    const { flight } = this.#exchange;
    if (outcome === 'flight') this.#transmit(flight.send(now));
    if (outcome === 'last-flight') this.#transmit(flight.sendLast(now));
    if (this.#role.state === 'open') {
      this.#state = 'open';
      this.#records.confirm();
      this.#exchange.conclude();
      this.#events.push({ type: 'connected', session: this.#role.session() });
    }
    if (this.#records.hasKeys) for (const record of this.#records.takeEarly()) this.#onRecord(record, now);
  }

  #onAlert(bytes: Uint8Array): void {
    const [level, description] = bytes;
    if (bytes.length !== 2 || description === undefined) return;
    if (description === CLOSE_NOTIFY && this.#state === 'open') {
      this.#alert(WARNING, CLOSE_NOTIFY);
      this.#close(undefined);
    } else if (description === CLOSE_NOTIFY || level === FATAL) {
      const message = `the peer ended the connection: ${alertName(description)}`;
      this.#close(new DtlsError('PEER_ALERT', message, { alert: description }));
    }
  }

  #fail(error: DtlsError): void {
    if (error.alert !== undefined) {
      try {
        this.#alert(error.alert === CLOSE_NOTIFY ? WARNING : FATAL, error.alert);
      } catch {
        // The key has done its work: not even this can be said with it.
      }
    }
    this.#close(error);
  }

  #close(error: DtlsError | undefined): void {
    this.#state = 'closed';
    this.#exchange.flight.begin();
    this.#events.push({ type: 'closed', error });
  }

  #alert(level: number, description: number): void {
    const epoch = this.#exchange.epoch;
    this.#transmit([this.#records.seal(ContentType.Alert, epoch, Uint8Array.of(level, description))]);
  }

  #transmit(datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) this.#events.push({ type: 'transmit', bytes });
  }

  #timeoutMessage(): string {
    const { forged } = this.#records;
    const waited = `no end of the handshake within ${this.#limits.handshakeMs} ms`;
    return forged === 0 ? waited : `${waited}; ${forged} records could not be opened: another shared key?`;
  }
}

function unexpected(cell: unknown, type: string, state: string): DtlsError {
  return new DtlsError((cell as Refusal).alert, `${type} is not expected in state ${state}`);
}

function internal(cause: unknown): DtlsError {
  return new DtlsError('INTERNAL_ERROR', `something failed here: ${cause}`, { cause });
}

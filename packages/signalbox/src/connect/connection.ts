// Connection: one link to one peer, ordered messages both ways. What it is made of is in reader, writer and core.

import type { Datagram } from '../datagram/datagram.ts';
import type { PeerCertificate } from '../transport/transport.ts';
import type { Carrier } from './carrier.ts';
import { ConnectionCore } from './connection-core.ts';
import { ConnectionError } from './connection-error.ts';
import { type ConnectionOptions, checkConnectionOptions } from './connection-options.ts';
import { ConnectionReader } from './connection-reader.ts';
import { ConnectionWriter, type Sendable, type SendOptions } from './connection-writer.ts';
import { quiet } from './deferred.ts';
import { limited, type WaitOptions } from './waiting.ts';

/** What happened so far. Bytes are those of the wire, headers and heartbeats included; heartbeats are no messages. */
export interface ConnectionStatistics {
  readonly messagesReceived: number;
  readonly bytesReceived: number;
  /** Taken by the system. */
  readonly messagesSent: number;
  readonly bytesSent: number;
  readonly heartbeatsReceived: number;
  readonly heartbeatsSent: number;
  /** Received, and not taken by the program yet. */
  readonly messagesUnread: number;
  /** Wait for the system to take them. */
  readonly bytesBuffered: number;
  /** UDP: what came and was no datagram. */
  readonly malformed: number;
  /** UDP: no room, or refused by the system. */
  readonly dropped: number;
}

/** How long `close` waits for a peer that does not read. */
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

const CONNECTIONS = new WeakMap<ConnectionReader | ConnectionWriter, Connection>();

export class Connection implements AsyncIterable<Datagram>, AsyncDisposable {
  readonly reader: ConnectionReader;
  readonly writer: ConnectionWriter;
  readonly #core: ConnectionCore;

  /** Over a carrier that is connected and not started. Throws ConnectionError `BAD_OPTIONS`. */
  constructor(carrier: Carrier, options: ConnectionOptions = {}) {
    checkConnectionOptions(options);
    this.#core = new ConnectionCore(carrier, options);
    this.reader = new ConnectionReader(this.#core);
    this.writer = new ConnectionWriter(this.#core);
    CONNECTIONS.set(this.reader, this);
    CONNECTIONS.set(this.writer, this);
  }

  /** The connection of two halves that `split` gave. Throws ConnectionError `NO_PAIR` when they are not of the same. */
  static join(reader: ConnectionReader, writer: ConnectionWriter): Connection {
    const connection = CONNECTIONS.get(reader);
    if (connection !== undefined && connection === CONNECTIONS.get(writer)) return connection;
    throw new ConnectionError('NO_PAIR', 'reader and writer are of two connections');
  }

  /** Both halves, for two parts of a program. */
  split(): [reader: ConnectionReader, writer: ConnectionWriter] {
    return [this.reader, this.writer];
  }

  /** `tcp`, `tls`, `unix`, `udp`, `ws`, `wss`, `memory`, or that of a provider. */
  get protocol(): string {
    return this.#core.carrier.protocol;
  }

  /** UDP: messages may be lost, doubled, or come in another order. */
  get isLossy(): boolean {
    return this.#core.carrier.isLossy;
  }

  /** `192.0.2.1:50123`, `[2001:db8::1]:50123`, `unix:/path`; stays known after the close. */
  get localAddress(): string {
    return this.#core.carrier.localAddress;
  }

  get remoteAddress(): string {
    return this.#core.carrier.remoteAddress;
  }

  /** The verified certificate of the peer, where there is one. */
  peerCertificate(): PeerCertificate | undefined {
    return this.#core.carrier.peerCertificate();
  }

  /** Until it was closed here, or has ended in any way. A peer that only sends no more leaves it open. */
  get isOpen(): boolean {
    return this.#core.isOpen;
  }

  /** Resolves when all is over: with the error it failed with, or with undefined. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#core.closed.promise;
  }

  /** Resolves when the peer sends no more, or all is over; what it sent before may be unread yet. Never rejects. */
  get peerEnded(): Promise<void> {
    return this.#core.peerEnded.promise;
  }

  get statistics(): ConnectionStatistics {
    const { inbox, outbox, carrier, malformed, heartbeatsReceived, heartbeatsSent } = this.#core;
    return {
      messagesReceived: inbox.messages,
      bytesReceived: inbox.bytes,
      messagesSent: outbox.messages,
      bytesSent: outbox.bytes,
      heartbeatsReceived,
      heartbeatsSent,
      messagesUnread: inbox.unread,
      bytesBuffered: outbox.bufferedBytes,
      malformed,
      dropped: carrier.dropped,
    };
  }

  /** See ConnectionReader. */
  receive(options?: WaitOptions): Promise<Datagram | undefined> {
    return this.reader.receive(options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram, undefined, undefined> {
    return this.reader[Symbol.asyncIterator]();
  }

  batches(): AsyncGenerator<readonly Datagram[], void, undefined> {
    return this.reader.batches();
  }

  /** See ConnectionWriter. */
  send(message: Sendable, options?: SendOptions): Promise<void> {
    return this.writer.send(message, options);
  }

  sendAll(messages: Iterable<Sendable> | AsyncIterable<Sendable>, options?: SendOptions): Promise<number> {
    return this.writer.sendAll(messages, options);
  }

  endWriting(options?: WaitOptions): Promise<void> {
    return this.writer.endWriting(options);
  }

  /**
   * Sends what waits, closes, and resolves when all is over. What the peer still sends is discarded. Rejects when what waited
   * could not be handed over, after `timeoutMs` (default 10,000) with ConnectionError `TIMEOUT`; it is closed then too.
   */
  close(options: WaitOptions = {}): Promise<void> {
    return quiet(this.#close(options));
  }

  async #close(options: WaitOptions): Promise<void> {
    const { timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS, signal } = options;
    const onGivenUp = (): boolean => {
      this.#core.fail(undefined);
      return true;
    };
    await limited(this.#core.finish(), { timeoutMs, signal }, { clock: this.#core.clock, onGivenUp });
    await this.closed;
  }

  /** Closes at once; what waits is lost, and its promises are rejected: with `error`, or ConnectionError `CLOSED`. */
  destroy(error?: Error): void {
    this.#core.fail(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

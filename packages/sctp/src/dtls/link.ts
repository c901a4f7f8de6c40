// One DTLS connection at an endpoint: where its peer is, and whom it tells what happens. Made by an endpoint only.

import type { DtlsConnection } from './connection.ts';
import type { DtlsEvent } from './connection-events.ts';
import type { DtlsError } from './errors.ts';
import type { DtlsSession } from './handshake-role.ts';
import type { Role } from './key-schedule.ts';

/** Where datagrams come from and go to, in the owner's terms; two with the same key are the same. */
export interface DtlsAddress {
  /** ASCII. */
  readonly key: string;
  /** The part of it that stays when a router between gives the peer another port. */
  readonly address: string;
}

/** What a link tells. Never called from inside `send`, except `closed` when the key has done its work. */
export interface LinkSink {
  connected(session: DtlsSession): void;
  /** What the peer sent in one datagram; the owner's to keep. */
  data(bytes: Uint8Array): void;
  /** Once, last. Without an error when either side closed the connection. */
  closed(error: DtlsError | undefined): void;
}

export interface LinkParts<A extends DtlsAddress> {
  readonly role: Role;
  readonly address: A;
  readonly connection: DtlsConnection;
  /** Carries a datagram to where the peer is now. */
  readonly transmit: (datagram: Uint8Array, address: A) => void;
  /** After every step: deadlines and states have changed. */
  readonly onStep: (link: DtlsLink<A>) => void;
}

export class DtlsLink<A extends DtlsAddress> {
  readonly role: Role;
  readonly connection: DtlsConnection;
  /** Set by the endpoint before the first event. */
  sink: LinkSink | undefined;
  /** Where the peer is now; an endpoint changes it only after a record that proved to be the peer's. */
  address: A;
  readonly #parts: LinkParts<A>;

  constructor(parts: LinkParts<A>) {
    this.role = parts.role;
    this.connection = parts.connection;
    this.address = parts.address;
    this.#parts = parts;
  }

  /** @throws {DtlsUsageError} `NOT_CONNECTED`, `MESSAGE_TOO_LARGE` */
  send(bytes: Uint8Array): void {
    this.did(this.connection.send(bytes));
  }

  close(): void {
    this.did(this.connection.close());
  }

  /** Carries out what the connection wants. */
  did(events: readonly DtlsEvent[]): void {
    for (const event of events) {
      if (event.type === 'transmit') this.#parts.transmit(event.bytes, this.address);
      else if (event.type === 'data') this.sink?.data(event.bytes);
      else {
        this.#parts.onStep(this);
        if (event.type === 'connected') this.sink?.connected(event.session);
        else this.sink?.closed(event.error);
      }
    }
  }
}

// What a network connection can be: the half of the protocol that belongs to one side, as a value. It says what may be
// received and sent there, how each packet is read or written, and what is done with it. The client's half is in
// client-half.ts, the server's in server-half.ts; the machine in the middle (connection-*.ts) knows neither, so that a
// program which is only a client does not carry the server.

import type { ConnectionCore } from './connection-core.ts';
import type { ConnectionState, Side, StateTable } from './connection-states.ts';
import type { PacketError } from './errors.ts';
import type { Packet, PacketInput, PacketType } from './packets/packet.ts';
import type { ReadBody, WritingForm } from './packets/packet-form.ts';
import type { ScanProperties } from './publish-view.ts';

/** A packet that can come in. PUBLISH is none of them: it has a lane of its own. */
export interface Incoming<P> {
  readonly read: ReadBody<P>;
  receive<S>(core: ConnectionCore<S>, packet: P): void;
}

/** A packet that can go out. */
interface Outgoing<P> {
  readonly form: WritingForm<P>;
  /** Returns the Packet Identifier, 0 when there is none. `next` is the state from the table. Throws UsageError. */
  send<S>(core: ConnectionCore<S>, packet: P, next: ConnectionState, stored: S | undefined): number;
}

export interface Half {
  readonly side: Side;
  readonly receives: StateTable;
  readonly sends: StateTable;
  readonly incoming: { readonly [T in PacketType]?: Incoming<Extract<Packet, { type: T }>> };
  readonly outgoing: { readonly [T in PacketType]?: Outgoing<Extract<PacketInput, { type: T }>> };
  /** How the properties of a PUBLISH are validated. */
  readonly scanProperties: ScanProperties;
  /**
   * A packet that the table allows is about to be read while the handshake is not complete; true when it was taken away or
   * the connection closed instead.
   */
  intercept?<S>(core: ConnectionCore<S>, type: PacketType, buffer: Uint8Array, start: number, end: number): boolean;
  /** A packet of this type could not be read; the connection is about to fail. */
  onUnreadable?<S>(core: ConnectionCore<S>, type: PacketType, buffer: Uint8Array, bodyStart: number, end: number): void;
  /** The peer broke a rule before CONNACK: what it is told. */
  refuse?<S>(core: ConnectionCore<S>, error: PacketError): void;
}

/** What a connection is before it has become one of them: by sending CONNECT, and by receiving it. */
export interface Halves {
  readonly sender: Half;
  readonly receiver: Half;
  /** Tells the peer what it did wrong, in words; false when there is no room for them. */
  explain?<S>(core: ConnectionCore<S>, firstByte: number, head: readonly number[], error: PacketError): boolean;
}

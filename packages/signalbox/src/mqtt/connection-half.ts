// What a network connection can be: the half of the protocol that belongs to one side, as a value. It says what may be
// received and sent there, how each packet is read or written, and what is done with it. The client's half is in
// client-half.ts, the server's in server-half.ts; the machine in the middle (connection-*.ts) knows neither, so that a
// program which is only a client does not carry the server.

import type { ConnectionCore } from './connection-core.ts';
import type { ConnectionState, Side, StateTable } from './connection-states.ts';
import type { PacketError } from './errors.ts';
import type { Packet, PacketInput, PacketType } from './packets/packet.ts';
import type { ReadBody, WritingForm } from './packets/packet-form.ts';
import type { PublishView, ScanProperties } from './publish-view.ts';

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

/** What becomes of the PUBLISH packets of QoS 1 and 2 that a side sends, until they are settled. */
export interface Publishing {
  /** The handshake is complete: what was in flight goes on. */
  resume<S>(core: ConnectionCore<S>): void;
  sendHeld<S>(core: ConnectionCore<S>): void;
  /** When sendHeld is due; Infinity: never, or not before something else happens. */
  resendDeadline<S>(core: ConnectionCore<S>): number;
  /** `packet` when it was read as an object. */
  receiveSettlement<S>(
    core: ConnectionCore<S>,
    type: 'puback' | 'pubrec' | 'pubcomp',
    packetIdentifier: number,
    reasonCode: number,
    packet: Packet | undefined,
  ): void;
}

export interface Half {
  readonly side: Side;
  readonly receives: StateTable;
  readonly sends: StateTable;
  readonly incoming: { readonly [T in PacketType]?: Incoming<Extract<Packet, { type: T }>> };
  readonly outgoing: { readonly [T in PacketType]?: Outgoing<Extract<PacketInput, { type: T }>> };
  /** How the properties of a PUBLISH are validated. */
  readonly scanProperties: ScanProperties;
  /** Absent as long as nothing is published. */
  readonly publishing?: Publishing;
  /** A PUBLISH with a Topic Alias was read; what is wrong with it, if anything. Absent where none is taken. */
  resolveAlias?<S>(core: ConnectionCore<S>, view: PublishView): PacketError | undefined;
  /** CONNECT names an Authentication Method. Absent where none is ever named. */
  beginAuthentication?<S>(core: ConnectionCore<S>, method: string): void;
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

/** What a half can do without until its owner asks for it: an owner in a page loads it then. */
export type HalfPart = Pick<Half, 'incoming' | 'outgoing'> &
  Partial<Pick<Half, 'publishing' | 'resolveAlias' | 'beginAuthentication'>>;

export function withPart(half: Half, part: HalfPart): Half {
  return {
    ...half,
    ...part,
    incoming: { ...half.incoming, ...part.incoming },
    outgoing: { ...half.outgoing, ...part.outgoing },
  };
}

export function withParts(half: Half, ...parts: readonly HalfPart[]): Half {
  return parts.reduce(withPart, half);
}

/** What a connection is before it has become one of them: by sending CONNECT, and by receiving it. */
export interface Halves {
  readonly sender: Half;
  readonly receiver: Half;
  /** Tells the peer what it did wrong, in words; false when there is no room for them. */
  explain?<S>(core: ConnectionCore<S>, firstByte: number, head: readonly number[], error: PacketError): boolean;
}

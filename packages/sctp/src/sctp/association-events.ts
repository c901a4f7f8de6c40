// What an association tells its owner, at once and in order, as calls of a sink; EventList is the sink that gathers them
// for owners who would rather have a list.

import type { ErrorCause } from './error-causes.ts';
import type { SctpError } from './sctp-error.ts';

export interface IncomingMessage {
  readonly streamIdentifier: number;
  /** The number the sender gave it, for programs to tell protocols apart; SCTP itself has no use for it. */
  readonly payloadProtocolIdentifier: number;
  readonly isUnordered: boolean;
  /** Never empty. Valid until the call returns: whoever keeps it copies it. */
  readonly bytes: Uint8Array;
}

export interface AssociationSink {
  /** A packet for the peer, to be sent as it is; the bytes are the owner's from now on. */
  transmit(packet: Uint8Array): void;
  /** Messages can be sent from now on. */
  established(): void;
  /** Counts against the receive window until `consume()` is told its length. */
  message(message: IncomingMessage): void;
  /** The peer shuts down: nothing can be sent any more, what was sent before still arrives. */
  peerShutdown(): void;
  /** What waits to be sent has fallen to the low-water mark, after it was above. */
  drain(): void;
  /** The peer complains, and the association goes on. */
  peerError(causes: readonly ErrorCause[]): void;
  /** The last event: undefined after a shutdown or an abort of the owner's own. */
  ended(error: SctpError | undefined): void;
}

export type AssociationEvent =
  | { readonly type: 'transmit'; readonly packet: Uint8Array }
  | { readonly type: 'established' }
  | { readonly type: 'message'; readonly message: IncomingMessage }
  | { readonly type: 'peer-shutdown' }
  | { readonly type: 'drain' }
  | { readonly type: 'peer-error'; readonly causes: readonly ErrorCause[] }
  | { readonly type: 'ended'; readonly error: SctpError | undefined };

/** Gathers events until somebody takes them. Messages in it are copies. */
export class EventList implements AssociationSink {
  #events: AssociationEvent[] = [];

  /** The events since the last time, in order. */
  take(): AssociationEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  transmit(packet: Uint8Array): void {
    this.#events.push({ type: 'transmit', packet });
  }
  established(): void {
    this.#events.push({ type: 'established' });
  }
  message(message: IncomingMessage): void {
    this.#events.push({ type: 'message', message: { ...message, bytes: message.bytes.slice() } });
  }
  peerShutdown(): void {
    this.#events.push({ type: 'peer-shutdown' });
  }
  drain(): void {
    this.#events.push({ type: 'drain' });
  }
  peerError(causes: readonly ErrorCause[]): void {
    this.#events.push({ type: 'peer-error', causes });
  }
  ended(error: SctpError | undefined): void {
    this.#events.push({ type: 'ended', error });
  }
}

// The events of an MSIP client, named as those of the reference clients. docs/guide/coming-from-msip.md

import type { MsipMessage } from './message.ts';

/** The header of a frame that came. */
export interface MsipHeader {
  readonly version: number;
  /** Bits of `Flags`. */
  readonly flags: number;
  /** A value of `FrameType`. */
  readonly frameType: number;
  /** A value of `MsgKind`. */
  readonly msgKind: number;
  /** Bytes behind the header. */
  readonly payloadLength: number;
  readonly msgId: bigint;
}

/** The arguments of each event. */
export interface MsipClientEvents {
  /** HELLO was accepted, and what is subscribed to was subscribed to again. */
  connect: [];
  /** A connection has ended; why, unless it was asked to. */
  disconnect: [error: Error | undefined];
  /** Before the wait for the next attempt. `attempt` is 1 for the first after a connection. */
  reconnecting: [attempt: number, delayMs: number, error: Error];
  /** A message, as text; the third argument has the bytes. */
  message: [topic: string, text: string, message: MsipMessage];
  /** The same message with everything that is known of it. */
  event: [message: MsipMessage];
  /** A request was acknowledged. */
  ack: [msgId: bigint];
  pong: [msgId: bigint];
  /** What no promise tells. Without a listener it is printed, but for failures of the network; it never ends the process. */
  error: [error: Error];
  /** Every frame that comes, before it is acted upon; the payload is a copy. */
  frame: [header: MsipHeader, payload: Uint8Array];
}

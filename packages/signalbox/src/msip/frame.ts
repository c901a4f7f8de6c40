// The ten frames of MSIP as objects: what was read, and what is to be written. §3

/** What stands in the header of every frame. */
interface FrameHead {
  /** Bits of `Flags`; reserved ones are never set. */
  readonly flags: number;
  /** 1 to 5, see `MsgKind`. */
  readonly msgKind: number;
  /** 0n to 2^64 − 1. */
  readonly msgId: bigint;
}

/** §3.1; with user name and password §9. */
export interface HelloFrame extends FrameHead {
  readonly type: 'hello';
  /** Empty: the server assigns one. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

/** §3.2, §3.3 */
export interface SubscriptionFrame extends FrameHead {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly topic: string;
}

/** §3.4, §3.5 */
export interface MessageFrame extends FrameHead {
  readonly type: 'publish' | 'event';
  readonly topic: string;
  /** As it was sent: compressed perhaps, see `compressionOf`. */
  readonly message: Uint8Array;
}

/** §3.6 */
export interface AckFrame extends FrameHead {
  readonly type: 'ack';
  /** Of the answer to HELLO the identity, empty otherwise. */
  readonly payload: Uint8Array;
}

/** §3.7 */
export interface ErrorFrame extends FrameHead {
  readonly type: 'error';
  readonly text: string;
}

/** §3.8, §3.9, §3.10 */
export interface BareFrame extends FrameHead {
  readonly type: 'ping' | 'pong' | 'close';
}

/** A frame that was read. Its bytes are valid until the call that handed it out returns, unless said otherwise. */
export type Frame = HelloFrame | SubscriptionFrame | MessageFrame | AckFrame | ErrorFrame | BareFrame;
export type FrameKind = Frame['type'];

/** What may be left out of a frame to be sent: flags are none, msgKind is EVENT, msgId is 0n, payloads are empty. */
interface InputHead {
  readonly flags?: number;
  readonly msgKind?: number;
  readonly msgId?: bigint;
}

export type FrameInput =
  | (InputHead & {
      readonly type: 'hello';
      readonly clientId?: string;
      readonly username?: string | undefined;
      /** Needs a user name. */
      readonly password?: Uint8Array | string | undefined;
    })
  | (InputHead & { readonly type: 'subscribe' | 'unsubscribe'; readonly topic: string })
  | (InputHead & {
      readonly type: 'publish' | 'event';
      readonly topic: string;
      readonly message?: Uint8Array | string;
    })
  | (InputHead & { readonly type: 'ack'; readonly payload?: Uint8Array })
  | (InputHead & { readonly type: 'error'; readonly text?: string })
  | (InputHead & { readonly type: 'ping' | 'pong' | 'close' });

/** By frame_type; the first place is empty. */
export const FRAME_KINDS: readonly (FrameKind | undefined)[] = [
  undefined,
  'hello',
  'subscribe',
  'unsubscribe',
  'publish',
  'event',
  'ack',
  'error',
  'ping',
  'pong',
  'close',
];

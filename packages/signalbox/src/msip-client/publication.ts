// A message to be published, from the call to its answer.

import { Deferred } from '../client/deferred.ts';
import type { Compression } from '../msip/compression.ts';
import { Flags, type MsgKind } from '../msip/header.ts';
import type { MsipClientError } from './client-errors.ts';
import type { MsipOperationOptions } from './client-options.ts';
import type { Request } from './requests.ts';

export interface MsipPublishOptions extends MsipOperationOptions {
  /** What the message is about, a value of `MsgKind`. Default `MsgKind.Event`. */
  readonly msgKind?: MsgKind | undefined;
  /** It overtakes what is not urgent, here and in the server. Default false. */
  readonly urgent?: boolean | undefined;
  /** Compresses it, unless it would not become smaller. Default: it goes as it is. */
  readonly compress?: Compression | undefined;
  /** The promise waits for the server's ACK. Default true; without, it resolves when the message is handed to the network. */
  readonly acknowledge?: boolean | undefined;
  /**
   * When the connection is lost before the ACK, the message is published again: it can arrive twice. Default false: the
   * promise rejects with `CONNECTION_LOST`, and the message may have arrived or not.
   */
  readonly repeat?: boolean | undefined;
}

export interface MsipPublishResult {
  readonly msgId: bigint;
  /** False: it was handed to the network, and that is all that is known. */
  readonly isAcknowledged: boolean;
}

/** What of a message goes onto the wire. */
export interface Outgoing {
  readonly type: 'publish';
  readonly topic: string;
  message: Uint8Array | string;
  flags: number;
  readonly msgKind: number;
  readonly msgId: bigint;
}

/** Who is told what became of it. */
export interface PublicationOwner {
  /** It is answered, and the connection lives on. */
  onAnswered(publication: Publication): void;
  onLost(publication: Publication): void;
}

export class Publication implements Request {
  readonly what = 'publish';
  readonly outgoing: Outgoing;
  /** Bytes of topic and message, or about as many; of those that wait. */
  size = 0;
  /** It is being compressed: it, and what is behind it, has to wait. */
  isReady = true;
  /** It was given up. */
  isSettled = false;
  readonly repeats: boolean;
  /** How often the server ended the connection on which it was. */
  ends = 0;
  readonly #owner: PublicationOwner;
  readonly #deferred: Deferred<MsipPublishResult> | undefined;
  readonly #onFailure: ((error: unknown) => void) | undefined;

  /** With `onFailure` nobody awaits it. */
  constructor(
    outgoing: Outgoing,
    owner: PublicationOwner,
    options: { readonly repeats: boolean; readonly onFailure?: ((error: unknown) => void) | undefined },
  ) {
    this.outgoing = outgoing;
    this.#owner = owner;
    this.repeats = options.repeats;
    this.#onFailure = options.onFailure;
    this.#deferred = options.onFailure === undefined ? new Deferred() : undefined;
  }

  get result(): Promise<MsipPublishResult> {
    return this.#deferred!.promise;
  }

  /** Its ACK is waited for. */
  get isTracked(): boolean {
    return this.#deferred !== undefined && (this.outgoing.flags & Flags.AckRequired) !== 0;
  }

  onAnswer(): void {
    this.resolve(true);
    this.#owner.onAnswered(this);
  }

  onRefused(error: MsipClientError): void {
    this.reject(error);
    this.#owner.onAnswered(this);
  }

  onLost(error: MsipClientError): void {
    if (!this.repeats) this.reject(error);
    this.#owner.onLost(this);
  }

  resolve(isAcknowledged: boolean): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#deferred?.resolve({ msgId: this.outgoing.msgId, isAcknowledged });
  }

  reject(error: unknown): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#deferred?.reject(error);
    this.#onFailure?.(error);
  }
}

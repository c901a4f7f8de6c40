// HELLO on one connection after another: as whom the client comes, and what the server makes of it. §3.1, §4, §9

import { copyOf } from '../bytes/copy.ts';
import { Deferred } from '../client/deferred.ts';
import type { FrameView } from '../msip/frame-view.ts';
import { Flags, FrameType } from '../msip/header.ts';
import type { Transport } from '../transport/transport.ts';
import { MsipClientError, MsipRefusedError } from './client-errors.ts';
import type { MsipClientOptions, MsipConnectSettings } from './client-options.ts';
import type { NetworkConnection } from './network-connection.ts';

/** Longer ids than this are cut by reference servers, which take them for a number. */
const CUT_AFTER = 8;

export class Greeting {
  /** As the server knows the client: given, or assigned. */
  clientId: string;
  /** The server keeps messages until they are acknowledged. */
  isAcknowledged = false;
  readonly #options: MsipClientOptions;
  readonly #network: NetworkConnection;
  #answer = new Deferred<void>();
  #isAsking = false;
  /** The server cuts ids: one that it assigned must not be said to it. */
  #cutsIds = false;
  #isCut = false;

  constructor(options: MsipClientOptions, network: NetworkConnection) {
    this.#options = options;
    this.#network = network;
    this.clientId = options.clientId ?? '';
  }

  /** A new life: nothing is known of the server. */
  forget(): void {
    this.clientId = this.#options.clientId ?? '';
    this.#cutsIds = false;
  }

  /** Resolves when HELLO is accepted; otherwise the transport is closed when this rejects. */
  async greet(
    transport: Transport,
    { username, password }: MsipConnectSettings,
    ended: Promise<unknown>,
  ): Promise<void> {
    const network = this.#network;
    this.#answer = new Deferred();
    this.#answer.promise.catch(() => {}); // also when HELLO cannot be sent at all
    this.#isAsking = true;
    network.open(transport);
    const flags = this.#options.acknowledged === true ? Flags.AckRequired : Flags.None;
    // A random number: servers find sessions under it, too, [MSIP-4-3], and small ones would be those of everybody.
    const [msgId] = crypto.getRandomValues(new BigUint64Array(1));
    if (this.#cutsIds) this.clientId = this.#options.clientId ?? '';
    try {
      network.send({ type: 'hello', clientId: this.clientId, username, password, flags, msgId: msgId! });
      await this.#answer.promise;
    } catch (error) {
      network.destroy(error as Error);
      await ended;
      throw error;
    } finally {
      this.#isAsking = false;
    }
  }

  /** True once: the next attempt, at once, is with another id. */
  takeCut(): boolean {
    const isCut = this.#isCut;
    this.#isCut = false;
    return isCut;
  }

  /** The answer to HELLO is here. False: it is none that will do. */
  onAccepted(view: FrameView): boolean {
    const identity = copyOf(view.buffer, view.payloadStart, view.payloadEnd);
    const isAssigned = this.clientId !== (this.#options.clientId ?? '');
    if (isAssigned && this.clientId.length > CUT_AFTER && identity.length === CUT_AFTER) {
      this.#cutsIds = true;
      this.#isCut = true;
      this.#answer.reject(
        new MsipClientError('CONNECTION_LOST', 'this server takes the id for that of another client'),
      );
      return false;
    }
    this.isAcknowledged = view.isAckRequired && this.#options.acknowledged === true;
    if (this.clientId === '' && identity.length === 8 && !this.#cutsIds) {
      this.clientId = String(new DataView(identity.buffer).getBigUint64(0)); // [MSIP-3.1-5] [MSIP-3.1-7]
    }
    this.#isAsking = false;
    this.#answer.resolve();
    return true;
  }

  /** Before the answer an ERROR is the answer. */
  onError(view: FrameView): void {
    this.#answer.reject(new MsipRefusedError('HELLO', view.msgId, view.text));
  }

  onEnd(error: Error | undefined): void {
    this.#answer.reject(error ?? new MsipClientError('CONNECTION_LOST', 'the server closed the connection'));
  }

  /** HELLO waits for its answer. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Whether this frame is the ACK of HELLO. */
  isAnswer(view: FrameView): boolean {
    return this.#isAsking && view.frameType === FrameType.Ack && this.#network.core.state === 'connected';
  }
}

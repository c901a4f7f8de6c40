/**
 * What is to be sent to one client and how the network takes it: the client's place in the outbox, whether messages have
 * to wait, and what becomes of the rest while the network takes no more. It must not know what the bytes mean.
 */

import type { Outlet } from '../delivery/outbox.ts';
import type { StoredDelivery } from '../store/store.ts';
import { CommittedOutput } from './committed-output.ts';
import type { Link } from './link.ts';

/** PUBACK and the like, without a reason. */
const ACKNOWLEDGEMENT_BYTES = 4;

export class ClientOutput implements Outlet {
  /** Before CONNACK, and while the network does not take more: messages wait in the session's queue. [MQTT-3.2.0-1] */
  isBlocked = true;
  outStart = 0;
  outEnd = 0;
  outMore: number[] | undefined = undefined;
  readonly #link: Link;
  /** The network did not take everything at once lately: its bytes leave the slab before they are written. */
  #isSlow = false;
  /** Bytes written after the network said that it takes no more: answers, as messages wait in the queue. */
  #unsentBytes = 0;
  /** The last word is said: what comes now is thrown away. */
  #isMuted = false;
  /** Undefined until a message of QoS 2 goes to a session that lasts. */
  #committedOutput: CommittedOutput | undefined = undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The client does not take its answers: more is due to it than the broker holds for anyone. */
  get isOverfull(): boolean {
    const link = this.#link;
    const waiting = (this.#committedOutput?.bytes ?? 0) + link.waitingAcknowledgements * ACKNOWLEDGEMENT_BYTES;
    return this.#unsentBytes + waiting > link.exchange.limits.unsentBytes;
  }

  /** Has the store learn how far a delivery is; with QoS 2 nothing more is sent before it has (§4.3.3). */
  saveStage(stored: StoredDelivery, stage: 'sent' | 'received', packetIdentifier: number): void {
    const { exchange, session } = this.#link;
    if (session?.isStored !== true) return;
    const { clientId } = session;
    exchange.commits.write({ type: 'delivery-stage', clientId, delivery: stored, stage, packetIdentifier });
    if (stored.qos < 2) return;
    this.#committedOutput ??= new CommittedOutput(this.#link);
    this.#committedOutput.waitForStore();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isMuted) return true;
    if (this.#committedOutput?.takes(bytes) === true) return true;
    const link = this.#link;
    link.exchange.statistics.bytesSent += bytes.length;
    if (this.#isSlow) {
      if (this.isBlocked) this.#unsentBytes += bytes.length;
      // A write that is taken before onDrain does not end the wait: what is sent now would overtake what waits.
      if (!link.transport.write(Buffer.from(bytes))) this.isBlocked = true;
      if (!this.isBlocked) this.#isSlow = false;
      else if (this.isOverfull) link.readOrPause();
      return true;
    }
    if (link.transport.write(bytes)) return true;
    this.isBlocked = true;
    this.#isSlow = true;
    return false;
  }

  fail(error: unknown, doing: string): void {
    this.#link.fail(error, doing);
  }

  /** The network has taken everything. Before its greeting a client gets no message all the same. [MSIP-3-5] */
  onDrain(): void {
    this.#unsentBytes = 0;
    if (this.#link.isAnnounced) this.isBlocked = false;
    else this.#isSlow = false;
  }

  /** Sends what is left, and nothing that comes after it. */
  mute(): void {
    this.#link.exchange.outbox.flushOutlet(this);
    this.#isMuted = true;
  }

  /** Sends what is left and says goodbye to the network, unless that has to wait for the store as well. */
  end(): void {
    const { exchange, transport } = this.#link;
    exchange.outbox.flushOutlet(this);
    if (this.#committedOutput?.isHolding !== true) transport.end();
  }

  /** The connection is gone: nothing more is sent, and what is left is forgotten. */
  discard(): void {
    this.isBlocked = true;
    this.#link.exchange.outbox.discard(this);
  }
}

/**
 * What waits to be sent to one client until the store has what it stands for (QoS 2, §4.3.3). A broker that fell before
 * would not know of the message, and give its identifier to another one, which the client would take for the first. With
 * a store that commits at once nothing ever waits. Of packets it knows only CONNACK.
 */

import type { CommitWaiter } from '../store/commits.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { Link } from './link.ts';

const CONNACK = 0x20;

export class CommittedOutput implements CommitWaiter {
  /** Of what waits. */
  bytes = 0;
  readonly #link: Link;
  #held: Uint8Array[] | undefined = undefined;
  #mustWait = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** What was written to the store now is to be kept before anything more is sent. */
  waitForStore(): void {
    this.#mustWait = true;
  }

  /** Then the connection ends when what waits has left. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Takes a copy of the bytes when they have to wait; otherwise answers false. */
  takes(bytes: Uint8Array): boolean {
    const link = this.#link;
    if (this.#held === undefined) {
      if (!this.#mustWait) return false;
      this.#mustWait = false;
      const { commits } = link.exchange;
      if (commits.settle(link.durability)) return false;
      this.#held = [];
      commits.wait(this);
    }
    this.#held.push(Uint8Array.from(bytes));
    this.bytes += bytes.length;
    link.output.isBlocked = true; // messages wait in the queue meanwhile, where they are counted
    if (link.output.isOverfull) link.readOrPause();
    return true;
  }

  onCommitted(error: Error | undefined): void {
    const link = this.#link;
    const held = this.#held ?? [];
    const wasOverfull = link.output.isOverfull;
    this.#held = undefined;
    this.bytes = 0;
    if (error === undefined) {
      link.output.isBlocked = false;
      for (const bytes of held) link.output.write(bytes); // the rest may have to wait again
    }
    if (this.isHolding) return;
    if (link.isClosed) {
      link.transport.end();
      return;
    }
    if (error !== undefined) this.#giveUp(held[0]!, error);
    else if (!link.output.isBlocked && link.session !== undefined) link.exchange.dispatcher.pump(link.session);
    if (wasOverfull && !link.isClosed) link.readOrPause();
  }

  /** What was to be sent is not. A DISCONNECT can take its place, but not that of a CONNACK. [MQTT-3.14.0-1] */
  #giveUp(unsent: Uint8Array, error: Error): void {
    const link = this.#link;
    if (unsent[0] === CONNACK) link.transport.destroy();
    else link.part(error, storeReasonCode(error));
  }
}

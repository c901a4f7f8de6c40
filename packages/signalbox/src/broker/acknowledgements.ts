/**
 * Acknowledgements of one connection that wait for the store (§4.3: accept first, then acknowledge). With a store that
 * commits at once they leave at the end of the chunk of bytes that brought the messages. They leave in order.
 */

import { ReasonCode } from '../mqtt/reason-codes.ts';
import { Received } from '../mqtt/received-identifiers.ts';
import type { ClientLink } from './client-link.ts';

const REASON_BITS = 256;
/** `packetIdentifier × 256 + reasonCode`, so that a list of them is a list of small numbers. */
type Acknowledgement = number;

export class Acknowledgements {
  readonly #link: ClientLink;
  #ready: Acknowledgement[] | undefined = undefined;

  constructor(link: ClientLink) {
    this.#link = link;
  }

  add(packetIdentifier: number, reasonCode: number): void {
    this.#ready ??= [];
    this.#ready.push(packetIdentifier * REASON_BITS + reasonCode);
  }

  /** Lets go what was added, now or when the store has committed. */
  release(): void {
    const ready = this.#ready;
    const { commits } = this.#link.exchange;
    if (ready === undefined || ready.length === 0) {
      commits.settle(); // what was written is not left open until the next message
      return;
    }
    if (commits.settle()) {
      this.#send(ready);
      ready.length = 0;
      return;
    }
    this.#ready = undefined;
    commits.wait({ onCommitted: (error) => this.#onCommitted(ready, error) });
  }

  #onCommitted(acknowledgements: Acknowledgement[], error: Error | undefined): void {
    this.#link.exchange.now();
    if (error === undefined) {
      this.#send(acknowledgements);
      return;
    }
    if (!this.#link.isClosed) this.#link.fail(error, 'keeping a message');
    // A message is not acknowledged, and forgotten by the session: the client sends it again. A PUBREL was never here: the
    // store still has its identifier, so the session must too, or a later message would be taken for that one.
    const { received } = this.#link.connection.session;
    const isPublish = (each: Acknowledgement) => received.stageOf(identifierOf(each)) !== Received.Released;
    this.#send(acknowledgements.filter(isPublish).map(refused));
  }

  #send(acknowledgements: readonly Acknowledgement[]): void {
    const link = this.#link;
    const now = link.exchange.lastNow;
    const hasReasons = link.protocolVersion === 5 || link.isClosed;
    for (let i = 0; i < acknowledgements.length; i++) {
      const acknowledgement = acknowledgements[i]!;
      const packetIdentifier = identifierOf(acknowledgement);
      const reasonCode = acknowledgement % REASON_BITS;
      if (reasonCode === 0 || !hasReasons) link.connection.acknowledge(packetIdentifier, now, link);
      else link.connection.acknowledge(packetIdentifier, now, link, { reasonCode });
    }
  }
}

function identifierOf(acknowledgement: Acknowledgement): number {
  return Math.floor(acknowledgement / REASON_BITS);
}

function refused(acknowledgement: Acknowledgement): Acknowledgement {
  return acknowledgement - (acknowledgement % REASON_BITS) + ReasonCode.UnspecifiedError;
}

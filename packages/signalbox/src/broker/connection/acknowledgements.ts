/**
 * Acknowledgements of one connection that wait for the store (§4.3: accept first, then acknowledge). With a store that
 * commits at once they leave at the end of the chunk of bytes that brought the messages. They leave in order.
 */

import type { AcknowledgementResponse } from '../../mqtt/acknowledgement-order.ts';
import { Received } from '../../mqtt/received-identifiers.ts';
import type { CommitWaiter } from '../store/commits.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { ClientLink } from './client-link.ts';
import { explainRefusal } from './explanations.ts';

const REASON_BITS = 256;
/** `packetIdentifier × 256 + reasonCode`, so that a list of them is a list of small numbers. */
type Acknowledgement = number;

export class Acknowledgements implements CommitWaiter {
  readonly #link: ClientLink;
  /** Those that wait, oldest first, and behind them those whose commit has not ended. */
  #list: Acknowledgement[] | undefined = undefined;
  /** How many of them wait for each commit. */
  #counts: number[] | undefined = undefined;
  /** How many of the list wait. */
  waiting = 0;

  constructor(link: ClientLink) {
    this.#link = link;
  }

  add(packetIdentifier: number, reasonCode: number): void {
    this.#list ??= [];
    this.#list.push(packetIdentifier * REASON_BITS + reasonCode);
  }

  /** Lets go what was added, now or when the store has committed. */
  release(): void {
    const link = this.#link;
    const { commits } = link.exchange;
    const isKept = commits.settle(link.durability); // also when nothing waits for it: it is not left open until the next message
    const list = this.#list;
    if (list === undefined || list.length === this.waiting) return;
    if (isKept) {
      this.#send(list, this.waiting, list.length);
      while (list.length > this.waiting) list.pop(); // setting the length costs more for the one or two there are
    } else if (commits.failure !== undefined) this.#answerAtOnce(list.splice(this.waiting));
    else {
      this.#counts ??= [];
      this.#counts.push(list.length - this.waiting);
      this.waiting = list.length;
      commits.wait(this);
      if (link.output.isOverfull) link.readOrPause();
    }
  }

  /** While the store fails, a message is refused, or is one of which nothing is to be kept. With a PUBREL that is not so. */
  #answerAtOnce(acknowledgements: readonly Acknowledgement[]): void {
    const { received } = this.#link.connection.session;
    const isReleased = (each: Acknowledgement) => received.stageOf(identifierOf(each)) === Received.Released;
    const answers = acknowledgements.filter((each) => !isReleased(each));
    this.#send(answers, 0, answers.length);
    this.#waitAgain(acknowledgements.filter(isReleased));
  }

  onCommitted(error: Error | undefined): void {
    const link = this.#link;
    const count = this.#counts!.shift()!;
    const wasOverfull = link.output.isOverfull;
    link.exchange.now();
    const list = this.#list!;
    if (error === undefined) {
      this.#send(list, 0, count);
      list.splice(0, count);
      this.waiting -= count;
    } else {
      const refused = list.splice(0, count);
      this.waiting -= count;
      this.#refuse(refused, error);
    }
    if (wasOverfull && !link.isClosed) link.readOrPause();
  }

  #send(acknowledgements: readonly Acknowledgement[], start: number, end: number): void {
    const link = this.#link;
    const now = link.exchange.lastNow;
    const hasReasons = link.protocolVersion === 5 || link.isClosed;
    for (let i = start; i < end; i++) {
      const acknowledgement = acknowledgements[i]!;
      const packetIdentifier = identifierOf(acknowledgement);
      const reasonCode = acknowledgement % REASON_BITS;
      if (reasonCode === 0 || !hasReasons) link.connection.acknowledge(packetIdentifier, now, link);
      else link.connection.acknowledge(packetIdentifier, now, link, responseOf(reasonCode));
    }
  }

  /**
   * Nothing is acknowledged now. In 5.0 a message of QoS 1 is refused; it has been routed, and may come again. One of QoS 2
   * must not be routed twice, and a refusal could be lost on its way: its PUBREC comes when the store has it, and so does a
   * PUBCOMP. Before 5.0 there is no way to refuse but to end the connection: the message comes again, and one of QoS 2 is
   * known then, because the CONNACK that goes before waits for the store too.
   */
  #refuse(acknowledgements: readonly Acknowledgement[], error: Error): void {
    const link = this.#link;
    const refusal = storeReasonCode(error);
    if (link.protocolVersion !== 5 && !link.isClosed) link.part(error, refusal);
    if (link.isClosed) {
      this.#send(acknowledgements, 0, acknowledgements.length); // to nobody: the session learns that it has the messages
      return;
    }
    const { received } = link.connection.session;
    const patient: Acknowledgement[] = [];
    const answers: Acknowledgement[] = [];
    for (const each of acknowledgements) {
      const packetIdentifier = identifierOf(each);
      if (each % REASON_BITS >= 0x80) answers.push(each);
      else if (received.stageOf(packetIdentifier) !== Received.Unknown) patient.push(each);
      else answers.push(packetIdentifier * REASON_BITS + refusal);
    }
    this.#send(answers, 0, answers.length);
    this.#waitAgain(patient);
  }

  /** Ahead of whatever was added since: that is in the part of the list which does not wait. */
  #waitAgain(acknowledgements: readonly Acknowledgement[]): void {
    if (acknowledgements.length === 0) return;
    this.#list!.splice(this.waiting, 0, ...acknowledgements);
    this.#counts ??= [];
    this.#counts.push(acknowledgements.length);
    this.waiting += acknowledgements.length;
    this.#link.exchange.commits.wait(this);
  }
}

function responseOf(reasonCode: number): AcknowledgementResponse {
  const reasonString = explainRefusal(reasonCode);
  return reasonString === undefined ? { reasonCode } : { reasonCode, properties: { reasonString } };
}

function identifierOf(acknowledgement: Acknowledgement): number {
  return Math.floor(acknowledgement / REASON_BITS);
}

/**
 * ACKs of one MSIP connection that wait for the store: accept first, then acknowledge. With a store that commits at once
 * they leave at the end of the chunk of bytes that brought the messages. They leave in order. docs/msip.md, §3.6 [MSIP-3.4-5]
 */
import { joinMsgId } from '../../msip/header.ts';
import { sentenceFor } from '../connection/explanations.ts';
import type { CommitWaiter } from '../store/commits.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { MsipLink } from './msip-link.ts';

/** What of a request comes back in its ACK. */
export interface Request {
  readonly idHigh: number;
  readonly idLow: number;
  readonly msgKind: number;
}

/** Numbers of one request in the list. */
const FIELDS = 3;

export class MsipAcknowledgements implements CommitWaiter {
  readonly #link: MsipLink;
  /** idHigh, idLow and msgKind of those that wait, oldest first, and behind them those whose commit has not ended. */
  readonly #list: number[] = [];
  /** How many of them wait for each commit. */
  readonly #counts: number[] = [];
  /** How many wait for a commit. */
  waiting = 0;

  constructor(link: MsipLink) {
    this.#link = link;
  }

  add({ idHigh, idLow, msgKind }: Request): void {
    this.#list.push(idHigh, idLow, msgKind);
  }

  /** Lets go what was added, now or when the store has committed. */
  release(): void {
    const link = this.#link;
    const { commits } = link.exchange;
    const isKept = commits.settle(link.durability);
    const added = this.#list.length / FIELDS - this.waiting;
    if (added === 0) return;
    if (isKept) this.#answer(this.waiting, added, undefined);
    else if (commits.failure !== undefined) this.#answer(this.waiting, added, commits.failure);
    else {
      this.#counts.push(added);
      this.waiting += added;
      commits.wait(this);
      if (link.output.isOverfull) link.readOrPause();
    }
  }

  onCommitted(error: Error | undefined): void {
    const link = this.#link;
    const wasOverfull = link.output.isOverfull;
    const count = this.#counts.shift()!;
    link.exchange.now();
    this.waiting -= count;
    this.#answer(0, count, error);
    if (wasOverfull && !link.isClosed) link.readOrPause();
  }

  /** What the store did not take was routed all the same, and is refused: it may be sent again. */
  #answer(first: number, count: number, error: Error | undefined): void {
    const link = this.#link;
    const list = this.#list;
    const end = (first + count) * FIELDS;
    for (let at = first * FIELDS; at < end; at += FIELDS) {
      const request = { idHigh: list[at]!, idLow: list[at + 1]!, msgKind: list[at + 2]! };
      if (link.isClosed) break;
      if (error === undefined) link.connection.acknowledge(request, link);
      else {
        const text = sentenceFor('puback', storeReasonCode(error));
        link.refuse(joinMsgId(request.idHigh, request.idLow), text);
      }
    }
    list.splice(first * FIELDS, count * FIELDS);
  }
}

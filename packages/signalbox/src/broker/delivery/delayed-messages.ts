/**
 * Messages published to `$delayed/<seconds>/<topic>`: kept, in the store as well, and published to the topic when the time
 * has come. It must not know who published them, nor how they are delivered.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import { isTopicName } from '../../mqtt/topics.ts';
import { Deadlines } from '../../routing/deadlines.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo } from '../hooks.ts';
import { LaterTurns } from '../later-turns.ts';
import type { LossReason } from '../observation/loss-reasons.ts';
import type { StoredDelayed } from '../store/store.ts';
import type { KeptMessage } from './kept-message.ts';

const PREFIX = '$delayed/';

/** Published before others get their turn. */
const MOST_AT_ONCE = 1_000;

/** What a topic that begins with `$delayed/` says. */
export interface Delay {
  readonly seconds: number;
  readonly topicName: string;
}

/** Undefined when the topic is an ordinary one; NaN seconds when it cannot be understood. */
export function readDelay(topicName: string): Delay | undefined {
  if (!topicName.startsWith(PREFIX)) return undefined;
  const slash = topicName.indexOf('/', PREFIX.length);
  const seconds = slash < 0 ? '' : topicName.slice(PREFIX.length, slash);
  const rest = slash < 0 ? '' : topicName.slice(slash + 1);
  const isUnderstood = /^\d{1,10}$/.test(seconds) && isTopicName(rest) && !rest.startsWith(PREFIX);
  return { seconds: isUnderstood ? Number(seconds) : Number.NaN, topicName: rest };
}

export class DelayedMessages {
  readonly #exchange: Exchange;
  readonly #deadlines = new Deadlines<StoredDelayed>();
  #bytes = 0;
  readonly #laterTurns: LaterTurns;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#laterTurns = new LaterTurns(exchange, (now) => this.tick(now));
  }

  get count(): number {
    return this.#deadlines.size;
  }

  /** Sum of message.size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a message until `dueAt` (ms); answers the reason code for its publisher. */
  add(message: KeptMessage, dueAt: number, author: ClientInfo | undefined): number {
    const exchange = this.#exchange;
    const { delayedMessages, delayedBytes } = exchange.limits;
    const isAsked = exchange.hooks.authorize !== undefined && author !== undefined;
    if (this.count >= delayedMessages || this.#bytes + message.size > delayedBytes) return ReasonCode.QuotaExceeded;
    const delayed = isAsked ? { message, dueAt, author } : { message, dueAt };
    this.#set(delayed);
    exchange.commits.write({ type: 'delayed', delayed });
    return ReasonCode.Success;
  }

  /** What the store kept of an earlier broker. */
  restore(kept: Iterable<StoredDelayed>): void {
    for (const delayed of kept) {
      this.#exchange.numbers.skip(delayed.message.id);
      this.#set(delayed);
    }
  }

  /** Publishes what is due; of crowds the rest follows in later turns. */
  tick(now: number): void {
    if (this.#deadlines.deadline > now) return;
    const exchange = this.#exchange;
    for (const { message, author } of this.#deadlines.takeAllDue(now, MOST_AT_ONCE)) {
      this.#bytes -= message.size;
      if (message.expiresAt <= now) this.#end(message, 'expired');
      else
        exchange.standingRights.ask(message, author, (isAllowed) =>
          this.#end(message, isAllowed ? 'published' : 'not-authorized'),
        );
    }
    if (this.#deadlines.deadline <= now) this.#laterTurns.goOn();
  }

  /** The broker closes: what is due stays for the next one on this store. */
  stop(): void {
    this.#laterTurns.stop();
  }

  /** In one commit: a broker that falls publishes it once, before or afterwards. */
  #end(message: KeptMessage, outcome: 'published' | LossReason): void {
    const { commits, publishing, numbers } = this.#exchange;
    commits.write({ type: 'delayed-ended', messageId: message.id });
    if (outcome === 'published') publishing.publishKept({ ...message, id: numbers.next() });
    else this.#exchange.onDropped(message.publisher, message.topic.name, outcome);
  }

  #set(delayed: StoredDelayed): void {
    this.#deadlines.set(String(delayed.message.id), delayed.dueAt, delayed);
    this.#bytes += delayed.message.size;
  }
}

/**
 * Messages published to `$delayed/<seconds>/<topic>`: kept, in the store as well, and published to the topic when the time
 * has come; and what is due, a will as well, while somebody is asked about it. It must not know who published them, nor how
 * they are delivered.
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
  #isStopped = false;

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
    const isAsked = this.#exchange.hooks.authorize !== undefined && author !== undefined;
    if (!this.#hasRoom(message)) return ReasonCode.QuotaExceeded;
    this.#keep(isAsked ? { message, dueAt, author } : { message, dueAt });
    return ReasonCode.Success;
  }

  /**
   * A will, as a message that is due: `publish` is called when that is allowed. Until it is known it is kept, so that a broker
   * that falls meanwhile asks again; what need not be asked about, or is answered at once, never gets to the store.
   */
  submit(due: StoredDelayed, publish: () => void): void {
    const { standingRights, commits } = this.#exchange;
    const { message, author } = due;
    if (standingRights.isBusy && this.#hasRoom(message)) {
      this.#keep(due); // asked about in its turn
      return;
    }
    let isKept = false;
    const answered = standingRights.ask(message, author, (isAllowed) => {
      if (isKept) commits.write({ type: 'delayed-ended', messageId: message.id });
      if (isAllowed) publish();
      else this.#exchange.onDropped(message.publisher, message.topic.name, 'not-authorized');
      this.#goOn();
    });
    if (answered === 'at-once') return;
    isKept = true;
    commits.write({ type: 'delayed', delayed: due });
  }

  /** What the store kept of an earlier broker. */
  restore(kept: Iterable<StoredDelayed>): void {
    for (const delayed of kept) {
      this.#exchange.numbers.skip(delayed.message.id);
      this.#set(delayed);
    }
  }

  /** Publishes what is due; of crowds the rest follows in later turns, or when somebody who is asked has answered. */
  tick(now: number): void {
    const { standingRights } = this.#exchange;
    for (let left = MOST_AT_ONCE; left > 0 && !standingRights.isBusy; left--) {
      const due = this.#deadlines.takeDue(now);
      if (due === undefined) return;
      this.#bytes -= due.message.size;
      this.#askAbout(due, now);
    }
    if (!standingRights.isBusy) this.#goOn();
  }

  /** The broker closes: what is due stays for the next one on this store. */
  stop(): void {
    this.#isStopped = true;
    this.#laterTurns.stop();
  }

  #askAbout(due: StoredDelayed, now: number): void {
    const { message, author } = due;
    if (message.expiresAt <= now) this.#end(due, 'expired');
    else
      this.#exchange.standingRights.ask(message, author, (isAllowed) => {
        this.#end(due, isAllowed ? 'published' : 'not-authorized');
        this.#goOn();
      });
  }

  #goOn(): void {
    if (!this.#isStopped && this.#deadlines.deadline <= this.#exchange.lastNow) this.#laterTurns.goOn();
  }

  /** In one commit: a broker that falls publishes it once, before or afterwards. */
  #end({ message, author }: StoredDelayed, outcome: 'published' | LossReason): void {
    const { commits, publishing, numbers } = this.#exchange;
    commits.write({ type: 'delayed-ended', messageId: message.id });
    if (outcome === 'published') publishing.publishKept({ ...message, id: numbers.next() }, author);
    else this.#exchange.onDropped(message.publisher, message.topic.name, outcome);
  }

  #hasRoom({ size }: KeptMessage): boolean {
    const { delayedMessages, delayedBytes } = this.#exchange.limits;
    return this.count < delayedMessages && this.#bytes + size <= delayedBytes;
  }

  #keep(delayed: StoredDelayed): void {
    this.#set(delayed);
    this.#exchange.commits.write({ type: 'delayed', delayed });
  }

  #set(delayed: StoredDelayed): void {
    this.#deadlines.set(String(delayed.message.id), delayed.dueAt, delayed);
    this.#bytes += delayed.message.size;
  }
}

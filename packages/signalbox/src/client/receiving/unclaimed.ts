// Messages of a session that is older than the program: no subscription wants them yet, and one may come for them. They wait within
// limits, and their acknowledgements, which leave in the order of the messages, hold up others for some seconds only. A page loads it
// with a session that may be there already. §4.3, §4.6

import { matches } from '../../mqtt/topics.ts';
import type { ClientClock } from '../clock.ts';
import type { Message } from './message.ts';
import type { Subscription } from './subscription.ts';

export interface UnclaimedHost {
  readonly clock: ClientClock;
  readonly options: { readonly unclaimed?: number | undefined };
  readonly network: { readonly core: { readonly own: { readonly receiveMaximum: number } } };
}

const DEFAULT_UNCLAIMED = 1_000;
/**
 * What a session held for a program can be there in one chunk with CONNACK, before the program has its turn to subscribe, and
 * whoever subscribes to one filter after the other needs a round trip for each. So much time it has before messages are let go.
 */
const GRACE_MS = 5_000;

export class Unclaimed {
  /** Messages of QoS 1 and 2 that were let go. */
  dropped = 0;
  readonly #host: UnclaimedHost;
  readonly #maximum: number;
  #messages: Message[] = [];
  /** Messages that came since the first of these, and are acknowledged after it. */
  #behind = 0;
  /** From the first message nobody wants until the program has had its time; undefined before and after. */
  #stopGrace: (() => void) | undefined;
  #isGraceOver = false;
  /** The session is older than this client: it may have subscriptions the program has yet to ask for. */
  #isInherited = false;
  #isFirst = true;

  constructor(host: UnclaimedHost) {
    this.#host = host;
    this.#maximum = host.options.unclaimed ?? DEFAULT_UNCLAIMED;
  }

  /** False: there is no room, or nobody will come: in a session of our own making it is late, for a subscription that is over. */
  keep(message: Message): boolean {
    if (!this.#isInherited || this.#messages.length >= this.#maximum) return false;
    this.#messages.push(message);
    if (!this.#isGraceOver && this.#stopGrace === undefined)
      this.#stopGrace = this.#host.clock.after(GRACE_MS, () => {
        this.#stopGrace = undefined;
        this.#isGraceOver = true;
        this.#letGoWhenDue();
      });
    return true;
  }

  /** Another one came: what nobody comes for must not hold up the others for ever. */
  onMessage({ qos }: Message): void {
    if (this.#messages.length === 0 || qos === 0) return;
    this.#behind++;
    this.#letGoWhenDue();
  }

  /** Another subscription is there: what waited for it is delivered. */
  claim(subscription: Subscription): void {
    const waiting = this.#messages;
    this.#messages = [];
    for (const message of waiting) {
      if (subscription.topicFilters.some((topicFilter) => matches(topicFilter, message.topicName)))
        subscription.deliver(message);
      else this.#messages.push(message);
    }
    this.#behind = this.#messages.length; // at least: they may be all the server may send
  }

  /** Another connection: they come again, unless they are of QoS 0; of QoS 2 they are known here, and come no more. */
  connected(isSessionPresent: boolean): void {
    if (this.#isFirst || !isSessionPresent) this.#isInherited = isSessionPresent;
    this.#isFirst = false;
    this.#messages = this.#messages.filter(({ qos }) => qos === 0 || (qos === 2 && isSessionPresent));
  }

  close(): void {
    this.#stopGrace?.();
    this.#stopGrace = undefined;
  }

  #letGoWhenDue(): void {
    if (!this.#isGraceOver || this.#behind * 2 < this.#host.network.core.own.receiveMaximum) return;
    this.#behind = 0;
    const waiting = this.#messages;
    this.#messages = waiting.filter(({ qos }) => qos === 0);
    this.dropped += waiting.length - this.#messages.length;
    for (const message of waiting) message.finish();
  }
}

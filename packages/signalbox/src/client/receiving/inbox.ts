// From a PUBLISH to the subscriptions it is for, and from them to its acknowledgement. What no subscription wants waits for
// one, within limits. While a subscription has no room, nothing more is read, unless the program waits for an answer. §4.3

import type { AcknowledgementResponse } from '../../mqtt/acknowledgement-order.ts';
import type { PublishPacket } from '../../mqtt/packets/publish.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import { matches } from '../../mqtt/topics.ts';
import type { ClientClock } from '../clock.ts';
import type { Keeping } from '../keeping.ts';
import type { NetworkConnection } from '../network-connection.ts';
import { type Acknowledger, Message } from './message.ts';
import type { Subscription } from './subscription.ts';
import type { RoutedName, WantedFilters } from './wanted-filters.ts';

/** What the inbox asks of the client around it. */
export interface InboxHost {
  readonly network: NetworkConnection;
  readonly clock: ClientClock;
  /** Nothing is read at present, whatever there is room for. */
  readonly isStandingStill: boolean;
  /** The program waits for something the server has to say. */
  readonly awaitsAnswer: boolean;
  /** Keeps that a QoS 2 message is ours before it is acknowledged. */
  readonly keeping: Keeping | undefined;
  /** So many messages of this connection are given up that it has to be made anew for more to come. */
  onExhausted(): void;
}

const DEFAULT_UNCLAIMED = 1_000;
/**
 * What a session held for a program can be there in one chunk with CONNACK, before the program has its turn to subscribe, and
 * whoever subscribes to one filter after the other needs a round trip for each. So much time it has before messages are let go.
 */
const GRACE_MS = 5_000;

export class Inbox implements Acknowledger {
  /** The network connection and the session the next message comes by. */
  epoch = 0;
  sessionEpoch = 0;
  readonly acknowledger: Acknowledger = this;
  /** Messages of QoS 0 that nobody wanted, and of any QoS for which there was no room to wait. */
  unclaimedDropped = 0;
  readonly #host: InboxHost;
  readonly #wanted: WantedFilters;
  readonly #maximumUnclaimed: number;
  #unclaimed: Message[] = [];
  readonly #full = new Set<Subscription>();
  #abandoned = 0;
  /** Messages that came since the first of those nobody wants, and are acknowledged after it. */
  #behind = 0;
  /** The session is older than this client: it may have subscriptions the program has yet to ask for. */
  #isInherited = false;
  /** From the first message nobody wants until the program has had its time; undefined before and after. */
  #stopGrace: (() => void) | undefined;
  #isGraceOver = false;

  constructor(host: InboxHost, wanted: WantedFilters, maximumUnclaimed = DEFAULT_UNCLAIMED) {
    this.#host = host;
    this.#wanted = wanted;
    this.#maximumUnclaimed = maximumUnclaimed;
  }

  /** `replaced`: what an interceptor made of it. */
  onPublish(view: PublishView, replaced?: PublishPacket): void {
    const message = new Message(view, replaced, this);
    if (this.#unclaimed.length > 0 && message.qos > 0) this.#letGo();
    const receivers = this.#wanted.receiversOf(replaced === undefined ? view.topic : nameOf(message));
    if (receivers.length === 1) receivers[0]!.deliver(message);
    else this.#share(message, receivers);
  }

  /** No bytes of the server are taken at present. */
  get isPaused(): boolean {
    return this.#host.network.isPaused;
  }

  /** Another subscription is there: what waited for it is delivered. */
  claim(subscription: Subscription): void {
    const waiting = this.#unclaimed;
    this.#unclaimed = [];
    for (const message of waiting) {
      if (subscription.topicFilters.some((topicFilter) => matches(topicFilter, message.topicName)))
        subscription.deliver(message);
      else this.#unclaimed.push(message);
    }
    this.#behind = this.#unclaimed.length; // at least: they may be all the server may send
  }

  /** Nothing comes any more. */
  close(): void {
    this.#stopGrace?.();
    this.#stopGrace = undefined;
  }

  acknowledge(message: Message, response: AcknowledgementResponse | undefined): void {
    const { packetIdentifier, qos } = message;
    if (qos === 1) {
      if (message.epoch === this.epoch) this.#host.network.acknowledge(packetIdentifier, response);
      return;
    }
    if (message.sessionEpoch !== this.sessionEpoch) return;
    const { keeping } = this.#host;
    if (keeping === undefined || (response?.reasonCode ?? 0) >= 0x80) {
      this.#host.network.acknowledge(packetIdentifier, response);
      return;
    }
    keeping.received(packetIdentifier, () => {
      if (message.sessionEpoch === this.sessionEpoch) this.#host.network.acknowledge(packetIdentifier, response);
    });
  }

  abandon(message: Message): void {
    if (message.epoch !== this.epoch) return;
    this.#host.network.abandon(message.packetIdentifier);
    this.#abandoned++;
    if (this.#abandoned * 2 >= this.#host.network.core.own.receiveMaximum) this.#host.onExhausted();
  }

  /** Another network connection; `isSessionPresent`: of the same session. */
  connected(isSessionPresent: boolean): void {
    if (!isSessionPresent) this.#isInherited = false;
    else if (this.epoch === 0) this.#isInherited = true;
    this.epoch++;
    this.#abandoned = 0;
    if (!isSessionPresent) this.sessionEpoch++;
    // They come again, unless they are of QoS 0; of QoS 2 they are known here, and come no more.
    this.#unclaimed = this.#unclaimed.filter(({ qos }) => qos === 0 || (qos === 2 && isSessionPresent));
  }

  onPressure(subscription: Subscription): void {
    if (subscription.isFull) this.#full.add(subscription);
    else this.#full.delete(subscription);
    this.balance();
  }

  /** Reads, or stops reading, as things are now. */
  balance(): void {
    const { network, isStandingStill } = this.#host;
    if ((this.#full.size > 0 && !this.#host.awaitsAnswer) || isStandingStill) network.pause();
    else network.resume();
  }

  #share(message: Message, receivers: readonly Subscription[]): void {
    if (receivers.length === 0) {
      this.#keepUnclaimed(message);
      return;
    }
    message.share(receivers.length);
    for (const subscription of receivers) subscription.deliver(message);
  }

  /** Acknowledgements leave in the order of the messages: what nobody comes for must not hold up the others for ever. */
  #letGo(): void {
    this.#behind++;
    this.#letGoWhenDue();
  }

  #letGoWhenDue(): void {
    if (!this.#isGraceOver || this.#behind * 2 < this.#host.network.core.own.receiveMaximum) return;
    this.#behind = 0;
    const waiting = this.#unclaimed;
    this.#unclaimed = waiting.filter(({ qos }) => qos === 0);
    this.unclaimedDropped += waiting.length - this.#unclaimed.length;
    for (const message of waiting) message.finish();
  }

  /** In a session of our own making it is late, for a subscription that is over: nobody will come for it. */
  #keepUnclaimed(message: Message): void {
    if (this.#isInherited && this.#unclaimed.length < this.#maximumUnclaimed) {
      this.#unclaimed.push(message);
      this.#beginGrace();
      return;
    }
    this.unclaimedDropped++;
    message.finish();
  }

  #beginGrace(): void {
    if (this.#isGraceOver || this.#stopGrace !== undefined) return;
    this.#stopGrace = this.#host.clock.after(GRACE_MS, () => {
      this.#stopGrace = undefined;
      this.#isGraceOver = true;
      this.#letGoWhenDue();
    });
  }
}

/** A Topic Name that did not come over the wire. */
function nameOf({ topicName }: Message): RoutedName {
  return { name: topicName, route: undefined };
}

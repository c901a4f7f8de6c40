// From a PUBLISH to the subscriptions it is for, and from them to its acknowledgement. While a subscription has no room, nothing
// more is read, unless the program waits for an answer. §4.3

import type { AcknowledgementResponse } from '../../mqtt/acknowledgement-order.ts';
import type { PublishPacket } from '../../mqtt/packets/publish.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import type { Keeping } from '../keeping.ts';
import type { NetworkConnection } from '../network-connection.ts';
import { type Acknowledger, Message } from './message.ts';
import type { ReceivedMemory } from './received-memory.ts';
import type { Subscription } from './subscription.ts';
import type { Unclaimed } from './unclaimed.ts';
import type { RoutedName, WantedFilters } from './wanted-filters.ts';

/** What the inbox asks of the client around it. */
export interface InboxHost {
  readonly network: NetworkConnection;
  /** Nothing is read at present, whatever there is room for. */
  readonly isStandingStill: boolean;
  /** The program waits for something the server has to say. */
  readonly awaitsAnswer: boolean;
  /** Keeps that a QoS 2 message is ours before it is acknowledged. */
  readonly keeping: Keeping | undefined;
  /** So many messages of this connection are given up that it has to be made anew for more to come. */
  onExhausted(): void;
}

export class Inbox implements Acknowledger {
  /** The network connection and the session the next message comes by. */
  epoch = 0;
  sessionEpoch = 0;
  readonly acknowledger: Acknowledger = this;
  readonly memory: ReceivedMemory;
  /** Where what nobody wants yet waits; only where a session can be older than the client. */
  unclaimed: Unclaimed | undefined;
  readonly #host: InboxHost;
  readonly #wanted: WantedFilters;
  /** Messages nobody wanted. */
  #dropped = 0;
  readonly #full = new Set<Subscription>();
  #abandoned = 0;

  constructor(host: InboxHost, wanted: WantedFilters) {
    this.#host = host;
    this.memory = host.network.memory;
    this.#wanted = wanted;
  }

  /** Messages of QoS 0 that nobody wanted, and of any QoS for which there was no room to wait. */
  get unclaimedDropped(): number {
    return this.#dropped + (this.unclaimed?.dropped ?? 0);
  }

  /** `replaced`: what an interceptor made of it. */
  onPublish(view: PublishView, replaced?: PublishPacket): void {
    const message = new Message(view, replaced, this);
    this.unclaimed?.onMessage(message);
    const receivers = this.#wanted.receiversOf(replaced === undefined ? view.topic : nameOf(message));
    if (receivers.length === 1) receivers[0]!.deliver(message);
    else this.#share(message, receivers);
  }

  /** No bytes of the server are taken at present. */
  get isPaused(): boolean {
    return this.#host.network.isPaused;
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
    this.unclaimed?.connected(isSessionPresent);
    this.epoch++;
    this.#abandoned = 0;
    if (!isSessionPresent) this.sessionEpoch++;
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
      if (this.unclaimed?.keep(message) === true) return;
      this.#dropped++;
      message.finish();
      return;
    }
    message.share(receivers.length);
    for (const subscription of receivers) subscription.deliver(message);
  }
}

/** A Topic Name that did not come over the wire. */
function nameOf({ topicName }: Message): RoutedName {
  return { name: topicName, route: undefined };
}

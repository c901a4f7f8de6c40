/**
 * What a client that speaks MSIP says and what the broker answers, in order. Refused requests are told by ERROR with their
 * own msg_id, and the connection stays. It must not know bytes. docs/msip.md, §3
 */

import type { SubscriptionRequest } from '../../mqtt/packets/subscribe.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { TopicName } from '../../mqtt/topic-names.ts';
import { isTopicFilter } from '../../mqtt/topics.ts';
import { compressionOf } from '../../msip/compression.ts';
import type { SubscriptionFrame } from '../../msip/frame.ts';
import { FrameView } from '../../msip/frame-view.ts';
import { Flags, FrameType, MsgKind } from '../../msip/header.ts';
import { sentenceFor } from '../connection/explanations.ts';
import { InOrder } from '../connection/in-order.ts';
import type { Publication } from '../delivery/publication.ts';
import type { Maybe } from '../hooks.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import { storeReasonCode } from '../store/store-error.ts';
import { Greeting } from './greeting.ts';
import { inflate } from './inflating.ts';
import type { MsipLink } from './msip-link.ts';

const NO_SUCH_FILTER = 'this is no topic, and no filter with + and # in their places';
const NO_SUCH_TOPIC = 'a message is published to a topic: not empty, without + # and U+0000';

export class MsipConversation {
  readonly #link: MsipLink;
  readonly order: InOrder;

  constructor(link: MsipLink) {
    this.#link = link;
    this.order = new InOrder(link);
  }

  onFrame(view: FrameView): void {
    const { statistics } = this.#link.exchange;
    if (view.frameType === FrameType.Publish) {
      statistics.publishReceived++;
      statistics.publishBytesReceived += view.payloadEnd - view.messageStart;
      this.#onPublish(view);
      return;
    }
    statistics.otherPacketsReceived++;
    if (view.frameType === FrameType.Ack) this.#onAck(view);
    else if (view.frameType === FrameType.Hello) {
      const frame = ownFrame(view);
      this.order.do(() => this.order.suspendFor(new Greeting(this.#link, frame.toFrame()).decide(), () => {}));
    } else if (view.frameType === FrameType.Subscribe || view.frameType === FrameType.Unsubscribe) {
      const frame = view.toFrame() as SubscriptionFrame;
      this.order.do(() => (frame.type === 'subscribe' ? this.#onSubscribe(frame) : this.#onUnsubscribe(frame)));
    } else if (view.frameType === FrameType.Close) {
      this.order.do(() => {
        this.#link.greetedSecond = 0; // it goes because it wants to
      });
    }
  }

  /** The connection is gone. What the client said before it went still counts. */
  onGone(error: Error | undefined): void {
    this.order.do(() => this.#leave(error));
  }

  #onAck({ idHigh, idLow }: FrameView): void {
    const { events } = this.#link;
    if (this.order.isWaiting) this.order.do(() => events.onAck(idHigh, idLow));
    else events.onAck(idHigh, idLow);
  }

  #onPublish(view: FrameView): void {
    const { exchange, client, entrance } = this.#link;
    const topic = exchange.names.intern(view.buffer, view.topicStart, view.messageStart);
    if (topic === undefined) {
      const { msgId } = view;
      this.order.do(() => this.#link.refuse(msgId, NO_SUCH_TOPIC)); // [MSIP-3.4-3] [MSIP-1-4]
      return;
    }
    const isCompressed = (view.flags & Flags.Compressed) !== 0 && isInflatable(view); // [MSIP-5-4]
    const answered = this.order.isWaiting || isCompressed ? undefined : exchange.publishing.answerAtOnce(client, topic);
    if (answered === true) {
      const { incoming } = exchange;
      incoming.loadFrame(view, topic, client!.clientId);
      incoming.retain = view.msgKind === MsgKind.State && entrance.retainState === true; // [MSIP-11-5]
      this.#onPublished(view, exchange.publishing.enter(incoming)); // [MSIP-3.4-7]
      return;
    }
    const own = ownFrame(view);
    if (isCompressed) this.order.do(() => this.#inflate(own, topic));
    else this.order.do(() => this.#ask(own, this.#publication(own, topic, undefined), answered));
  }

  #inflate(view: FrameView, topic: TopicName): void {
    const message = view.buffer.subarray(view.messageStart, view.payloadEnd);
    this.order.suspendFor(inflate(message, this.#link.exchange.limits.packetSize), (plain) => {
      if (plain.type === 'inflated')
        this.#ask(view, this.#publication(view, topic, plain.message), undefined); // [MSIP-11-3]
      else if (plain.type === 'unknown') this.#link.refuse(view.msgId, plain.text);
      else this.#link.leave(view.msgId, plain.text); // [MSIP-5-7]
    });
  }

  #publication(view: FrameView, topic: TopicName, plain: Uint8Array | undefined): Publication {
    const { exchange, client, entrance } = this.#link;
    const publication = exchange.createPublication();
    publication.loadFrame(view, topic, client?.clientId ?? '', plain);
    publication.retain = view.msgKind === MsgKind.State && entrance.retainState === true;
    return publication;
  }

  #ask(view: FrameView, publication: Publication, answered: Maybe<boolean> | undefined): void {
    const { exchange, client, session } = this.#link;
    if (client === undefined || session === undefined) return; // it was not let in
    const onFailed = (): void => this.#refusePublish(view, ReasonCode.UnspecifiedError);
    let answer: Maybe<number>;
    try {
      answer = exchange.publishing.isOpenToAll
        ? exchange.publishing.enterLater(publication)
        : exchange.publishing.ask(publication, client, answered);
    } catch (error) {
      this.#link.fail(error, 'asking a hook');
      return;
    }
    this.order.suspendFor(answer, (reasonCode) => this.#onPublished(view, reasonCode), onFailed);
  }

  #onPublished(view: FrameView, reasonCode: number): void {
    if (reasonCode >= 0x80)
      this.#refusePublish(view, reasonCode); // [MSIP-3.6-2]
    else if (view.isAckRequired || this.#link.entrance.ackPublish !== 'requested') this.#link.acknowledge(view); // [MSIP-3.4-4]
  }

  #refusePublish(view: FrameView, reasonCode: number): void {
    this.#link.refuse(view.msgId, sentenceFor('puback', reasonCode));
  }

  #onSubscribe(frame: SubscriptionFrame): void {
    const { exchange, client, session } = this.#link;
    if (client === undefined || session === undefined || session.link !== this.#link) return;
    const topicFilter = exchange.extras.rewriting?.topicFilter(frame.topic, client) ?? frame.topic;
    if (!isTopicFilter(topicFilter)) {
      this.#link.refuse(frame.msgId, NO_SUCH_FILTER); // [MSIP-3.2-7]
      return;
    }
    const qos = this.#link.acknowledgesEvents ? 1 : 0;
    const request = { topicFilter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const grants = exchange.subscribing.isOpenToAll ? undefined : exchange.subscribing.ask(client, [request]);
    this.order.suspendFor<number[] | undefined>(grants, (granted) => {
      if (session.link === this.#link) this.#subscribe(session, frame, request, granted);
    });
  }

  #subscribe(
    session: ClientSession,
    frame: SubscriptionFrame,
    request: SubscriptionRequest,
    grants: readonly number[] | undefined,
  ): void {
    const link = this.#link;
    const { exchange } = link;
    const failure = session.isPersistent ? exchange.commits.failure : undefined;
    if (failure !== undefined) {
      link.refuse(frame.msgId, sentenceFor('suback', storeReasonCode(failure)));
      return;
    }
    const entered = exchange.subscribing.subscribe(session, { subscriptions: [request], properties: {} }, grants);
    this.order.suspendFor(entered, ([reasonCode]) => {
      if (reasonCode === undefined) return; // the client has gone
      this.#afterCommit(session, frame, reasonCode > 2 ? sentenceFor('suback', reasonCode) : undefined);
      exchange.events.emit('subscribed', { client: link.client!, topicFilter: request.topicFilter, reasonCode });
    });
  }

  #onUnsubscribe(frame: SubscriptionFrame): void {
    const link = this.#link;
    const { exchange, session, client } = link;
    if (session === undefined || client === undefined || session.link !== link) return;
    const topicFilter = exchange.extras.rewriting?.topicFilter(frame.topic, client) ?? frame.topic;
    const failure = session.isPersistent ? exchange.commits.failure : undefined;
    if (failure !== undefined) {
      link.refuse(frame.msgId, sentenceFor('suback', storeReasonCode(failure)));
      return;
    }
    const [reasonCode] = exchange.subscribing.unsubscribe(session, [topicFilter]); // [MSIP-3.3-4]
    this.#afterCommit(session, frame, undefined); // [MSIP-3.3-3]
    if (reasonCode === ReasonCode.Success) exchange.events.emit('unsubscribed', { client, topicFilter });
  }

  /** Answers when everything written so far is kept, or the store has failed; then what was subscribed to follows. */
  #afterCommit(session: ClientSession, frame: SubscriptionFrame, refusal: string | undefined): void {
    const link = this.#link;
    const { commits, dispatcher } = link.exchange;
    const answer = (error: Error | undefined): void => {
      const text = refusal ?? (error === undefined ? undefined : sentenceFor('suback', storeReasonCode(error)));
      if (text !== undefined) link.refuse(frame.msgId, text);
      else if ((frame.flags & Flags.AckRequired) !== 0) {
        // [MSIP-3.2-2] [MSIP-3.2-3] [MSIP-3.3-2]
        link.send({ type: 'ack', msgId: frame.msgId, msgKind: frame.msgKind });
      }
      dispatcher.pump(session);
    };
    if (commits.settle(link.durability) || !session.isPersistent) {
      answer(undefined);
      return;
    }
    commits.wait({
      onCommitted: (error) => {
        if (!link.isClosed) this.order.run(() => answer(error));
      },
    });
  }

  #leave(error: Error | undefined): void {
    const link = this.#link;
    const { exchange, session, client } = link;
    link.session = undefined;
    exchange.warden.onGone(link, error);
    if (session === undefined || session.link !== link) return;
    exchange.statistics.connected--;
    const isWorthKeeping = link.wantsAcknowledged || (session.subscriber.subscriptions?.size ?? 0) > 0;
    if (!isWorthKeeping) exchange.sessions.update(session, 0, undefined); // [MSIP-3.10-5]
    exchange.sessions.onDisconnected(session);
    exchange.commits.settle();
    if (client !== undefined && link.isAnnounced) exchange.events.emit('disconnected', { client, error });
  }
}

/** What is marked and is not compressed is plain. [MSIP-5-3] */
function isInflatable(view: FrameView): boolean {
  return compressionOf(view.buffer, view.messageStart, view.payloadEnd) !== undefined;
}

/** The frame with bytes of its own, for when its turn comes. */
function ownFrame(view: FrameView): FrameView {
  const own = new FrameView();
  const bytes = Uint8Array.from(view.buffer.subarray(view.payloadStart - 24, view.payloadEnd));
  own.load(bytes, 0, bytes.length);
  return own;
}

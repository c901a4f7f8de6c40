/**
 * What a client says and what the broker answers, in order (§3, §4.6). It must not know bytes.
 */
import type { PacketError } from '../../mqtt/errors.ts';
import type { AuthPacket } from '../../mqtt/packets/auth.ts';
import type { DisconnectPacket } from '../../mqtt/packets/disconnect.ts';
import type { Packet } from '../../mqtt/packets/packet.ts';
import type { SubscribePacket } from '../../mqtt/packets/subscribe.ts';
import type { UnsubscribePacket } from '../../mqtt/packets/unsubscribe.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { Publication } from '../delivery/publication.ts';
import type { ClientInfo, Maybe } from '../hooks.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { ClientLink } from './client-link.ts';
import { Connecting } from './connecting.ts';
import { InOrder } from './in-order.ts';
import { withOwnData } from './own-bytes.ts';
import { answerSubscribe, filtersOf, requestedBy } from './requested-filters.ts';

export class Conversation {
  readonly #link: ClientLink;
  readonly order: InOrder;

  constructor(link: ClientLink) {
    this.#link = link;
    this.order = new InOrder(link);
  }

  onPublish(view: PublishView): void {
    const { exchange, client } = this.#link;
    const publisher = client === undefined ? '' : client.clientId;
    const { packetIdentifier, qos } = view;
    const answered = !this.order.isWaiting ? exchange.publishing.answerAtOnce(client, view.topic) : undefined;
    if (answered === true) {
      exchange.incoming.loadView(view, publisher, exchange.lastNow);
      this.#onPublished(qos, packetIdentifier, exchange.publishing.enter(exchange.incoming));
      return;
    }
    const publication = exchange.createPublication();
    publication.loadView(view, publisher, exchange.now());
    publication.loadMessage(publication.keep());
    this.order.do(() => this.#ask(publication, packetIdentifier, answered));
  }

  onPacket(packet: Packet): void {
    if (packet.type === 'connect') {
      this.order.do(() => this.order.suspendFor(new Connecting(this.#link, packet).decide(), () => {}));
    } else if (packet.type === 'subscribe') this.order.do(() => this.#onSubscribe(packet));
    else if (packet.type === 'unsubscribe') this.order.do(() => this.#onUnsubscribe(packet));
    else if (packet.type === 'auth') {
      const own = withOwnData(packet);
      this.order.do(() => this.order.suspendFor(this.#onAuth(own), () => {}));
    } else if (packet.type === 'disconnect') this.order.do(() => this.#onDisconnect(packet));
  }

  /** The connection is gone. What the client said before it went still counts. */
  onGone(error: PacketError | Error | undefined): void {
    this.order.do(() => this.#leave(error));
  }

  #ask(publication: Publication, packetIdentifier: number, answered: Maybe<boolean> | undefined): void {
    const { exchange, client } = this.#link;
    const { qos } = publication;
    // A message that nobody could decide about was never here: the client may send it again.
    const onFailed = () => this.#link.acknowledge(packetIdentifier, ReasonCode.UnspecifiedError);
    let answer: Maybe<number>;
    try {
      const isOpen = client === undefined || exchange.publishing.isOpenToAll;
      answer = isOpen
        ? exchange.publishing.enterLater(publication)
        : exchange.publishing.ask(publication, client, answered);
    } catch (error) {
      this.#link.fail(error, 'asking a hook');
      if (qos > 0) onFailed();
      return;
    }
    const next = (reasonCode: number) => this.#onPublished(qos, packetIdentifier, reasonCode);
    this.order.suspendFor(answer, next, qos > 0 ? onFailed : undefined);
  }

  #onPublished(qos: number, packetIdentifier: number, reasonCode: number): void {
    if (qos === 0) return;
    const { exchange, session, protocolVersion } = this.#link;
    const { failure } = exchange.commits;
    if (failure !== undefined && reasonCode >= 0x80 && protocolVersion !== 5) {
      this.#link.part(failure, reasonCode); // an acknowledgement of 3.x cannot refuse: the message comes again
      return;
    }
    if (qos === 2 && reasonCode < 0x80 && session?.isPersistent === true) {
      exchange.commits.write({ type: 'received', clientId: session.clientId, packetIdentifier });
    }
    this.#link.acknowledge(packetIdentifier, reasonCode);
  }

  /** Goes on when everything written so far is kept, or the store has failed. */
  #afterCommit(session: ClientSession, next: (error: Error | undefined) => void): void {
    const link = this.#link;
    const { commits } = link.exchange;
    if (commits.settle(link.durability) || !session.isPersistent) {
      next(undefined);
      return;
    }
    const onCommitted = (error: Error | undefined) => {
      if (!link.isClosed) this.order.run(() => next(error));
    };
    commits.wait({ onCommitted });
  }

  /** Nothing that would have to be kept is begun while the store cannot keep it. */
  #failure(session: ClientSession): Error | undefined {
    return session.isPersistent ? this.#link.exchange.commits.failure : undefined;
  }

  #onSubscribe(asked: SubscribePacket): void {
    const { exchange, client } = this.#link;
    const packet = requestedBy(this.#link, asked);
    const isOpen = client === undefined || exchange.subscribing.isOpenToAll;
    const answer = isOpen ? undefined : exchange.subscribing.ask(client, packet.subscriptions);
    this.order.suspendFor<number[] | undefined>(answer, (grants) => this.#subscribe(packet, grants));
  }

  #subscribe(packet: SubscribePacket, grants: readonly number[] | undefined): void {
    const link = this.#link;
    const { exchange, session, client } = link;
    if (session === undefined || client === undefined || session.link !== link) return;
    const failure = this.#failure(session);
    if (failure !== undefined) {
      const refusals = packet.subscriptions.map(() => storeReasonCode(failure));
      answerSubscribe(this.#link, packet, refusals);
      return;
    }
    const entered = exchange.subscribing.subscribe(session, packet, grants);
    this.order.suspendFor(entered, (reasonCodes) => this.#subscribed(session, client, packet, reasonCodes));
  }

  #subscribed(
    session: ClientSession,
    client: ClientInfo,
    packet: SubscribePacket,
    reasonCodes: readonly number[],
  ): void {
    const link = this.#link;
    const { exchange } = link;
    this.#afterCommit(session, (error) => {
      if (error === undefined) answerSubscribe(this.#link, packet, reasonCodes);
      else {
        // Perhaps the store will have the subscriptions later; what the client is told is that it has to ask again.
        const refusal = storeReasonCode(error);
        answerSubscribe(
          link,
          packet,
          reasonCodes.map((code) => (code > 2 ? code : refusal)),
        );
      }
      exchange.dispatcher.pump(session);
    });
    if (!exchange.events.isHeard('subscribed')) return;
    reasonCodes.forEach((reasonCode, index) => {
      exchange.events.emit('subscribed', { client, topicFilter: packet.subscriptions[index]!.topicFilter, reasonCode });
    });
  }

  #onUnsubscribe(packet: UnsubscribePacket): void {
    const link = this.#link;
    const { exchange, session, client } = link;
    if (session === undefined || client === undefined || session.link !== link) return;
    const { packetIdentifier } = packet;
    const topicFilters = filtersOf(link, packet);
    const answer = (error: Error | undefined, codes: readonly number[]) => {
      if (error !== undefined && link.protocolVersion !== 5) {
        link.part(error, storeReasonCode(error)); // UNSUBACK of 3.x cannot refuse
        return;
      }
      const reasonCodes = error === undefined ? codes : topicFilters.map(() => ReasonCode.UnspecifiedError);
      link.send({ type: 'unsuback', packetIdentifier, reasonCodes: link.protocolVersion === 5 ? reasonCodes : [] }); // [MQTT-3.10.4-4] [MQTT-3.10.4-4@3.1.1] [MQTT-3.10.4-5@3.1.1]
    };
    const failure = this.#failure(session);
    if (failure !== undefined) {
      answer(failure, []);
      return;
    }
    const reasonCodes = exchange.subscribing.unsubscribe(session, topicFilters);
    this.#afterCommit(session, (error) => answer(error, reasonCodes));
    topicFilters.forEach((topicFilter, index) => {
      if (reasonCodes[index] === ReasonCode.Success) exchange.events.emit('unsubscribed', { client, topicFilter });
    });
  }

  #onAuth({ reasonCode, properties }: AuthPacket): Maybe<void> {
    const { authentication, client, isClosed } = this.#link;
    if (authentication === undefined || client === undefined || isClosed) return undefined;
    return reasonCode === ReasonCode.ReAuthenticate
      ? authentication.renew(client, properties.authenticationData)
      : authentication.next(properties.authenticationData);
  }

  #onDisconnect({ reasonCode, properties }: DisconnectPacket): void {
    const { exchange, session } = this.#link;
    this.#link.greetedSecond = 0;
    if (session === undefined || session.link !== this.#link) return;
    const will = reasonCode === ReasonCode.NormalDisconnection ? undefined : session.will; // [MQTT-3.14.4-3] [MQTT-3.14.4-3@3.1.1]
    const expiry = properties.sessionExpiryInterval ?? session.sessionExpiryInterval;
    exchange.sessions.update(session, Math.min(expiry, exchange.limits.sessionExpiryInterval), will);
  }

  #leave(error: PacketError | Error | undefined): void {
    const link = this.#link;
    const { exchange, session, client } = link;
    link.session = undefined;
    exchange.warden.onGone(link, error);
    if (session === undefined || session.link !== link) return;
    exchange.statistics.connected--;
    exchange.sessions.onDisconnected(session);
    exchange.commits.settle();
    if (client !== undefined && link.isAnnounced) exchange.events.emit('disconnected', { client, error });
  }
}

/**
 * From a publication to its receivers (§3.3.4, §4.3): who gets it now, who has it wait, and in which encoding. What many
 * receivers take is encoded once. It must not know how a publication came in, nor what the network does.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { DeliveryQueue, Urgency } from '../../routing/delivery-queue.ts';
import type { Route } from '../../routing/routes.ts';
import type { SharedGroup } from '../../routing/shared-group.ts';
import { type Link, MSIP_VERSION } from '../connection/link.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import type { StoredDelivery } from '../store/store.ts';
import type { KeptMessage } from './kept-message.ts';
import type { Publication } from './publication.ts';
import { PublishForm, publishSize, writePublish } from './publish-encoder.ts';
import { SharedEncodings } from './shared-encodings.ts';

/** Bytes in flight to one client that need no room in the budget of all: who acknowledges goes on when others have used it up. */
const SMALL_WINDOW = 64 * 1024;

type Outcome = 'sent' | 'no-vacancy' | 'too-large';

export class Dispatcher {
  readonly #exchange: Exchange;
  readonly #form = new PublishForm();
  readonly #encodings: SharedEncodings;
  /** Came back to messages that wait: cut off again before they are sent, they would never get them. */
  readonly #catchingUp = new Set<ClientSession>();
  /** What a message that waited is loaded into. */
  readonly #waited: Publication;
  /** Packet Identifier offered to all receivers of a publication, so that they can share its bytes. */
  #offered = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#encodings = new SharedEncodings(exchange.outbox);
    this.#waited = exchange.createPublication();
  }

  /** Passes a publication to everybody who subscribed; answers how many sessions it was for. */
  dispatch(publication: Publication): number {
    // The arrays never change; what they were taken from can, when a receiver is disconnected meanwhile.
    const { direct, shared } = this.#exchange.subscriptions.routes(publication.topic);
    let count = 0;
    this.#encodings.begin();
    for (let i = 0; i < direct.length; i++) {
      let route = direct[i]!;
      if (route.noLocal && route.peer.clientId === publication.publisher) {
        if (route.toSelf === undefined) continue; // [MQTT-3.8.3-3]
        route = route.toSelf;
      }
      this.#sendRoute(route, publication, 'own'); // [MQTT-4.5.0-1] [MQTT-4.5.0-1@3.1.1] [MSIP-3.5-7]
      count++;
    }
    for (let i = 0; i < shared.length; i++) {
      const route = shared[i]!.pick(publication.publisher, publication.topic.name); // [MQTT-4.8.2-4]
      if (route === undefined) {
        this.#exchange.onDropped('', publication.topic.name, 'no-member');
        continue;
      }
      this.#sendRoute(route, publication, 'shared');
      count++;
    }
    this.#encodings.begin(); // one publication may lead to another (a will): what encloses this one must not take its bytes
    return count;
  }

  /** Gives a message that a member of the group has left behind to another one; false when there is none. */
  passOn(message: KeptMessage, group: SharedGroup<ClientSession>): boolean {
    const route = group.pick(message.publisher, message.topic.name);
    if (route === undefined) return false;
    const publication = this.#exchange.createPublication();
    publication.loadMessage(message);
    this.#encodings.begin();
    this.#sendRoute(route, publication, 'shared');
    this.#encodings.begin();
    return true;
  }

  /** Sends what waits for this session, as far as its connection takes it. */
  pump(session: ClientSession): void {
    const link = session.link;
    if (link === undefined) return;
    if (session.backlog !== undefined) this.#pumpBacklog(session, link);
    if (session.queue !== undefined && session.backlog === undefined) this.#pumpQueue(session.queue, link);
    if (this.#catchingUp.size > 0 && !session.hasWaiting) this.#catchingUp.delete(session);
  }

  /** A connection of this session begins; what waits for it is sent. */
  resume(session: ClientSession): void {
    if (this.#exchange.queuePolicy === 'disconnect' && session.hasWaiting) this.#catchingUp.add(session);
    this.pump(session);
  }

  /** Sends once more what is in flight already. */
  redeliver(link: Link, { message, retain }: StoredDelivery, packetIdentifier: number): void {
    const { outbox, statistics, tracing } = this.#exchange;
    this.#encodings.begin();
    this.#waited.loadMessage(message);
    const form = this.#form;
    form.protocolVersion = link.protocolVersion;
    form.qos = link.acknowledgesEvents ? 1 : 0;
    form.number = message.id;
    form.packetIdentifier = packetIdentifier;
    form.retain = retain;
    form.subscriptionIdentifiers = undefined;
    statistics.publishSent++;
    statistics.publishBytesSent += message.payload.length;
    const start = writePublish(outbox.writer, this.#waited, form, this.#exchange.lastNow);
    const end = outbox.writer.length;
    if (tracing !== undefined) tracing.onSent(link, { start, end }, message.topic.name);
    outbox.append(link.output, start, end);
    outbox.flushIfFull();
  }

  /** No connection serves this session any more. */
  suspend(session: ClientSession): void {
    if (this.#catchingUp.size > 0) this.#catchingUp.delete(session);
  }

  #pumpQueue(queue: DeliveryQueue<KeptMessage>, link: Link): void {
    const now = this.#exchange.now();
    while (!link.output.isBlocked && queue.next(now)) {
      if (queue.qos > 0 && !link.hasVacancy && !queue.nextQoS0(now)) break;
      const { message, qos, retain, subscriptionIdentifiers } = queue;
      const outcome = this.#sendKept(link, { message, qos, retain, subscriptionIdentifiers });
      if (outcome === 'no-vacancy') break;
      if (outcome === 'too-large') queue.drop('packet-too-large');
      else queue.shift();
    }
  }

  #pumpBacklog(session: ClientSession, link: Link): void {
    const backlog = session.backlog!;
    const now = this.#exchange.now();
    for (let entry = backlog[0]; entry !== undefined; entry = backlog[0]) {
      const { subscriptionIdentifiers } = entry;
      while (entry.next < entry.messages.length) {
        const message = entry.messages[entry.next]!;
        const qos = session.qosOf(message.qos, entry.qos);
        if (link.output.isBlocked || (qos > 0 && !link.hasVacancy)) return;
        if (message.expiresAt <= now) {
          session.onDropped(message, qos, 'expired'); // [MQTT-3.3.2-5]
        } else {
          const outcome = this.#sendKept(link, { message, qos, retain: true, subscriptionIdentifiers }); // [MQTT-3.3.1-8@3.1.1]
          if (outcome === 'no-vacancy') return;
          if (outcome === 'too-large') session.onDropped(message, qos, 'packet-too-large'); // [MQTT-3.1.2-25]
        }
        entry.next++;
      }
      if (entry.cursor !== undefined) {
        if (!link.output.isBlocked) this.#exchange.lookUps.goOn(session);
        return;
      }
      backlog.shift();
    }
    session.backlog = undefined;
  }

  #sendRoute(route: Route<ClientSession>, publication: Publication, subscription: 'own' | 'shared'): void {
    const session = route.peer;
    const qos = session.qosOf(publication.qos, route.qos);
    const retain = publication.retain && route.retainAsPublished; // [MQTT-3.3.1-12] [MQTT-3.3.1-13] [MQTT-3.3.1-9@3.1.1]
    const link = session.link;
    let delivery: StoredDelivery | undefined;
    if (qos > 0 && (session.isPersistent || (subscription === 'shared' && isToBePassedOn(session, qos)))) {
      // A shared subscription may make it the session's second copy of the message, which needs a number of its own.
      const message = subscription === 'shared' ? publication.keepAgain() : publication.keep();
      delivery = { message, qos, retain, subscriptionIdentifiers: route.subscriptionIdentifiers };
      if (session.isPersistent) this.#exchange.keepDelivery(session, delivery);
    } else if (link === undefined) {
      this.#exchange.onSessionDropped(session, publication.topic.name, 'qos0-offline'); // [MSIP-4-7]
      return;
    }
    // Order is promised per topic and QoS: QoS 0 need not wait behind what waits for acknowledgements. [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5@3.1.1] [MQTT-4.6.0-6@3.1.1]
    const urgency = urgencyOf(publication, session);
    const isBehindOthers = this.#isBehindOthers(session, qos, urgency);
    const hasMemory = delivery === undefined || this.#hasMemory(session, delivery);
    if (link !== undefined && !link.output.isBlocked && !isBehindOthers && hasMemory) {
      const form = this.#form;
      form.qos = qos;
      form.retain = retain;
      form.subscriptionIdentifiers = route.subscriptionIdentifiers;
      const outcome = this.#send(link, publication, delivery);
      if (outcome === 'sent') return;
      if (outcome === 'too-large') {
        if (delivery !== undefined) session.onDropped(delivery.message, qos, 'packet-too-large');
        else this.#exchange.onSessionDropped(session, publication.topic.name, 'packet-too-large');
        return;
      }
    }
    const message = delivery === undefined ? publication.keep() : delivery.message;
    const identifiers = route.subscriptionIdentifiers;
    const outcome = session.waitingLine().push(message, qos, retain, identifiers, urgency); // [MQTT-3.1.2-5@3.1.1] [MSIP-7-5] [MSIP-8-6]
    if (outcome === 'disconnect' && !this.#catchingUp.has(session)) session.link?.disconnect(ReasonCode.QuotaExceeded);
  }

  /** Whether what the client does not acknowledge may take more. */
  #hasMemory(session: ClientSession, { message, qos }: StoredDelivery): boolean {
    return session.inFlightBytes < SMALL_WINDOW || this.#exchange.queueBudget.allows(message.size, qos);
  }

  #isBehindOthers(session: ClientSession, qos: QoS, urgency: Urgency): boolean {
    if (urgency === 'urgent') return (session.queue?.urgent ?? 0) > 0;
    return qos === 0 ? session.backlog !== undefined : session.hasWaiting;
  }

  #sendKept(link: Link, delivery: StoredDelivery): Outcome {
    this.#encodings.begin();
    this.#waited.loadMessage(delivery.message);
    const form = this.#form;
    form.qos = delivery.qos;
    form.retain = delivery.retain;
    form.subscriptionIdentifiers = delivery.subscriptionIdentifiers;
    const { session } = link;
    const isKept = session !== undefined && (session.isPersistent || isToBePassedOn(session, delivery.qos));
    return this.#send(link, this.#waited, isKept ? delivery : undefined);
  }

  /** `form` says how, except for version, alias and packet identifier, which are this connection's. */
  #send(link: Link, publication: Publication, stored: StoredDelivery | undefined): Outcome {
    const form = this.#form;
    const encodings = this.#encodings;
    const { qos } = form;
    form.protocolVersion = link.protocolVersion;
    if (form.protocolVersion === MSIP_VERSION) form.qos = link.acknowledgesEvents && qos > 0 ? 1 : 0;
    form.packetIdentifier = 0;
    form.topicAlias = 0;
    form.isTopicOmitted = false;
    if (link.aliases !== undefined) link.aliases.propose(form, publication.topic);
    const largest = link.maximumPacketSize;
    if (largest !== Number.POSITIVE_INFINITY && !fits(publication, form, largest)) return 'too-large';
    form.number = stored?.message.id ?? 0;
    // The second copy of a message, by a shared subscription, has a number of its own, and an EVENT goes by it. [MSIP-8-3]
    const isSecond = form.protocolVersion === MSIP_VERSION && form.qos > 0 && form.number !== publication.keep().id;
    const place = isSecond ? -1 : encodings.place(form);
    const isEncoded = place >= 0 && encodings.has(place);
    if (qos > 0) {
      if (!link.hasVacancy) return 'no-vacancy';
      const offered = isEncoded ? encodings.packetIdentifier(place) : this.#offer();
      form.packetIdentifier = link.admit(qos, stored, offered);
      if (form.packetIdentifier === 0) return 'no-vacancy';
    }
    const { statistics, outbox, tracing } = this.#exchange;
    statistics.publishSent++;
    statistics.publishBytesSent += publication.payloadEnd - publication.payloadStart;
    if (isEncoded && form.packetIdentifier === encodings.packetIdentifier(place)) {
      if (tracing !== undefined) {
        const range = { start: encodings.start(place), end: encodings.end(place) };
        tracing.onSent(link, range, publication.topic.name);
      }
      outbox.append(link.output, encodings.start(place), encodings.end(place));
      return 'sent';
    }
    if (form.topicAlias !== 0) link.aliases!.confirm(form, publication.topic);
    const start = writePublish(outbox.writer, publication, form, this.#exchange.lastNow);
    const end = outbox.writer.length;
    if (tracing !== undefined) tracing.onSent(link, { start, end }, publication.topic.name);
    if (place >= 0 && !isEncoded) encodings.set(place, start, end, form.packetIdentifier);
    outbox.append(link.output, start, end);
    outbox.flushIfFull();
    return 'sent';
  }

  #offer(): number {
    this.#offered = this.#offered === 0xffff ? 1 : this.#offered + 1;
    return this.#offered;
  }
}

/** Whether another member of its group is to have a message when this session ends, though with its connection. */
function isToBePassedOn({ subscriber, link }: ClientSession, qos: QoS): boolean {
  return qos === 1 && subscriber.shares > 0 && link !== undefined && link.protocolVersion !== MSIP_VERSION;
}

/** Whether the packet is small enough, if need be without the new alias that was proposed. */
function fits(publication: Publication, form: PublishForm, maximumPacketSize: number): boolean {
  if (publishSize(publication, form) <= maximumPacketSize) return true;
  if (form.topicAlias === 0 || form.isTopicOmitted) return false;
  form.topicAlias = 0;
  return publishSize(publication, form) <= maximumPacketSize;
}

/** Overtaking is for those who speak MSIP; MQTT promises an order. A session that is away is what it was last. */
function urgencyOf(publication: Publication, { link, helloMsgId }: ClientSession): Urgency {
  const speaksMsip = link === undefined ? helloMsgId !== undefined : link.protocolVersion === MSIP_VERSION;
  return speaksMsip && publication.mark.isUrgent ? 'urgent' : 'normal'; // [MSIP-6-1]
}

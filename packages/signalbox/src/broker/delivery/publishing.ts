/**
 * The way of a message into the broker: authorise → route → keep; the connection acknowledges afterwards (§4.3). It must
 * not know how bytes come or go.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { TopicName } from '../../mqtt/topic-names.ts';
import type { Exchange } from '../exchange.ts';
import { after, type ClientInfo, type Maybe, type PublishResult } from '../hooks.ts';
import type { LossReason } from '../observation/loss-reasons.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { KeptMessage } from './kept-message.ts';
import type { Publication } from './publication.ts';

export class Publishing {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether messages of clients can be passed on without asking anybody. */
  get isOpenToAll(): boolean {
    const { authorize, onPublish } = this.#exchange.hooks;
    return authorize === undefined && onPublish === undefined;
  }

  /** Takes a message of a client whom nobody has to be asked about; answers the reason code for it. */
  enter(publication: Publication): number {
    return this.#exchange.addressing.readdress(publication)
      ? this.receive(publication)
      : this.#refuseDelay(publication);
  }

  /** The same for what had to wait, and holds bytes of its own therefore. */
  enterLater(publication: Publication): number {
    publication.renumber();
    return this.enter(publication);
  }

  /** The same as `route`, unless somebody is to keep the message and the store cannot. */
  receive(publication: Publication): number {
    if (publication.dueAt !== 0) return this.#delay(publication);
    const { failure } = this.#exchange.commits;
    if (failure !== undefined && this.#isToBeKept(publication)) {
      return this.#refuse(publication, storeReasonCode(failure), 'store-failing');
    }
    return this.route(publication);
  }

  /** Routes and keeps a message that is allowed; answers the reason code for its sender. */
  route(publication: Publication): number {
    const exchange = this.#exchange;
    const isSystem = isSystemTopic(publication.topic);
    if (isSystem && publication.publisher !== '') {
      return this.#refuse(publication, ReasonCode.NotAuthorized, 'not-authorized'); // §4.7.2
    }
    // A topic that has been routed before was found short enough then.
    const isRouted = isSystem || publication.topic.route !== undefined;
    if (!isRouted && countLevels(publication.topic.bytes) > exchange.limits.topicLevels) {
      return this.#refuse(publication, ReasonCode.TopicNameInvalid, 'too-many-levels');
    }
    const isHeeded = !publication.retain || this.#retain(publication); // [MQTT-3.3.1-8]
    if (!isHeeded) {
      const reasonCode = this.#refuse(publication, ReasonCode.QuotaExceeded, 'retained-full'); // [MQTT-3.3.1-12@3.1.1]
      if (this.#hearsRefusal(publication)) return reasonCode;
    }
    return exchange.dispatcher.dispatch(publication) === 0 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success;
  }

  /** Routes what had to wait, and holds bytes of its own therefore. */
  routeLater(publication: Publication): number {
    publication.renumber();
    return this.receive(publication);
  }

  /**
   * What can be said before a message is copied: true lets it pass as it is. Undefined: the hooks have to see it. What
   * `authorize` answers here, it is not asked again.
   */
  answerAtOnce(client: ClientInfo | undefined, topic: TopicName): Maybe<boolean> | undefined {
    const { authorize, onPublish } = this.#exchange.hooks;
    if (onPublish !== undefined) return undefined;
    if (authorize === undefined || client === undefined) return authorize === undefined ? true : undefined;
    if (!this.#exchange.addressing.isPlain(topic)) return undefined; // it is asked about where the message goes
    try {
      return authorize(client, 'publish', topic.name);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Asks the hooks, then routes. The publication must hold bytes of its own, as hooks may answer later. */
  ask(publication: Publication, client: ClientInfo, answered: Maybe<boolean> | undefined): Maybe<number> {
    const { authorize } = this.#exchange.hooks;
    if (!this.#exchange.addressing.readdress(publication)) return this.#refuseDelay(publication);
    const unasked = authorize === undefined ? true : undefined;
    return after(
      answered ?? unasked ?? authorize!(client, 'publish', publication.topic.name),
      (isAllowed) =>
        isAllowed === true
          ? this.#askOnPublish(publication, client)
          : this.#refuse(publication, ReasonCode.NotAuthorized, 'not-authorized'), // [MQTT-3.3.5-2@3.1.1]
    );
  }

  #askOnPublish(publication: Publication, client: ClientInfo): Maybe<number> {
    const { onPublish } = this.#exchange.hooks;
    if (onPublish === undefined) return this.routeLater(publication);
    const { topic, payload, qos, retain } = publication.keep();
    return after(onPublish(client, { topicName: topic.name, payload, qos, retain }), (result) => {
      const refusal = applyResult(result, publication);
      return refusal === 0 ? this.routeLater(publication) : this.#refuse(publication, refusal, 'refused-by-hook');
    });
  }

  /**
   * A message that the broker has already: a will, or one that the embedding program publishes. `author`: whom to ask about,
   * when that is to happen later.
   */
  publishKept(message: KeptMessage, author?: ClientInfo): number {
    const publication = this.#exchange.createPublication();
    publication.loadMessage(message);
    if (!this.#exchange.addressing.putOff(publication, author)) return this.#refuseDelay(publication);
    return publication.dueAt === 0 ? this.route(publication) : this.#delay(publication);
  }

  #delay(publication: Publication): number {
    const { commits, delayed, limits } = this.#exchange;
    const { topic } = publication;
    if (isSystemTopic(topic)) return this.#refuse(publication, ReasonCode.NotAuthorized, 'not-authorized');
    if (countLevels(topic.bytes) > limits.topicLevels) {
      return this.#refuse(publication, ReasonCode.TopicNameInvalid, 'too-many-levels');
    }
    const { failure } = commits;
    if (failure !== undefined && publication.qos > 0) {
      return this.#refuse(publication, storeReasonCode(failure), 'store-failing');
    }
    const reasonCode = delayed.add(publication.keep(), publication.dueAt, publication.author);
    return reasonCode === ReasonCode.Success ? reasonCode : this.#refuse(publication, reasonCode, 'delayed-full');
  }

  #refuseDelay(publication: Publication): number {
    return this.#refuse(publication, ReasonCode.TopicNameInvalid, 'delay-not-allowed');
  }

  /** What nobody waits for, as it is of QoS 0, is no burden: of retained messages there is one for each topic. */
  #isToBeKept({ qos, retain, topic, publisher }: Publication): boolean {
    if (qos === 0) return false;
    const { subscriptions, sessions } = this.#exchange;
    if (retain || (qos === 2 && sessions.get(publisher)?.isPersistent === true)) return true;
    const { direct, shared } = subscriptions.routes(topic);
    return shared.length > 0 || direct.some((route) => route.qos > 0 && route.peer.isPersistent);
  }

  /** Who cannot be told that a message was not retained has it delivered at least: losing it whole would be worse. */
  #hearsRefusal({ qos, publisher }: Publication): boolean {
    if (publisher === '') return true;
    return qos > 0 && this.#exchange.sessions.get(publisher)?.link?.protocolVersion === 5;
  }

  #retain(publication: Publication): boolean {
    const exchange = this.#exchange;
    const message = this.#limitAge(publication.keep());
    const outcome = exchange.retained.set(message); // [MQTT-3.3.1-5] [MQTT-3.3.1-5@3.1.1]
    if (outcome === 'refused') return false;
    if (isSystemTopic(message.topic)) return true; // holds for this broker only: the store has no use for it
    if (outcome === 'cleared') exchange.commits.write({ type: 'retained-cleared', topicName: message.topic.name });
    else exchange.commits.write({ type: 'retained', message });
    return true;
  }

  #limitAge(message: KeptMessage): KeptMessage {
    const { extras, lastNow } = this.#exchange;
    const expiresAt = lastNow + extras.retainedAge(message.topic.name);
    return expiresAt < message.expiresAt ? { ...message, expiresAt } : message;
  }

  #refuse(publication: Publication, reasonCode: number, reason: LossReason): number {
    this.#exchange.onDropped(publication.publisher, publication.topic.name, reason);
    return reasonCode;
  }
}

/** What the broker says about itself, nobody else may say. */
function isSystemTopic({ bytes, name }: TopicName): boolean {
  return bytes[0] === 0x24 && name.startsWith('$SYS/');
}

function countLevels(topic: Uint8Array): number {
  let levels = 1;
  for (let i = 0; i < topic.length; i++) {
    if (topic[i] === 0x2f) levels++;
  }
  return levels;
}

/** Answers the reason code of a refusal, 0 for none. */
function applyResult(result: PublishResult, publication: Publication): number {
  if (result === undefined || result === true) return 0;
  if (result === false) return ReasonCode.NotAuthorized;
  if (typeof result === 'number') return result < 0x80 ? 0 : result;
  publication.replace(result);
  return 0;
}

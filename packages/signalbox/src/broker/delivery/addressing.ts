/**
 * Where a message goes, and when: what an operator's rules make of its topic, and the delay that `$delayed/…` asks for. With
 * neither a topic costs one comparison. It must not know who receives the message.
 */
import type { TopicName } from '../../mqtt/topic-names.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo } from '../hooks.ts';
import type { Named } from '../placeholders.ts';
import { type Delay, readDelay } from './delayed-messages.ts';
import type { Publication } from './publication.ts';

const DOLLAR = 0x24;

export class Addressing {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether a message of this topic goes where it says, and now. */
  isPlain({ bytes }: TopicName): boolean {
    return bytes[0] !== DOLLAR && this.#exchange.extras.rewriting === undefined;
  }

  /** For a message of a client, before anybody is asked about it; false when its delay makes no sense. */
  readdress(publication: Publication): boolean {
    if (!this.putOff(publication, undefined)) return false;
    const { rewriting } = this.#exchange.extras;
    if (rewriting === undefined) return true;
    const { topic, publisher, dueAt } = publication;
    const username = this.#exchange.sessions.get(publisher)?.link?.client?.username;
    const topicName = rewriting.topicName(topic.name, { clientId: publisher, username });
    // When its time has come the topic is read once more: it must say then what somebody is asked about now.
    if (dueAt !== 0 && this.#delayOf(topicName) !== undefined) return false;
    if (topicName !== topic.name) publication.readdress(this.#exchange.names.internString(topicName), dueAt);
    return true;
  }

  /** Only the delay; false when it makes no sense. `author`: where the client that publishes it is not connected. */
  putOff(publication: Publication, author: ClientInfo | undefined): boolean {
    if (publication.topic.bytes[0] !== DOLLAR) return true;
    const delay = this.#delayOf(publication.topic.name);
    if (delay === undefined) return true;
    const { limits, lastNow, names, sessions } = this.#exchange;
    const { seconds, topicName } = delay;
    if (Number.isNaN(seconds) || seconds > limits.delayedSeconds) return false;
    publication.author = author ?? sessions.get(publication.publisher)?.link?.client;
    publication.readdress(names.internString(topicName), seconds === 0 ? 0 : lastNow + seconds * 1000);
    return true;
  }

  /** Where a will of this client goes when its time has come, a delay included. */
  topicOfWill(topicName: string, client: Named): string {
    const { rewriting } = this.#exchange.extras;
    if (rewriting === undefined) return topicName;
    const delay = this.#delayOf(topicName);
    if (delay === undefined) return rewriting.topicName(topicName, client);
    if (Number.isNaN(delay.seconds)) return topicName;
    return `$delayed/${delay.seconds}/${rewriting.topicName(delay.topicName, client)}`;
  }

  /** The topic without its delay: what a client needs the permission for. */
  destination(topicName: string): string {
    const delay = this.#delayOf(topicName);
    return delay === undefined || Number.isNaN(delay.seconds) ? topicName : delay.topicName;
  }

  #delayOf(topicName: string): Delay | undefined {
    return this.#exchange.limits.delayedMessages === 0 ? undefined : readDelay(topicName);
  }
}

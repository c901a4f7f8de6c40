/**
 * Whether a client may still publish what waited on its behalf, a will or a delayed message: asked when it is published, as
 * what was allowed may be so no longer, and the client itself can be long gone. It must not know where messages wait.
 */
import type { Exchange } from '../exchange.ts';
import { type ClientInfo, isLater, type Maybe } from '../hooks.ts';
import type { KeptMessage } from './kept-message.ts';

/** A web service is asked 32 questions at a time, 1,024 more may wait, and those who connect and publish have some, too. */
const MOST_AT_ONCE = 100;

export class StandingRights {
  readonly #exchange: Exchange;
  readonly #asking = new Set<Promise<void>>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** So many answers are awaited that further questions had better wait: a web service refuses more than it can queue. */
  get isBusy(): boolean {
    return this.#asking.size >= MOST_AT_ONCE;
  }

  /**
   * Calls `then` with the answer, at once when the hook gives it at once; otherwise later, and this is what is answered here. A
   * hook that fails has not allowed it.
   */
  ask(message: KeptMessage, author: ClientInfo | undefined, then: (isAllowed: boolean) => void): 'at-once' | 'later' {
    const answer = this.#answerFor(message, author);
    if (!isLater(answer)) {
      then(answer === true);
      return 'at-once';
    }
    const { commits } = this.#exchange;
    const asking = answer
      .catch((error: unknown) => this.#onFailed(error))
      .then((isAllowed) => {
        then(isAllowed === true);
        commits.settle();
      })
      .catch((error: unknown) => this.#exchange.onError(error, DOING))
      .finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
    return 'later';
  }

  /** Resolves when everything that was asked is answered, and has been done. */
  async settled(): Promise<void> {
    while (this.#asking.size > 0) await Promise.all(this.#asking); // one will can lead to another
  }

  /** What the embedding program publishes, nobody is asked about. */
  #answerFor(message: KeptMessage, author: ClientInfo | undefined): Maybe<boolean> {
    const { hooks, addressing } = this.#exchange;
    const { publisher, topic } = message;
    if (hooks.authorize === undefined || publisher === '') return true;
    try {
      return hooks.authorize(author ?? this.#remembered(publisher), 'publish', addressing.destination(topic.name));
    } catch (error) {
      return this.#onFailed(error);
    }
  }

  #onFailed(error: unknown): false {
    this.#exchange.onError(error, DOING);
    return false;
  }

  /** All that is known of a client whose message was kept when there was no `authorize`. */
  #remembered(clientId: string): ClientInfo {
    return {
      clientId,
      username: this.#exchange.sessions.get(clientId)?.owner,
      protocolVersion: 5,
      remoteAddress: '',
      listener: '',
      certificate: undefined,
      groups: [],
      acl: undefined,
      expiresAt: undefined,
    };
  }
}

const DOING = 'asking about a message that waited';

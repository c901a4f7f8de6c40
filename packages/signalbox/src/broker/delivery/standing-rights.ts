/**
 * Whether a client may still publish what waited on its behalf, a will or a delayed message: asked when it is published, as
 * what was allowed may be so no longer, and the client itself can be long gone. It must not know where messages wait.
 */
import type { Exchange } from '../exchange.ts';
import { type ClientInfo, isLater, type Maybe } from '../hooks.ts';
import type { KeptMessage } from './kept-message.ts';

export class StandingRights {
  readonly #exchange: Exchange;
  readonly #asking = new Set<Promise<void>>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Calls `then` with the answer, at once when the hook gives it at once. A hook that fails has not allowed it. */
  ask(message: KeptMessage, author: ClientInfo | undefined, then: (isAllowed: boolean) => void): void {
    const answer = this.#answerFor(message, author);
    if (!isLater(answer)) {
      then(answer === true);
      return;
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

// SUBSCRIBE and UNSUBSCRIBE, and their answers: over as many connections as it takes, and once more for everything that is
// wanted when a connection is new. §3.2, §3.3

import { Deferred } from '../client/deferred.ts';
import { Flags } from '../msip/header.ts';
import type { MsipClientError } from './client-errors.ts';
import type { Filters } from './filters.ts';
import type { NetworkConnection } from './network-connection.ts';
import type { Requests } from './requests.ts';

type AskType = 'subscribe' | 'unsubscribe';

interface Ask {
  readonly type: AskType;
  readonly topicFilter: string;
  readonly msgId: bigint;
  readonly answer: Deferred<void>;
  /** Nobody awaits it. */
  isSilent: boolean;
}

export interface DeskHost {
  readonly network: NetworkConnection;
  readonly requests: Requests;
  readonly filters: Filters;
  report(error: Error): void;
}

export class SubscriptionDesk {
  readonly #host: DeskHost;
  /** Unanswered, in the order of the calls. */
  readonly #asks = new Set<Ask>();
  /** The last of each filter. */
  readonly #last = new Map<string, Ask>();

  constructor(host: DeskHost) {
    this.#host = host;
  }

  /** How many are unanswered. */
  get open(): number {
    return this.#asks.size;
  }

  /** Resolves when the server has answered. Who asks the same at the same time gets the same answer. */
  ask(type: AskType, topicFilter: string): Promise<void> {
    const last = this.#last.get(topicFilter);
    const ask = last?.type === type ? last : this.#make(type, topicFilter);
    ask.isSilent = false;
    return ask.answer.promise;
  }

  /** As the reference clients do it: nobody awaits an answer. */
  tell(type: AskType, topicFilter: string, flags: number): bigint {
    if (flags === Flags.AckRequired) return this.#make(type, topicFilter).msgId;
    const { network } = this.#host;
    const msgId = network.core.takeMsgId();
    if (network.isConnected) network.send({ type, topic: topicFilter, flags, msgId });
    else if (type === 'unsubscribe') this.#make(type, topicFilter);
    return msgId; // what is wanted is asked for on the next connection anyway
  }

  /** A connection is new: the server is told what is wanted, and what is not any more. */
  restore(): void {
    const { filters } = this.#host;
    const asked = new Set<string>();
    for (const ask of [...this.#asks]) {
      const isMeant = (ask.type === 'subscribe') === filters.has(ask.topicFilter);
      if (!isMeant || asked.has(ask.topicFilter)) {
        this.#forget(ask);
        ask.answer.resolve(); // the program has changed its mind
        continue;
      }
      asked.add(ask.topicFilter);
      this.#send(ask);
    }
    for (const topicFilter of filters.all) if (!asked.has(topicFilter)) this.#make('subscribe', topicFilter);
  }

  close(error: MsipClientError): void {
    const asks = [...this.#asks];
    this.#asks.clear();
    this.#last.clear();
    for (const ask of asks) ask.answer.reject(error);
  }

  #make(type: AskType, topicFilter: string): Ask {
    const { network } = this.#host;
    const ask: Ask = {
      type,
      topicFilter,
      msgId: network.core.takeMsgId(),
      answer: new Deferred(),
      isSilent: true,
    };
    ask.answer.promise.catch(() => {}); // told by whoever awaits it, or reported
    this.#asks.add(ask);
    this.#last.set(topicFilter, ask);
    if (network.isConnected) this.#send(ask);
    return ask;
  }

  #send(ask: Ask): void {
    const { network, requests } = this.#host;
    const { type, topicFilter: topic, msgId } = ask;
    requests.add(msgId, {
      what: type,
      onAnswer: () => {
        this.#forget(ask);
        ask.answer.resolve();
      },
      onRefused: (error) => this.#refused(ask, error),
      onLost: () => {}, // it is sent again
    });
    network.send({ type, topic, flags: Flags.AckRequired, msgId });
  }

  #forget(ask: Ask): void {
    this.#asks.delete(ask);
    if (this.#last.get(ask.topicFilter) === ask) this.#last.delete(ask.topicFilter);
  }

  /** What the server does not grant is not asked for again. */
  #refused(ask: Ask, error: MsipClientError): void {
    const { filters, report } = this.#host;
    this.#forget(ask);
    if (ask.type === 'subscribe' && error.code === 'REFUSED') {
      for (const one of filters.drop(ask.topicFilter)) if (filters.isBereft(one)) one.end(); // those before, too
    }
    if (ask.isSilent) report(error);
    ask.answer.reject(error);
  }
}

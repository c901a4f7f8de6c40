// What happened during a trial, in order, and every message of it: the clients write here, the judge reads. Order is what
// counts; the times are there for people.

import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';

/** A message as it was given to its publisher, or a will as it went out with a CONNECT, and what became of it there. */
export interface Message {
  /** Begins the payload, and is the message's own. */
  readonly id: string;
  readonly publisher: string;
  readonly topicName: string;
  readonly qos: QoS;
  readonly isWill: boolean;
  /** Seconds; 0: does not expire. */
  readonly expiry: number;
  readonly publish: PublishInput;
  readonly calledAt: number;
  readonly calledMs: number;
  /** When PUBACK or PUBREC said yes (a will: CONNACK); Infinity: not yet. */
  acknowledgedAt: number;
  acknowledgedMs: number;
  /** When nothing more was to come; of a will, when its connection had ended. */
  settledAt: number;
  /** −1: not settled. */
  reasonCode: number;
  /** The session that was to send it was gone. */
  isGivenUp: boolean;
}

export interface Incident {
  readonly order: number;
  readonly ms: number;
  /** Empty: the broker. */
  readonly clientId: string;
  readonly what: string;
}

/** Incidents kept: those of the last rounds are the ones that explain a loss. */
const INCIDENTS_KEPT = 200_000;

export class Journal {
  readonly messages: Message[] = [];
  readonly incidents: Incident[] = [];
  /** What no client should ever see; each is a finding of its own. */
  readonly surprises: string[] = [];
  /** Positive acknowledgements (PUBACK, PUBREC) so far. */
  acknowledged = 0;
  /** Messages received by subscribers so far, copies included. */
  received = 0;
  #order = 0;
  readonly #start = performance.now();

  /** Rises with every call: what happened before has a smaller one. */
  readonly order = (): number => {
    this.#order++;
    return this.#order;
  };

  get ms(): number {
    return performance.now() - this.#start;
  }

  note(clientId: string, what: string): void {
    if (this.incidents.length >= INCIDENTS_KEPT) this.incidents.splice(0, INCIDENTS_KEPT / 2);
    this.incidents.push({ order: this.order(), ms: this.ms, clientId, what });
  }

  /** Something that is wrong whatever else happened. */
  surprise(clientId: string, what: string): void {
    this.note(clientId, what);
    this.surprises.push(`at ${this.ms.toFixed(0)} ms, ${clientId === '' ? 'broker' : clientId}: ${what}`);
  }

  create(message: Pick<Message, 'id' | 'publisher' | 'isWill' | 'expiry' | 'publish'>): Message {
    const created: Message = {
      ...message,
      topicName: message.publish.topicName,
      qos: message.publish.qos ?? 0,
      calledAt: this.order(),
      calledMs: this.ms,
      acknowledgedAt: Infinity,
      acknowledgedMs: Infinity,
      settledAt: Infinity,
      reasonCode: -1,
      isGivenUp: false,
    };
    this.messages.push(created);
    return created;
  }

  onAcknowledged(message: Message): void {
    if (message.acknowledgedAt !== Infinity) return;
    this.acknowledged++;
    message.acknowledgedAt = this.order();
    message.acknowledgedMs = this.ms;
  }
}

// What the publishers are given to do: messages of every kind, so many at a time that some are always on their way.

import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import type { Random } from '../fuzz/random.ts';
import { type Cast, RETAINED_TOPICS, TOPICS } from './cast.ts';
import type { DurableClient } from './durable-client.ts';
import type { Journal } from './journal.ts';

/** Messages each publisher has unsettled at most. */
const WINDOW = 40;
const LARGEST_PADDING = 300;

export class Work {
  readonly #journal: Journal;
  readonly #cast: Cast;
  readonly #random: Random;
  readonly #qos: readonly QoS[];
  #number = 0;
  #budget = 0;

  constructor(journal: Journal, cast: Cast, random: Random, qos: readonly QoS[]) {
    this.#journal = journal;
    this.#cast = cast;
    this.#random = random;
    this.#qos = qos;
  }

  begin(budget: number): void {
    this.#budget = budget;
  }

  /** Gives publishers what they have room for, and lets wanderers change their minds. */
  go(): void {
    for (const publisher of this.#cast.publishers) {
      while (this.#budget > 0 && publisher.load < WINDOW) {
        this.#budget--;
        this.#publish(publisher);
      }
    }
    if (this.isDue(10)) this.#cast.wander();
  }

  /** Nothing new. */
  finish(): void {
    this.#budget = 0;
  }

  isDue(onceIn: number): boolean {
    return this.#random.isOnceIn(onceIn);
  }

  #publish(publisher: DurableClient): void {
    const random = this.#random;
    this.#number++;
    const { clientId } = publisher;
    const isRetained = random.isOnceIn(5);
    const place = random.below(RETAINED_TOPICS);
    // Order is promised for each QoS: at QoS 1 a message that is sent again may overtake one of QoS 2, and become the value.
    const qos = isRetained ? this.#qos[place % this.#qos.length]! : random.pick(this.#qos);
    const isExpiring = !isRetained && publisher.options.protocolVersion === 5 && random.isOnceIn(12);
    const expiry = isExpiring ? random.pick([1, 2, 3600]) : 0;
    const id = `${isExpiring ? 'e' : isRetained ? 'r' : 'm'}-${clientId}-${this.#number}`;
    const topicName = isRetained ? `r/${clientId}/${place}` : random.pick(TOPICS);
    const isClearing = isRetained && random.isOnceIn(8);
    const padding = 'x'.repeat(random.isOnceIn(30) ? 20_000 : random.below(LARGEST_PADDING));
    const publish: PublishInput = {
      type: 'publish',
      topicName,
      qos,
      retain: isRetained,
      payload: isClearing ? '' : `${id}|${padding}`,
      properties: isExpiring ? { messageExpiryInterval: expiry } : {},
    };
    publisher.publishMessage(this.#journal.create({ id, publisher: clientId, isWill: false, expiry, publish }));
  }
}

// Who takes part in a trial: publishers with a session that lasts, subscribers that stay, wander, leave or share, and
// clients with wills. The same for every seed, except for what the seed draws.

import type { QoS } from '../../src/mqtt/wire-format.ts';
import type { Random } from '../fuzz/random.ts';
import { DurableClient, type DurableClientOptions, type World } from './durable-client.ts';

export const TOPICS: readonly string[] = ['t/a/1', 't/a/2', 't/b/1', 't/b/2', 't/c/1'];
const FILTERS: readonly string[] = ['t/a/#', 't/+/1', 't/b/2', 't/c/+', 't/a/1'];
/** Retained topics of each publisher. */
export const RETAINED_TOPICS = 6;

export class Cast {
  readonly publishers: DurableClient[] = [];
  /** Subscribed to everything from the beginning, and never away for long. */
  readonly residents: DurableClient[] = [];
  /** They change their subscriptions, leave for a while, and some throw their session away. */
  readonly wanderers: DurableClient[] = [];
  readonly members: DurableClient[] = [];
  /** They die often, and their wills are watched. */
  readonly mortals: DurableClient[] = [];
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random, qos: readonly QoS[]) {
    this.#world = world;
    this.#random = random;
    const highest: QoS = qos.includes(2) ? 2 : 1;
    for (let at = 0; at < 4; at++) this.publishers.push(this.#create(`p${at}`, highest));
    for (const each of qos) for (const name of ['x', 'y']) this.residents.push(this.#create(`r${each}${name}`, each));
    for (const each of qos) for (const name of ['x', 'y']) this.wanderers.push(this.#create(`w${each}${name}`, each));
    for (const name of ['x', 'y']) this.members.push(this.#create(`m${name}`, highest));
    this.mortals.push(this.#create('d0', 1, { willQoS: highest }), this.#create('d1', 1, { willQoS: 1 }));
    this.mortals.push(this.#create('d3', 1, { willQoS: highest, isPassing: true }));
    this.mortals.push(this.#create('d2', 1, { willQoS: highest, willDelayInterval: 1, protocolVersion: 5 }));
    for (const client of this.residents) for (const filter of ['t/#', 'r/#', 'w/#']) client.subscribeTo(filter);
    for (const client of this.members) client.subscribeTo('$share/group/t/#');
  }

  get all(): DurableClient[] {
    return [...this.publishers, ...this.residents, ...this.wanderers, ...this.members, ...this.mortals];
  }

  get subscribers(): DurableClient[] {
    return [...this.residents, ...this.wanderers, ...this.members];
  }

  /** One wanderer changes its mind. */
  wander(): void {
    const random = this.#random;
    const client = random.pick(this.wanderers);
    const filter = random.pick(FILTERS);
    if (client.histories.get(filter)?.isWanted === true) client.unsubscribeFrom(filter);
    else client.subscribeTo(filter);
  }

  /** Somebody loses its connection or leaves; wanderers stay away for a while. */
  depart(): void {
    const random = this.#random;
    const wanderer = random.pick(this.wanderers);
    switch (random.below(6)) {
      case 0:
        random.pick(this.publishers).cut();
        break;
      case 1:
        random.pick([...this.residents, ...this.members]).cut();
        break;
      case 2:
        random.pick(this.mortals).cut();
        break;
      case 3:
        wanderer.leave();
        break;
      case 4:
        wanderer.cut('stay-away');
        break;
      default:
        if (random.isOnceIn(4)) this.#startClean(wanderer);
        else random.pick(this.mortals).leave();
    }
  }

  /** Some of those who are away come back. */
  summon(who: 'some' | 'everybody'): void {
    for (const client of this.all) {
      if (client.isAway && (who === 'everybody' || this.#random.isOnceIn(2))) client.come();
    }
  }

  /** With 3.1.1 a session that begins so ends with its connection: nothing could be asked of it. */
  #startClean(client: DurableClient): void {
    client.cut('stay-away');
    client.come(client.options.protocolVersion === 5 ? 'clean' : 'resume');
  }

  #create(clientId: string, qos: QoS, more: Partial<DurableClientOptions> = {}): DurableClient {
    const protocolVersion = this.#random.isOnceIn(2) ? 4 : 5;
    const receiveMaximum = 1 + this.#random.below(30);
    return new DurableClient({ clientId, protocolVersion, qos, receiveMaximum, ...more }, this.#world);
  }
}

// A random walk of several clients through a whole broker: what they do, when their links are cut and how the bytes come
// is drawn from a seed, and the same in every run.

import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import { Random } from '../fuzz/random.ts';
import { VirtualBroker } from './virtual-broker.ts';
import { VirtualClient } from './virtual-client.ts';
import { VirtualClock, type VirtualLink } from './virtual-link.ts';
import { VirtualStore } from './virtual-store.ts';

export interface WalkOptions {
  readonly seed: number;
  readonly steps: number;
  readonly broker?: BrokerOptions;
  /** Members of a shared group besides. Default 0. */
  readonly members?: number;
  /** Whether links are cut at any byte, and found dead late. Default true. */
  readonly isCutting?: boolean;
  /** Clean starts throw sessions away. Default true. */
  readonly hasCleanStarts?: boolean;
  /** Who publishes does not subscribe: a client that is slow with its own messages would be parted from again and again. */
  readonly isOneWay?: boolean;
  /** Every message has a topic of its own. */
  readonly hasOwnTopics?: boolean;
  /** Seconds; messages expire, and time passes. */
  readonly expiry?: number;
  /** How long commits take. Default: no time. */
  readonly commitMs?: (random: Random) => number;
  /** The broker is closed or killed once in so many steps. Default: never. */
  readonly restartsOnceIn?: number;
}

const FILTERS = ['a/#', 'a/x/#', '+/x/#', 'b/+/#', '+/+/#'];
const TOPICS = ['a/x', 'a/y', 'b/x', 'b/y'];

export class BrokerWalk {
  readonly random: Random;
  readonly network: VirtualBroker;
  readonly clients: VirtualClient[] = [];
  readonly store: VirtualStore;
  restarts = 0;
  cuts = 0;
  takeovers = 0;
  readonly #options: WalkOptions;
  readonly #links = new Map<VirtualClient, VirtualLink>();
  #number = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
    const clock = new VirtualClock();
    this.store = new VirtualStore(clock, { commitMs: () => options.commitMs?.(this.random) ?? 0 });
    this.network = new VirtualBroker(this.store, options.broker);
    this.#addClients();
  }

  async run(): Promise<void> {
    const { network, random } = this;
    await network.open();
    for (const client of this.clients) this.#connect(client, 'resume');
    for (let step = 0; step < this.#options.steps; step++) {
      await this.#step();
      if (random.isOnceIn(3)) await network.run(1 + random.below(4));
    }
    await this.finish();
  }

  /** Everybody connects and stays until nothing is on its way. */
  async finish(): Promise<void> {
    const { network } = this;
    await network.settle();
    for (const client of this.clients) {
      this.#cut(client);
      await network.settle();
      network.connect(client);
    }
    await network.settle();
    // A broker that parts from slow clients may do so still, a few times.
    for (let round = 0; round < 50 && this.clients.some(({ hasLink }) => !hasLink); round++) {
      for (const client of this.clients) if (!client.hasLink) network.connect(client);
      await network.settle();
    }
  }

  /** Everybody leaves for ever. */
  async leave(): Promise<void> {
    const { network } = this;
    for (const client of this.clients) {
      client.disconnect();
      await network.settle();
      const last = new VirtualClient({ ...client.options, isPersistent: false });
      network.connect(last);
      await network.settle();
      last.disconnect();
      await network.settle();
    }
  }

  #addClients(): void {
    const { order } = this.network;
    const { random } = this;
    const qos: QoS[] = [2, 1, 2, 0, 2];
    for (const [at, each] of qos.entries()) {
      this.clients.push(
        new VirtualClient({
          clientId: `c${at}`,
          protocolVersion: random.isOnceIn(2) ? 4 : 5,
          isPersistent: at !== 2,
          qos: each,
          receiveMaximum: 1 + random.below(4),
          topicAliasMaximum: random.below(4),
          order,
        }),
      );
    }
    for (let member = 0; member < (this.#options.members ?? 0); member++) {
      const client = new VirtualClient({ clientId: `m${member}`, protocolVersion: 5, isPersistent: true, order });
      this.clients.push(client);
      client.subscribe('$share/group/a/#');
    }
  }

  async #step(): Promise<void> {
    const { random, network } = this;
    const { restartsOnceIn, expiry, isCutting = true, isOneWay } = this.#options;
    const client = random.pick(this.clients);
    const choice = random.below(20);
    if (restartsOnceIn !== undefined && random.isOnceIn(restartsOnceIn)) await this.#restart();
    else if (expiry !== undefined && random.isOnceIn(6)) network.time.advance(random.below(expiry));
    else if (choice < 11) this.#publish(isOneWay ? random.pick(this.clients.slice(0, 2)) : client);
    else if (choice < 13) this.#subscribe(isOneWay ? random.pick(this.clients.slice(2)) : client);
    else if (choice < 14) this.#unsubscribe(client);
    else if (choice < 16) await this.#leaveOrCome(client);
    else if (isCutting) this.#reconnect(client);
  }

  #publish(client: VirtualClient): void {
    const { random } = this;
    const { expiry, hasOwnTopics } = this.#options;
    const count = 1 + random.below(4);
    for (let i = 0; i < count; i++) {
      this.#number++;
      const payload = `${client.clientId}-${this.#number}`;
      const topic = random.pick(TOPICS);
      const isExpiring = expiry !== undefined && client.options.protocolVersion === 5 && random.isOnceIn(2);
      const properties = isExpiring ? { messageExpiryInterval: 1 + random.below(expiry) } : {};
      client.send(hasOwnTopics ? `${topic}/${payload}` : topic, payload, random.below(3) as QoS, { properties });
    }
  }

  #subscribe(client: VirtualClient): void {
    if (!client.clientId.startsWith('m')) client.subscribe(this.random.pick(FILTERS));
  }

  #unsubscribe(client: VirtualClient): void {
    const wanted = [...client.histories].filter(([filter, { isWanted }]) => isWanted && !filter.startsWith('$share'));
    if (wanted.length > 0) client.unsubscribe(this.random.pick(wanted)[0]);
  }

  /** Says goodbye, or comes when it is away. */
  async #leaveOrCome(client: VirtualClient): Promise<void> {
    if (!client.hasLink) this.#connect(client, 'resume');
    else {
      if (this.#options.isCutting === false) await this.network.settle(); // nothing of it is on the way
      client.disconnect();
      await this.network.run(3);
    }
  }

  /** The link is cut, or the client thinks so and takes its session over. */
  #reconnect(client: VirtualClient): void {
    const { random } = this;
    const { hasCleanStarts = true } = this.#options;
    this.#cut(client);
    this.#connect(client, hasCleanStarts && random.isOnceIn(12) ? 'clean' : 'resume');
  }

  #cut(client: VirtualClient): void {
    const link = this.#links.get(client);
    if (link === undefined || !client.hasLink) return;
    this.cuts++;
    client.abandon();
    link.cut();
  }

  #connect(client: VirtualClient, start: 'clean' | 'resume'): void {
    const { random } = this;
    const isCutting = this.#options.isCutting !== false;
    if (this.network.isConnected(client.clientId)) this.takeovers++;
    const largest = 1 + random.below(40);
    const link = this.network.connect(client, {
      start,
      link: {
        pieceSize: () => 1 + random.below(largest),
        cutAfter: isCutting && random.isOnceIn(3) ? 1 + random.below(400) : Infinity,
      },
      transport: {
        isFull: () => random.isOnceIn(8),
        noticesAfterMs: isCutting ? random.below(6) : 0,
      },
    });
    this.#links.set(client, link);
  }

  async #restart(): Promise<void> {
    const { network, random } = this;
    this.restarts++;
    if (random.isOnceIn(2)) await network.close();
    else network.crash();
    await network.run(2);
    await network.open();
    for (const client of this.clients) if (!client.hasLink && random.isOnceIn(2)) this.#connect(client, 'resume');
  }
}

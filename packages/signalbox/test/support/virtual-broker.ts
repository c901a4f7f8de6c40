// A whole broker in virtual time, with clients on virtual links: it can be closed and killed, and the next one begins on
// the same store. What the broker holds inside can be looked at, to see that nothing is left.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { ClientLink } from '../../src/broker/connection/client-link.ts';
import type { Exchange } from '../../src/broker/exchange.ts';
import type { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store } from '../../src/broker/store/store.ts';
import { ManualClock } from './manual-clock.ts';
import type { VirtualClient } from './virtual-client.ts';
import { type VirtualClock, VirtualLink, type VirtualLinkOptions } from './virtual-link.ts';
import { VirtualTransport, type VirtualTransportOptions } from './virtual-transport.ts';

export interface VirtualConnection {
  readonly start?: 'clean' | 'resume';
  readonly link?: VirtualLinkOptions;
  /** The broker's end. */
  readonly transport?: VirtualTransportOptions;
}

/** A store that outlives brokers: VirtualStore, LayeredStore. */
export interface LastingStore {
  readonly clock: VirtualClock;
  /** What the next broker would find. */
  readonly kept: MemoryStore;
  /** For the next broker. */
  access(): Store;
  /** The broker that has it now is dead. */
  cut(): void;
}

export interface Dropped {
  readonly clientId: string;
  readonly topicName: string;
  readonly reason: string;
}

export class VirtualBroker {
  readonly clock: VirtualClock;
  readonly time = new ManualClock();
  readonly store: LastingStore;
  readonly dropped: Dropped[] = [];
  readonly errors: unknown[] = [];
  broker!: Broker;
  #options: BrokerOptions;
  #transports = new Set<VirtualTransport>();
  #exchange: Exchange | undefined = undefined;
  #order = 0;

  constructor(store: LastingStore, options: BrokerOptions = {}) {
    this.clock = store.clock;
    this.store = store;
    this.#options = options;
    onTestFinished(async () => {
      await this.close();
    });
  }

  readonly order = (): number => {
    this.#order++;
    return this.#order;
  };

  async open(): Promise<void> {
    this.broker = new Broker({
      systemTopicsIntervalMs: 0,
      clock: this.time,
      store: this.store.access(),
      ...this.#options,
    });
    this.broker.on('dropped', (dropped) => this.dropped.push(dropped));
    this.broker.on('error', ({ error }) => this.errors.push(error));
    await this.broker.open();
  }

  connect(
    client: VirtualClient,
    { start = 'resume', link: linkOptions, transport }: VirtualConnection = {},
  ): VirtualLink {
    const link = new VirtualLink(this.clock, linkOptions);
    const far = new VirtualTransport(link, link.server, transport);
    this.#transports.add(far);
    this.broker.attach(far);
    this.#exchange = (far.handler as ClientLink).exchange;
    client.connect(new VirtualTransport(link, link.client), start);
    return link;
  }

  /** Lets virtual time pass. */
  async run(ms: number): Promise<void> {
    for (let step = 0; step < ms; step++) {
      this.clock.runUntil(this.clock.now + 1);
      await turn();
    }
  }

  /** Until nothing more happens. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      quiet = this.clock.runUntil(Infinity) > 0 ? 0 : quiet + 1;
      await turn();
    }
  }

  /** As an operator does it. */
  async close(): Promise<void> {
    const closing = this.broker.close();
    await this.settle();
    await closing;
    this.#transports.clear();
  }

  /** The process is gone from one moment to the next: all links are cut, and the store has what was committed. */
  crash(): void {
    this.store.cut();
    for (const transport of this.#transports) {
      transport.silence();
      transport.link.cut();
    }
    this.#transports.clear();
  }

  /** What the broker has inside. */
  get exchange(): Exchange {
    return this.#exchange!;
  }

  /** Whether the broker believes so. */
  isConnected(clientId: string): boolean {
    return this.#exchange?.sessions.get(clientId)?.link !== undefined;
  }

  /** Nothing waits and nothing is in flight: in the broker, in its store, and at the clients. */
  expectIdle(clients: readonly VirtualClient[]): void {
    for (const client of clients) {
      const { session, clientId } = client;
      expect([clientId, session.identifiers.count, session.received.count]).toEqual([clientId, 0, 0]);
    }
    for (const { clientId, mqtt, queue, backlog } of this.exchange.sessions) {
      const counts = [mqtt.identifiers.count, mqtt.received.count, queue?.length ?? 0, backlog?.length ?? 0];
      expect([clientId, ...counts]).toEqual([clientId, 0, 0, 0, 0]);
    }
    for (const { clientId, deliveries, received } of this.store.kept.open().sessions) {
      expect([clientId, deliveries, received]).toEqual([clientId, [], []]);
    }
  }

  /** After everybody has said goodbye for ever. */
  expectEmpty(): void {
    const { sessions, links, subscriptions, retained, statistics } = this.exchange;
    const sizes = {
      sessions: sessions.size,
      links: links.size,
      subscriptions: subscriptions.size,
      retained: retained.count,
    };
    expect(sizes).toEqual({ sessions: 0, links: 0, subscriptions: 0, retained: 0 });
    expect(statistics.connected).toBe(0);
    const kept = this.store.kept.open();
    expect([[...kept.sessions], [...kept.retained]]).toEqual([[], []]);
  }
}

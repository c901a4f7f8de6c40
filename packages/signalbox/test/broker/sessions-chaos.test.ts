// A publisher and a subscriber whose connections break at any moment, and brokers that are closed or killed between: every
// message arrives, those of QoS 2 once and in order. The moments are drawn, and the same in every run of a seed. §4.3, §4.4
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store, StoreChange, StoreListener } from '../../src/broker/store/store.ts';
import { Session } from '../../src/mqtt/session.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { TestClient } from '../support/test-client.ts';

/** The way of one broker to the store: each commit takes some turns of the event loop, and a kill loses what is on its way. */
class Access implements Store {
  readonly durability = 'process';
  readonly #store: MemoryStore;
  readonly #delay: number;
  #listener: StoreListener | undefined = undefined;
  #changes: StoreChange[] = [];
  #last: Promise<void> = Promise.resolve();
  #isCut = false;

  /** `delay` 0: commits at once. */
  constructor(store: MemoryStore, delay: number) {
    this.#store = store;
    this.#delay = delay;
  }

  open(listener: StoreListener) {
    this.#listener = listener;
    return this.#store.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(): boolean {
    const changes = this.#changes.splice(0);
    if (this.#delay === 0) {
      this.#keep(changes);
      return true;
    }
    this.#last = this.#last
      .then(() => turns(this.#delay))
      .then(() => {
        this.#keep(changes);
        if (!this.#isCut) this.#listener?.onKept(1);
      });
    return false;
  }

  async close(): Promise<void> {
    this.commit();
    await this.#last;
  }

  cut(): void {
    this.#isCut = true;
  }

  #keep(changes: readonly StoreChange[]): void {
    if (this.#isCut) return;
    for (const change of changes) this.#store.write(change);
  }
}

/** A party whose session outlives its connections; what it received is kept over all of them. */
class Party {
  readonly session = new Session();
  readonly received: string[] = [];
  client: TestClient | undefined = undefined;
  readonly #clientId: string;
  #taken = 0;

  constructor(clientId: string) {
    this.#clientId = clientId;
  }

  async connect(broker: Broker, chunkSize: number): Promise<void> {
    this.leave();
    const [near, far] = memoryPair({ chunkSize });
    broker.attach(far);
    onTestFinished(() => near.destroy());
    const properties = { sessionExpiryInterval: 3600, receiveMaximum: 5 };
    const connect = { clientId: this.#clientId, cleanStart: false, properties };
    this.client = await TestClient.connect(near, { session: this.session, connect });
    this.#taken = 0;
  }

  leave(): void {
    this.collect();
    this.client?.transport.destroy();
    this.client = undefined;
  }

  collect(): void {
    const publishes = (this.client?.inbox ?? []).filter(({ type }) => type === 'publish');
    for (const publish of publishes.slice(this.#taken)) {
      if (publish.type === 'publish') this.received.push(new TextDecoder().decode(publish.payload));
    }
    this.#taken = publishes.length;
  }
}

/** Numbers from 0 to below `limit`, always the same ones for a seed. */
function draws(seed: number): (limit: number) => number {
  let state = seed * 2_654_435_761;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

async function run(seed: number, delay: number): Promise<{ published: string[]; received: string[] }> {
  const draw = draws(seed);
  const store = new MemoryStore();
  let access = new Access(store, delay);
  let broker = await open(access);
  const publisher = new Party('publisher');
  const subscriber = new Party('subscriber');
  const published: string[] = [];
  await subscriber.connect(broker, 1000);
  await subscriber.client!.subscribe('t/#', 2);
  for (let step = 0; step < 30; step++) {
    const event = draw(10);
    if (event < 2) subscriber.leave();
    if (event === 9) {
      if (draw(2) === 0) access.cut();
      else await broker.close();
      subscriber.leave();
      publisher.leave();
      access.cut();
      access = new Access(store, delay);
      broker = await open(access);
    }
    if (subscriber.client === undefined && draw(3) > 0) await subscriber.connect(broker, 1 + draw(50));
    await publisher.connect(broker, 1 + draw(50));
    for (let i = draw(8); i > 0; i--) {
      const qos = (1 + draw(2)) as 1 | 2;
      const text = `${qos}:${published.length}`;
      published.push(text);
      void publisher.client!.publish('t/a', text, { qos });
      await turns(draw(3));
    }
    await turns(draw(20));
    publisher.leave();
  }
  await publisher.connect(broker, 1000);
  await subscriber.connect(broker, 1000);
  await publisher.client!.publish('t/end', 'end', { qos: 2 });
  for (let i = 0; i < 50_000 && !subscriber.received.includes('end'); i++) {
    await turn();
    subscriber.collect();
  }
  subscriber.leave();
  return { published, received: subscriber.received };
}

async function open(store: Store): Promise<Broker> {
  const broker = new Broker({ store, systemTopicsIntervalMs: 0 });
  await broker.open();
  onTestFinished(() => broker.close());
  return broker;
}

describe('connections that break and brokers that fall', () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`[MQTT-4.3.3-10] [MQTT-4.3.2-3] [MQTT-4.3.3-3] [MQTT-4.4.0-1] lose nothing and double no QoS 2, seed ${seed}`, async () => {
      const { published, received } = await run(seed, 0);
      expect(received).toContain('end');
      expect(ofQoS(2, received)).toEqual(ofQoS(2, published));
      expect([...new Set(ofQoS(1, received))]).toEqual(ofQoS(1, published));
    });

    it(`[MQTT-4.3.3-10] [MQTT-4.5.0-1] nor on a store that takes its time, seed ${seed}`, async () => {
      const { published, received } = await run(seed, 1 + (seed % 4));
      expect(received).toContain('end');
      expect(ofQoS(2, received)).toEqual(ofQoS(2, published));
      expect([...new Set(ofQoS(1, received))]).toEqual(ofQoS(1, published));
    });
  }
});

function ofQoS(qos: 1 | 2, texts: readonly string[]): string[] {
  return texts.filter((text) => text.startsWith(`${qos}:`));
}

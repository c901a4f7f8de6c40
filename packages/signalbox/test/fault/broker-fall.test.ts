// A broker whose process or machine ends at the n-th step of its store, for every n: nothing acknowledged at a level is lost
// by that level's failure. Publications of QoS 1 and 2, retained messages, subscriptions that come and go, and wills, which
// nobody has to ask for. [MQTT-4.1.0-1] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-3.1.2-8]

import { describe, expect, it } from 'vitest';
import { Received } from '../../src/mqtt/received-identifiers.ts';
import { expectDelivered } from '../support/delivery-model.ts';
import { LayeredStore, type LayeredStoreOptions } from '../support/layered-store.ts';
import { VirtualBroker } from '../support/virtual-broker.ts';
import { type Published, VirtualClient } from '../support/virtual-client.ts';
import { VirtualClock, type VirtualLink } from '../support/virtual-link.ts';

type Fall = 'process' | 'power';

const ROUNDS = 12;

class Scene {
  readonly store: LayeredStore;
  readonly network: VirtualBroker;
  readonly publisher: VirtualClient;
  readonly subscriber: VirtualClient;
  readonly mortal: VirtualClient;
  readonly wills: { readonly payload: string; isOwed: boolean }[] = [];
  readonly retained: Published[] = [];
  readonly problems: string[] = [];
  falls = 0;
  #isDown = false;
  readonly #links = new Map<VirtualClient, VirtualLink>();

  /** The broker falls at each of these steps. */
  constructor(options: LayeredStoreOptions, protocolVersion: 4 | 5, fall: Fall, steps: readonly number[]) {
    this.store = new LayeredStore(new VirtualClock(), options);
    this.store.onStep = (step) => {
      if (steps.includes(step)) this.#fall(fall);
    };
    this.network = new VirtualBroker(this.store);
    const { order } = this.network;
    const create = (clientId: string) => ({ clientId, protocolVersion, isPersistent: true, order });
    this.publisher = new VirtualClient(create('p'));
    this.subscriber = new VirtualClient(create('s'));
    this.mortal = new VirtualClient({
      ...create('m'),
      will: () => {
        const payload = `will-${this.wills.length}`;
        this.wills.push({ payload, isOwed: false });
        return { topicName: 'w', payload, qos: 2 };
      },
    });
  }

  async play(): Promise<void> {
    const { network, publisher, subscriber } = this;
    await this.#open();
    for (const filter of ['t', 'u', 'w']) subscriber.subscribe(filter);
    await this.#comeBack([publisher, subscriber]);
    await this.#comeBack([publisher, subscriber, this.mortal]);
    this.#publish('live');
    await this.#comeBack([publisher, subscriber, this.mortal]);
    subscriber.disconnect();
    await this.#settle();
    this.#publish('kept');
    this.#retain('r/2', '', 2);
    this.#cut(this.mortal); // its will waits for the subscriber
    await this.#comeBack([publisher]);
    subscriber.unsubscribe('u');
    await this.#comeBack([publisher, subscriber]);
    publisher.send('u', 'unwanted', 2);
    await this.#comeBack([publisher, subscriber, this.mortal]);
    this.mortal.disconnect();
    await this.#comeBack([publisher, subscriber]);
    this.#fall('process'); // what is done is done
    await this.#comeBack([publisher, subscriber]);
    network.expectIdle([publisher, subscriber]);
  }

  #publish(name: string): void {
    for (const qos of [1, 2] as const) {
      this.publisher.send('t', `${name}-t-${qos}`, qos);
      this.publisher.send('u', `${name}-u-${qos}`, qos);
      this.#retain(`r/${qos}`, `${name}-r-${qos}`, qos);
    }
  }

  #retain(topicName: string, payload: string, qos: 1 | 2): void {
    this.retained.push(this.publisher.send(topicName, payload, qos, { retain: true }));
  }

  #fall(fall: Fall): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.falls++;
    this.network.crash();
    if (fall === 'power') this.store.losePower();
    this.#expectRetained();
  }

  async #open(): Promise<void> {
    this.#isDown = false;
    await this.network.open();
  }

  async #settle(): Promise<void> {
    await this.network.settle();
    while (this.#isDown) {
      await this.#open();
      await this.network.settle();
    }
  }

  #cut(client: VirtualClient): void {
    client.abandon();
    this.#links.get(client)?.cut();
  }

  #isDone(client: VirtualClient): boolean {
    return client.isConnected && client.isIdle && [...client.histories].every(([, { isAsWanted }]) => isAsWanted);
  }

  /** Until everybody is there and has nothing left to do. */
  async #comeBack(clients: readonly VirtualClient[]): Promise<void> {
    await this.#settle();
    for (let round = 0; round < ROUNDS && !clients.every((client) => this.#isDone(client)); round++) {
      for (const client of clients) if (!client.hasLink) await this.#connect(client);
      await this.#settle();
    }
    expect(clients.filter((client) => !this.#isDone(client)).map(({ clientId }) => clientId)).toEqual([]);
  }

  async #connect(client: VirtualClient): Promise<void> {
    const before = client.connacks.length;
    this.#links.set(client, this.network.connect(client));
    await this.#settle();
    const will = client === this.mortal ? this.wills.at(-1) : undefined;
    const said = client.connacks.slice(before).map(({ reasonCode }) => reasonCode);
    if (will !== undefined && said.includes(0)) will.isOwed = true; // a refusal while the disk is full promises nothing
  }

  /** What is retained is what was acknowledged last, or something later that was on its way. */
  #expectRetained(): void {
    const values = new Map(
      [...this.store.kept.open().retained].map((message) => [message.topic.name, text(message.payload)]),
    );
    for (const topicName of ['r/1', 'r/2']) {
      const history = this.retained.filter((published) => published.topicName === topicName);
      const last = history.findLastIndex((published) => this.#isAcknowledged(published));
      const possible = history.slice(Math.max(0, last)).map(({ payload }) => payload);
      if (last < 0) possible.push('');
      const value = values.get(topicName) ?? '';
      if (!possible.includes(value))
        this.problems.push(`${topicName} is “${value}”, not one of ${possible.join(', ')}`);
    }
  }

  /** By PUBACK, PUBREC or PUBCOMP. */
  #isAcknowledged(published: Published): boolean {
    if (published.reasonCode >= 0) return published.reasonCode < 0x80 || published.reasonCode === 0x92;
    const entries = this.publisher.session.outgoing.entries();
    return entries.some(({ stage, stored }) => stage === 'pubcomp' && stored?.payload === published.payload);
  }
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function expectKept({ publisher, subscriber, wills, retained, problems, network, store }: Scene, name: string): void {
  expect(problems, name).toEqual([]);
  expect([publisher.lostSessions, subscriber.lostSessions], name).toEqual([0, 0]);
  expect([publisher.errors, subscriber.errors], name).toEqual([[], []]);
  expectDelivered({ clients: [publisher, subscriber], isForgetful: true });
  const times = (payload: string) => subscriber.received.filter((received) => received.payload === payload).length;
  for (const { payload, isOwed } of wills.slice(0, -1)) {
    expect(times(payload), `${name}: ${payload}`).toBeLessThanOrEqual(1);
    if (isOwed) expect(times(payload), `${name}: ${payload} is lost`).toBe(1);
  }
  const last = retained.filter(({ topicName }) => topicName === 'r/1').at(-1)!.payload;
  const values = [...store.kept.open().retained].map((message) => text(message.payload));
  expect(values, name).toEqual([last]);
  expect(subscriber.session.received.stageOf(1), name).toBe(Received.Unknown);
  expect(
    network.errors.filter((error) => !/full/.test(String(error))),
    name,
  ).toEqual([]);
}

/** The same as an answer. */
function isWhole(scene: Scene): boolean {
  try {
    expectKept(scene, '');
    return true;
  } catch {
    return false;
  }
}

async function play(options: LayeredStoreOptions, protocolVersion: 4 | 5, fall: Fall, steps: number[]): Promise<Scene> {
  const scene = new Scene(options, protocolVersion, fall, steps);
  await scene.play();
  expectKept(scene, `${fall} at step ${steps.join(' and ')}`);
  return scene;
}

const LEVELS = [
  ['process', 'process'],
  ['disk', 'power'],
  ['disk', 'process'],
] as const;

describe.each([4, 5] as const)('protocol version %d', (protocolVersion) => {
  describe.each(LEVELS)('level %s, %s lost', (durability, fall) => {
    it('at every step of the store', async () => {
      const whole = await play({ durability }, protocolVersion, fall, []);
      expect(whole.store.steps).toBeGreaterThan(60);
      for (let step = 0; step < whole.store.steps; step++) {
        const { falls } = await play({ durability }, protocolVersion, fall, [step]);
        expect(falls).toBe(2); // or it proves nothing: the one at this step, and the one at the end
      }
    });

    it('twice, the second time soon after the first', async () => {
      for (let step = 0; step < 60; step += 10) {
        for (let later = 1; later < 12; later += 3)
          await play({ durability }, protocolVersion, fall, [step, step + later]);
      }
    });

    it('at every step while the disk is full and heals', async () => {
      for (let from = 2; from < 26; from += 8) {
        const fails = (attempt: number) => attempt >= from && attempt < from + 3;
        const whole = await play({ durability, fails }, protocolVersion, fall, []);
        for (let step = from; step < whole.store.steps; step += 6)
          await play({ durability, fails }, protocolVersion, fall, [step]);
      }
    });
  });
});

it('a store that says kept too early is found out: acknowledged at level process, power lost', async () => {
  let losses = 0;
  for (let step = 0; step < 80; step += 2) {
    const scene = new Scene({ durability: 'process' }, 5, 'power', [step]);
    const isKept = await scene.play().then(
      () => isWhole(scene),
      () => false,
    );
    if (!isKept) losses++;
  }
  expect(losses).toBeGreaterThan(0);
});

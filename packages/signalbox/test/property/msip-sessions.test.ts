// Clients of MSIP at a broker against a naive model: whatever they do, in whatever order, each gets exactly the messages that
// are due to it, in order, and nobody anything else. Plain sessions miss what comes while they are away; acknowledged ones
// get it later, what is urgent first, and once more what they have not acknowledged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BrokerHooks } from '../../src/broker/hooks.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { MsipRawClient } from '../support/msip-raw-client.ts';
import { FLAG, partsOf, TYPE, wire } from '../support/msip-wire.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const CLIENTS = ['plain-client-1', 'plain-client-2', 'acknowledged-1', 'acknowledged-2'] as const;
const FILTERS = ['a/b', 'a/+', 'a/#', '#', 'c', '+'];
const WINDOW = 3;
const TOPICS = ['a', 'a/b', 'a/c', 'c', 'd/e/f'];

type Action =
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly client: number; readonly filter: string }
  | { readonly type: 'publish'; readonly client: number; readonly topic: string; readonly flags: number }
  | { readonly type: 'leave' | 'cut' | 'come' | 'acknowledge'; readonly client: number }
  | { readonly type: 'restart' };

const client = fc.nat({ max: CLIENTS.length - 1 });
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constantFrom('subscribe' as const, 'unsubscribe' as const),
    client,
    filter: fc.constantFrom(...FILTERS),
  }),
  {
    arbitrary: fc.record({
      type: fc.constant('publish' as const),
      client,
      topic: fc.constantFrom(...TOPICS),
      flags: fc.constantFrom(0, FLAG.ackRequired, FLAG.urgent),
    }),
    weight: 4,
  },
  fc.record({
    type: fc.constantFrom('leave' as const, 'cut' as const, 'come' as const, 'acknowledge' as const),
    client,
  }),
  fc.record({ type: fc.constant('restart' as const) }),
);

/** By the words of MQTT 5.0 §4.7, level by level. */
function isMatch(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

interface Waiting {
  readonly message: string;
  readonly isUrgent: boolean;
}

class Model {
  readonly isAcknowledged: boolean;
  readonly filters = new Set<string>();
  isThere = true;
  /** What its client must have got on this connection and has not been looked at yet. */
  due: string[] = [];
  /** Delivered, and not acknowledged. */
  unacknowledged: string[] = [];
  waiting: Waiting[] = [];

  constructor(isAcknowledged: boolean) {
    this.isAcknowledged = isAcknowledged;
  }

  onPublished({ topic, flags }: { readonly topic: string; readonly flags: number }, message: string): void {
    if (![...this.filters].some((filter) => isMatch(filter, topic))) return;
    const isUrgent = (flags & FLAG.urgent) !== 0;
    if (this.isThere || this.isAcknowledged) this.waiting.push({ message, isUrgent });
    if (this.isThere) this.pump();
  }

  come(): void {
    this.isThere = true;
    this.due = [...this.unacknowledged];
    this.pump();
  }

  acknowledge(): void {
    this.unacknowledged = [];
    this.pump();
  }

  leave(): void {
    this.isThere = false;
    this.due = [];
  }

  /** Acknowledged sessions have so many on their way and no more. */
  pump(): void {
    while (this.waiting.length > 0 && this.unacknowledged.length < WINDOW) {
      const urgent = this.waiting.findIndex(({ isUrgent }) => isUrgent);
      const [{ message }] = this.waiting.splice(Math.max(0, urgent), 1) as [Waiting];
      this.due.push(message);
      if (this.isAcknowledged) this.unacknowledged.push(message);
    }
  }
}

class Party {
  readonly name: string;
  readonly model: Model;
  client: MsipRawClient;
  /** Frames of this connection that were looked at. */
  #seen = 0;

  private constructor(name: string, connected: MsipRawClient) {
    this.name = name;
    this.model = new Model(name.startsWith('acknowledged'));
    this.client = connected;
  }

  static async join(broker: TestBroker, name: string): Promise<Party> {
    return new Party(name, await Party.#connect(broker, name));
  }

  static #connect(broker: TestBroker, name: string): Promise<MsipRawClient> {
    return broker.msip(name, name.startsWith('acknowledged') ? FLAG.ackRequired : FLAG.none);
  }

  async check(): Promise<void> {
    if (!this.model.isThere) return;
    await this.client.heard();
    const frames = this.client.frames.slice(this.#seen);
    this.#seen = this.client.frames.length;
    const messages = frames
      .filter(({ frameType }) => frameType === TYPE.event)
      .map(({ payload }) => Buffer.from(partsOf(payload)!.message).toString());
    expect(messages, this.name).toEqual(this.model.due);
    this.model.due = [];
  }

  async come(broker: TestBroker): Promise<void> {
    this.client = await Party.#connect(broker, this.name);
    this.#seen = 0;
    this.model.come();
  }

  async go(how: 'leave' | 'cut', { broker }: TestBroker): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      const stop = broker.on('disconnected', ({ client: { clientId } }) => {
        if (clientId !== this.name) return;
        stop();
        resolve();
      });
    });
    if (how === 'leave') this.client.write(wire('close'));
    else this.client.transport.destroy();
    await gone;
    this.model.leave();
  }

  /** Everything it has got on this connection. */
  acknowledge(): void {
    const events = this.client.frames.filter(({ frameType }) => frameType === TYPE.event);
    this.client.acknowledge(...events.map(({ msgId }) => msgId));
    this.model.acknowledge();
  }
}

/** A broker, another one on its store when it was closed, and its clients. */
class World {
  readonly #store: MemoryStore;
  #broker: TestBroker;
  #parties: Party[] = [];

  readonly #hooks: BrokerHooks;

  private constructor(broker: TestBroker, store: MemoryStore, hooks: BrokerHooks) {
    this.#broker = broker;
    this.#store = store;
    this.#hooks = hooks;
  }

  static async begin(hooks: BrokerHooks): Promise<World> {
    const store = new MemoryStore();
    const world = new World(await World.#start(store, hooks), store, hooks);
    for (const name of CLIENTS) world.#parties.push(await Party.join(world.#broker, name));
    return world;
  }

  static #start(store: MemoryStore, hooks: BrokerHooks): Promise<TestBroker> {
    return startBroker({ store, hooks, limits: { inFlight: WINDOW } });
  }

  async act(action: Action, message: string): Promise<void> {
    if (action.type === 'restart') await this.#restart();
    else await this.#actOf(this.#parties[action.client]!, action, message);
    for (const party of this.#parties) await party.check();
  }

  end(): Promise<void> {
    return this.#broker.broker.close();
  }

  async #restart(): Promise<void> {
    await this.#broker.broker.close();
    for (const { model } of this.#parties) model.leave();
    this.#broker = await World.#start(this.#store, this.#hooks);
  }

  async #actOf(party: Party, action: Exclude<Action, { type: 'restart' }>, message: string): Promise<void> {
    const { model, client: peer } = party;
    if (action.type === 'come') {
      if (model.isThere) model.leave(); // a takeover
      await party.come(this.#broker);
      return;
    }
    if (!model.isThere) return;
    switch (action.type) {
      case 'subscribe':
        await peer.subscribe(action.filter);
        model.filters.add(action.filter);
        return;
      case 'unsubscribe':
        peer.write(wire('unsubscribe', { payload: action.filter }));
        await peer.heard();
        model.filters.delete(action.filter);
        return;
      case 'publish':
        await peer.publish(action.topic, message, action.flags);
        for (const each of this.#parties) each.model.onPublished(action, message);
        return;
      case 'acknowledge':
        if (model.isAcknowledged) party.acknowledge();
        return;
      default:
        // A plain session without subscriptions is not kept, which nobody can notice.
        await party.go(action.type, this.#broker);
    }
  }
}

function later<T>(answer: T): () => Promise<T> {
  return () => new Promise((resolve) => setImmediate(() => resolve(answer)));
}

describe.each<[string, BrokerHooks]>([
  ['at once', {}],
  ['by hooks that take their time', { authenticate: later(true), authorize: later(true), onPublish: later(true) }],
])('sessions of MSIP whose requests are granted %s', (_how, hooks) => {
  it('[MSIP-3.5-7] [MSIP-4-2] [MSIP-4-7] [MSIP-6-1] [MSIP-6-2] [MSIP-8-5] get what is due to them, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAction, { maxLength: 60 }), async (actions) => {
        const world = await World.begin(hooks);
        for (const [index, action] of actions.entries()) await world.act(action, `message ${index}`);
        await world.end();
      }),
      { numRuns: 30 },
    );
  });
});

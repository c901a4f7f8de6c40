// Random changes, random moments of commits, transactions that take their time and fail, and a kill at any moment: what is
// on the disk then is what a store would have that writes everything at once, except that what was undone since may be
// there or not. Whatever was said to be kept is there. Time is virtual: a seed says all that happens.

import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../signalbox/src/broker/store/memory-store.ts';
import type { StoreChange } from '../../signalbox/src/broker/store/store.ts';
import { Random } from '../../signalbox/test/fuzz/random.ts';
import {
  keptMessage,
  Listening,
  picture,
  storedDelivery,
  storedSession,
  storedSubscription,
  topicName,
} from '../../signalbox/test/support/store-suite.ts';
import { GatheringStore } from '../src/lmdb-store.ts';
import { fullDisk, MemoryBackend } from './memory-backend.ts';

const CLIENTS = ['a', 'b', 'c'];

/** What a broker might say, in an order in which it might say it. */
class Changes {
  readonly #random: Random;
  #messageId = 0;
  readonly #sessions = new Set<string>();
  readonly #deliveries = new Map<string, { readonly id: number; stage: number; readonly qos: 1 | 2 }[]>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The changes of one commit, or some of them. */
  next(): StoreChange[] {
    const random = this.#random;
    const clientId = random.pick(CLIENTS);
    const choice = random.below(20);
    if (!this.#sessions.has(clientId) || choice === 0) {
      this.#sessions.add(clientId);
      const disconnectedAt = random.isOnceIn(2) ? random.below(1000) : undefined;
      return [{ type: 'session', session: storedSession(clientId, { disconnectedAt }) }];
    }
    if (choice === 1) {
      this.#sessions.delete(clientId);
      this.#deliveries.delete(clientId);
      return [{ type: 'session-ended', clientId }];
    }
    if (choice < 4) return this.#subscription(clientId);
    if (choice < 6) return this.#retained();
    if (choice < 8) return this.#received(clientId);
    if (choice < 12) return this.#deliver();
    return this.#advance(clientId);
  }

  #subscription(clientId: string): StoreChange[] {
    const topicFilter = `f${this.#random.below(3)}`;
    if (this.#random.isOnceIn(3)) return [{ type: 'unsubscribed', clientId, topicFilter }];
    const qos = this.#random.below(3) as 0 | 1 | 2;
    return [{ type: 'subscribed', clientId, subscription: storedSubscription(topicFilter, { qos }) }];
  }

  #retained(): StoreChange[] {
    const name = `t${this.#random.below(3)}`;
    this.#messageId++;
    if (this.#random.isOnceIn(3)) return [{ type: 'retained-cleared', topicName: name }];
    return [{ type: 'retained', message: keptMessage(this.#messageId, { topic: topicName(name) }) }];
  }

  #received(clientId: string): StoreChange[] {
    const packetIdentifier = 1 + this.#random.below(4);
    return [{ type: this.#random.isOnceIn(2) ? 'received' : 'released', clientId, packetIdentifier }];
  }

  #deliver(): StoreChange[] {
    this.#messageId++;
    const size = this.#random.isOnceIn(3) ? 2000 : 5;
    const message = keptMessage(this.#messageId, { payload: new Uint8Array(size).fill(this.#messageId % 251) });
    const qos = this.#random.isOnceIn(2) ? 1 : 2;
    const receivers = CLIENTS.filter((clientId) => this.#sessions.has(clientId) && !this.#random.isOnceIn(3));
    return receivers.map((clientId) => {
      const list = this.#deliveries.get(clientId) ?? [];
      list.push({ id: this.#messageId, stage: 0, qos });
      this.#deliveries.set(clientId, list);
      return { type: 'delivery', clientId, delivery: storedDelivery(this.#messageId, { message, qos }) };
    });
  }

  #advance(clientId: string): StoreChange[] {
    const list = this.#deliveries.get(clientId) ?? [];
    const at = this.#random.below(Math.max(1, list.length));
    const entry = list[at];
    if (entry === undefined) return [];
    entry.stage++;
    const { id: messageId, stage, qos } = entry;
    if (stage > qos || this.#random.isOnceIn(4)) {
      list.splice(at, 1);
      return [{ type: 'delivered', clientId, messageId }];
    }
    // The whole of it comes with each stage, as the broker has it.
    const delivery = storedDelivery(messageId, { qos });
    const packetIdentifier = messageId % 100;
    return [{ type: 'delivery-stage', clientId, delivery, stage: stage === 1 ? 'sent' : 'received', packetIdentifier }];
  }
}

type Picture = Awaited<ReturnType<typeof picture>>;

/** The facts of a picture, each as a text of its own. The bytes of messages are told by their length and first byte. */
function factsOf({ sessions, retained }: Picture): Map<string, string> {
  const facts = new Map<string, string>();
  for (const { topic, id } of retained) facts.set(`retained ${topic.name}`, `${id}`);
  for (const { clientId, disconnectedAt, subscriptions, deliveries, received } of sessions) {
    facts.set(`session ${clientId}`, String(disconnectedAt));
    for (const { topicFilter, qos } of subscriptions) facts.set(`subscription ${clientId} ${topicFilter}`, `${qos}`);
    for (const { message, stage, qos, packetIdentifier } of deliveries) {
      facts.set(`delivery ${clientId} ${message.id}`, `${stage} ${qos} ${packetIdentifier}`);
    }
    for (const packetIdentifier of received) facts.set(`received ${clientId} ${packetIdentifier}`, '');
  }
  return facts;
}

async function factsAfter(changes: readonly StoreChange[]): Promise<Map<string, string>> {
  const model = new MemoryStore();
  for (const change of changes) model.write(change);
  return factsOf(await picture(model));
}

const QUEUED = { stage: 'queued', packetIdentifier: 0 } as const;

/** Every state that a fact may have on the disk, by the fact. */
class Allowed {
  readonly #states = new Map<string, Set<string | undefined>>();

  get facts(): Iterable<string> {
    return this.#states.keys();
  }

  has(fact: string, state: string | undefined): boolean {
    return this.#states.get(fact)?.has(state) ?? state === undefined;
  }

  /** Nobody waits for the end of a delivery either: at worst it is there as it was at any time before. */
  noteLate(changes: readonly StoreChange[]): void {
    const before = new Map<string, string[]>();
    for (const change of changes) {
      if (change.type === 'session-ended') {
        for (const fact of before.keys()) if (fact.startsWith(`delivery ${change.clientId} `)) before.delete(fact);
      } else if (change.type === 'delivery' || change.type === 'delivery-stage') {
        const { message, qos } = change.delivery;
        const fact = `delivery ${change.clientId} ${message.id}`;
        const { stage, packetIdentifier } = change.type === 'delivery' ? QUEUED : change;
        before.set(fact, [...(before.get(fact) ?? []), `${stage} ${qos} ${packetIdentifier}`]);
      } else if (change.type === 'delivered') {
        const fact = `delivery ${change.clientId} ${change.messageId}`;
        const states = this.#states.get(fact) ?? new Set([undefined]);
        for (const state of before.get(fact) ?? []) states.add(state);
        this.#states.set(fact, states);
      }
    }
  }

  /** What was not there when it was first asked may be missing. */
  async note(model: MemoryStore, when: 'first' | 'later'): Promise<void> {
    const facts = factsOf(await picture(model));
    for (const fact of new Set([...facts.keys(), ...this.#states.keys()])) {
      const states = this.#states.get(fact) ?? new Set(when === 'first' ? [] : [undefined]);
      const state = facts.get(fact);
      states.add(state);
      // Nobody waits until the store knows that a message of QoS 1 was sent: at worst it comes again without DUP.
      if (state !== undefined && /^sent 1 /.test(state)) states.add('queued 1 0');
      this.#states.set(fact, states);
    }
  }
}

/** What the disk has is what the commits that were kept say, or a later state of the same fact. */
async function expectKept(
  backend: MemoryBackend,
  history: readonly (readonly StoreChange[])[],
  kept: number,
  name: string,
): Promise<void> {
  const allowed = new Allowed();
  const model = new MemoryStore();
  for (const change of history.slice(0, kept).flat()) model.write(change);
  await allowed.note(model, 'first');
  for (const change of history.slice(kept).flat()) {
    model.write(change);
    await allowed.note(model, 'later');
  }
  allowed.noteLate(history.slice(0, kept).flat());
  const seen = factsOf(await picture(new GatheringStore(copyOf(backend), 0)));
  for (const fact of new Set([...seen.keys(), ...allowed.facts])) {
    const state = seen.get(fact);
    expect(allowed.has(fact, state), `${name}: ${fact} is ${state}`).toBe(true);
  }
}

/** What the disk has at this moment. */
function copyOf(backend: MemoryBackend): MemoryBackend {
  const copy = new MemoryBackend();
  for (const [name, rows] of backend.tables) for (const [key, value] of rows) copy.tables.get(name)!.set(key, value);
  return copy;
}

interface WalkOptions {
  readonly seed: number;
  readonly gatherMs: number;
  /** Whether transactions fail now and then. */
  readonly isFailing: boolean;
}

async function walk({ seed, gatherMs, isFailing }: WalkOptions): Promise<void> {
  const random = new Random(seed);
  const backend = new MemoryBackend();
  let isClosing = false;
  backend.onSubmit = async () => {
    for (let turns = random.below(4); turns > 0; turns--) await turn();
    if (isFailing && !isClosing && random.isOnceIn(4)) throw fullDisk();
  };
  const changes = new Changes(random);
  let history: StoreChange[][] = [];
  for (let round = 0; round < 3; round++) {
    const store = new GatheringStore(backend, gatherMs);
    const listening = new Listening();
    await store.open(listening);
    const waiting: number[] = []; // commits that were not kept at once, by their place in the history
    for (let step = 0; step < 60; step++) {
      const commit: StoreChange[] = [];
      for (let count = 1 + random.below(3); count > 0; count--) commit.push(...changes.next());
      for (const change of commit) store.write(change);
      history.push(commit);
      if (!store.commit()) waiting.push(history.length);
      if (random.isOnceIn(3)) vi.advanceTimersByTime(1);
      if (random.isOnceIn(40)) vi.advanceTimersByTime(100); // a store that fails has tried again
      if (random.isOnceIn(3)) await turn();
      if (random.isOnceIn(15)) {
        const firstWaiting = waiting[listening.kept];
        await expectKept(
          backend,
          history,
          firstWaiting === undefined ? history.length : firstWaiting - 1,
          `seed ${seed}`,
        );
      }
    }
    isClosing = true; // the disk has room again
    await store.close();
    isClosing = false;
    history = [await changesOf(backend, history, `seed ${seed}, closed`)];
  }
}

/** After a close everything is there. The history up to here is replaced by what it came to. */
async function changesOf(
  backend: MemoryBackend,
  history: readonly StoreChange[][],
  name: string,
): Promise<StoreChange[]> {
  const copy = copyOf(backend);
  const seen = factsOf(await picture(new GatheringStore(copy, 0)));
  expect(seen, name).toEqual(await factsAfter(history.flat()));
  expect(copy.submitted, `${name}: no row belongs to nobody`).toBe(0);
  return history.flat();
}

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

describe('GatheringStore against a store that writes everything at once', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([0, 1])(
    'at any moment, with a gather time of %d ms',
    async (gatherMs) => {
      for (const seed of SEEDS) await walk({ seed, gatherMs, isFailing: false });
    },
    60_000,
  );

  it.each([0, 1])(
    'on a disk that is full now and then, with a gather time of %d ms',
    async (gatherMs) => {
      for (const seed of SEEDS) await walk({ seed: seed + 1000, gatherMs, isFailing: true });
    },
    60_000,
  );
});

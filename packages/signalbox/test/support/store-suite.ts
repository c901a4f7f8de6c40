// What every store has to do, whatever it keeps things in: one suite, run against each of them.

import { describe, expect, it } from 'vitest';
import type { KeptMessage } from '../../src/broker/delivery/kept-message.ts';
import type { ClientInfo } from '../../src/broker/hooks.ts';
import type {
  Store,
  StoreChange,
  StoredDelayed,
  StoredDelivery,
  StoredSession,
  StoredSubscription,
  StoreListener,
} from '../../src/broker/store/store.ts';
import { TopicName } from '../../src/mqtt/topic-names.ts';
import { createMessage } from '../../src/routing/message.ts';

/** On whose behalf a message is published later. */
const AUTHOR: ClientInfo = {
  clientId: 'cλient',
  username: 'alice',
  protocolVersion: 4,
  remoteAddress: '[2001:db8::1]:50000',
  listener: 'mqtt://[::]:1883',
  certificate: undefined,
  groups: ['one', '"two"'],
  acl: { publish: ['a/#'], subscribe: [] },
  expiresAt: undefined,
};

/** One place where things are kept, and stores one after another that keep them there. */
export interface StorePlace {
  /** The next store; the one before was closed. */
  open(): Store;
}

export function topicName(name: string): TopicName {
  return new TopicName(name, Uint8Array.from(Buffer.from(name)));
}

export function keptMessage(id: number, parts: Partial<KeptMessage> = {}): KeptMessage {
  const message = createMessage({
    topic: topicName('a'),
    payload: Uint8Array.from([id % 256]),
    qos: 1,
    retain: false,
    properties: new Uint8Array(0),
    publisher: 'publisher',
    expiresAt: Number.POSITIVE_INFINITY,
    ...parts,
  });
  return { ...message, id };
}

export function storedSession(clientId: string, parts: Partial<StoredSession> = {}): StoredSession {
  return { clientId, sessionExpiryInterval: 60, disconnectedAt: undefined, will: undefined, ...parts };
}

export function storedDelivery(id: number, parts: Partial<StoredDelivery> = {}): StoredDelivery {
  return { message: keptMessage(id), qos: 1, retain: false, subscriptionIdentifiers: undefined, ...parts };
}

export function storedSubscription(topicFilter: string, parts: Partial<StoredSubscription> = {}): StoredSubscription {
  return {
    topicFilter,
    qos: 1,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
    subscriptionIdentifier: 0,
    ...parts,
  };
}

/** Collects what a store says, and answers when everything told to it so far is kept. */
export class Listening implements StoreListener {
  kept = 0;
  readonly errors: Error[] = [];
  #ended = 0;
  #onKept: () => void = () => {};

  onKept(commits: number): void {
    this.kept += commits;
    this.#onKept();
  }

  onFailed(error: Error): void {
    this.errors.push(error);
    this.#onKept();
  }

  get isBehind(): boolean {
    return this.kept < this.#ended;
  }

  /** A commit that nobody waits for; true when it is kept at once. */
  end(store: Store, ...changes: StoreChange[]): boolean {
    for (const change of changes) store.write(change);
    const isKept = store.commit();
    if (!isKept) this.#ended++;
    return isKept;
  }

  /** Resolves when everything is kept. */
  async commit(store: Store, ...changes: StoreChange[]): Promise<void> {
    this.end(store, ...changes);
    while (this.isBehind) {
      await new Promise<void>((resolve) => {
        this.#onKept = resolve;
      });
    }
  }
}

/** A plain picture of what a store kept, in an order of its own. */
export async function picture(store: Store, listener: StoreListener = new Listening()) {
  const { sessions, retained, delayed } = await store.open(listener);
  const byName = <T>(items: Iterable<T>, nameOf: (item: T) => string) =>
    [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return {
    sessions: byName(sessions, ({ clientId }) => clientId).map((session) => ({
      ...session,
      subscriptions: byName(session.subscriptions, ({ topicFilter }) => topicFilter),
      received: [...session.received].sort((a, b) => a - b),
    })),
    retained: byName(retained, ({ topic }) => topic.name),
    delayed: [...(delayed ?? [])].sort((a, b) => a.message.id - b.message.id),
  };
}

export function describeStore(name: string, place: () => StorePlace | Promise<StorePlace>): void {
  /** Tells one store, and asks the next. Each list of changes is a commit. */
  async function kept(...commits: (readonly StoreChange[])[]) {
    const where = await place();
    const store = where.open();
    const listening = new Listening();
    await picture(store, listening);
    for (const changes of commits) await listening.commit(store, ...changes);
    expect(listening.errors).toEqual([]);
    await store.close();
    const next = where.open();
    const seen = await picture(next);
    await next.close();
    return seen;
  }

  describe(`${name}: what every store does`, () => {
    it('is empty at first', async () => {
      expect(await kept()).toEqual({ sessions: [], retained: [], delayed: [] });
    });

    it('keeps the last retained message of each topic until it is cleared', async () => {
      const message = (id: number, topic: string) => keptMessage(id, { topic: topicName(topic), retain: true });
      const long = 'l'.repeat(65_535);
      const [one, two, three, four] = [message(1, 'a'), message(2, 'a'), message(3, 'b'), message(4, long)];
      const { retained } = await kept(
        [{ type: 'retained', message: one }],
        [
          { type: 'retained', message: two },
          { type: 'retained', message: three },
          { type: 'retained', message: four },
        ],
        [
          { type: 'retained-cleared', topicName: 'b' },
          { type: 'retained-cleared', topicName: 'none' },
        ],
      );
      expect(retained).toEqual([two, four]);
    });

    it('keeps a message as it was: properties, publisher, expiry, QoS, every size of payload', async () => {
      const payloads = [0, 1, 511, 512, 513, 100_000].map((size) => new Uint8Array(size).fill(size % 251));
      const messages = payloads.map((payload, index) =>
        keptMessage(2 ** 40 + index, {
          topic: topicName(`ü/${index}/\u{1F600}`),
          payload,
          qos: (index % 3) as 0 | 1 | 2,
          retain: index % 2 === 0,
          properties: new Uint8Array(index).fill(7),
          publisher: index === 0 ? '' : `p${index}`,
          expiresAt: index === 1 ? Number.POSITIVE_INFINITY : 1_900_000_000_000.5 + index,
        }),
      );
      const { retained } = await kept(messages.map((message) => ({ type: 'retained', message }) as const));
      expect(retained).toEqual(messages);
    });

    it('keeps sessions, their time and their will', async () => {
      const will = { message: keptMessage(9), willDelayInterval: 0xffff_ffff, messageExpiryInterval: -1 };
      const sessions = [
        storedSession('a', { will, owner: '' }),
        storedSession('b', { disconnectedAt: 1_700_000_000_123, sessionExpiryInterval: 0xffff_ffff, owner: 'äλice' }),
        storedSession('c'.repeat(65_535), { sessionExpiryInterval: 0, will: { ...will, messageExpiryInterval: 7 } }),
        storedSession('m', { helloMsgId: '18446744073709551615', owner: 'o' }),
        storedSession('n', { helloMsgId: '0', will }),
        storedSession('o', { owner: 'alice', will: { ...will, author: AUTHOR } }),
      ];
      const seen = await kept(
        [{ type: 'session', session: storedSession('b', { will }) }],
        sessions.map((session) => ({ type: 'session', session }) as const),
      );
      expect(seen.sessions).toEqual(
        sessions.map((session) => ({ ...session, subscriptions: [], deliveries: [], received: [] })),
      );
    });

    it('keeps subscriptions with their options, the last of each filter', async () => {
      const clientId = 'a';
      const wanted = [
        storedSubscription('$share/g/x/#', { qos: 2, subscriptionIdentifier: 268_435_455 }),
        storedSubscription('f'.repeat(65_535), { noLocal: true, retainAsPublished: true, retainHandling: 2, qos: 0 }),
        storedSubscription('x', { isLookingUp: true, retainHandling: 1 }),
      ];
      const { sessions } = await kept(
        [
          { type: 'session', session: storedSession(clientId) },
          { type: 'subscribed', clientId, subscription: storedSubscription('x', { qos: 2 }) },
          { type: 'subscribed', clientId, subscription: storedSubscription('y') },
        ],
        wanted.map((subscription) => ({ type: 'subscribed', clientId, subscription }) as const),
        [
          { type: 'unsubscribed', clientId, topicFilter: 'y' },
          { type: 'unsubscribed', clientId, topicFilter: 'none' },
        ],
      );
      expect(sessions[0]?.subscriptions).toEqual(wanted);
    });

    it.each(['in one commit', 'in many'])(
      'keeps deliveries at their stage, in the order of their numbers, %s',
      async (how) => {
        const clientId = 'a';
        const deliveries = [1, 2, 3, 4, 300].map((id) =>
          storedDelivery(id, {
            qos: 2,
            retain: id === 2,
            ...(id === 3 ? { subscriptionIdentifiers: [1, 268_435_455] } : {}),
          }),
        );
        const changes: StoreChange[] = [
          { type: 'session', session: storedSession(clientId) },
          ...deliveries.map((delivery) => ({ type: 'delivery', clientId, delivery }) as const),
          { type: 'delivery-stage', clientId, delivery: deliveries[1]!, stage: 'sent', packetIdentifier: 9 },
          { type: 'delivery-stage', clientId, delivery: deliveries[2]!, stage: 'sent', packetIdentifier: 65_535 },
          { type: 'delivery-stage', clientId, delivery: deliveries[2]!, stage: 'received', packetIdentifier: 65_535 },
          { type: 'delivery-stage', clientId, delivery: storedDelivery(77), stage: 'sent', packetIdentifier: 1 },
          { type: 'delivered', clientId, messageId: 1 },
          { type: 'delivered', clientId, messageId: 4 },
          { type: 'delivered', clientId, messageId: 4 },
          { type: 'delivered', clientId, messageId: 78 },
        ];
        const { sessions } = await kept(...(how === 'in many' ? changes.map((change) => [change]) : [changes]));
        expect(sessions[0]?.deliveries).toEqual([
          { ...deliveries[1], stage: 'sent', packetIdentifier: 9 },
          { ...deliveries[2], stage: 'received', packetIdentifier: 65_535 },
          { ...deliveries[4], stage: 'queued', packetIdentifier: 0 },
        ]);
      },
    );

    it('keeps a message for as long as one of several sessions has it to come', async () => {
      const message = keptMessage(5, { payload: new Uint8Array(2000).fill(3) });
      const delivery = storedDelivery(5, { message });
      const clients = ['a', 'b', 'c', 'd'];
      const { sessions } = await kept(
        clients.map((clientId) => ({ type: 'session', session: storedSession(clientId) }) as const),
        clients.map((clientId) => ({ type: 'delivery', clientId, delivery }) as const),
        [{ type: 'delivered', clientId: 'a', messageId: 5 }],
        [{ type: 'session-ended', clientId: 'b' }],
        [{ type: 'delivery-stage', clientId: 'd', delivery, stage: 'sent', packetIdentifier: 3 }],
      );
      const queued = { ...delivery, stage: 'queued', packetIdentifier: 0 };
      expect(sessions.map(({ clientId, deliveries }) => [clientId, deliveries])).toEqual([
        ['a', []],
        ['c', [queued]],
        ['d', [{ ...queued, stage: 'sent', packetIdentifier: 3 }]],
      ]);
    });

    it('keeps identifiers of received messages until they are released', async () => {
      const clientId = 'a';
      const { sessions } = await kept(
        [{ type: 'session', session: storedSession(clientId) }],
        [5, 6, 7, 65_535].map((packetIdentifier) => ({ type: 'received', clientId, packetIdentifier }) as const),
        [{ type: 'released', clientId, packetIdentifier: 5 }],
        [
          { type: 'released', clientId, packetIdentifier: 6 },
          { type: 'received', clientId, packetIdentifier: 6 },
          { type: 'received', clientId, packetIdentifier: 8 },
          { type: 'released', clientId, packetIdentifier: 8 },
          { type: 'released', clientId, packetIdentifier: 99 },
        ],
      );
      expect(sessions[0]?.received).toEqual([6, 7, 65_535]);
    });

    it.each(['in one commit', 'in many'])(
      'forgets a session with all that is its own, and what comes for it later, %s',
      async (how) => {
        const clientId = 'a';
        const changes: StoreChange[] = [
          { type: 'session', session: storedSession(clientId) },
          { type: 'subscribed', clientId, subscription: storedSubscription('x') },
          { type: 'delivery', clientId, delivery: storedDelivery(1) },
          { type: 'received', clientId, packetIdentifier: 1 },
          { type: 'session-ended', clientId },
          { type: 'session-ended', clientId },
          { type: 'delivery', clientId, delivery: storedDelivery(2) },
          { type: 'received', clientId, packetIdentifier: 2 },
          { type: 'subscribed', clientId, subscription: storedSubscription('y') },
          { type: 'unsubscribed', clientId, topicFilter: 'y' },
          { type: 'released', clientId, packetIdentifier: 2 },
          { type: 'delivered', clientId, messageId: 2 },
          { type: 'session', session: storedSession('b') },
          { type: 'session', session: storedSession(clientId, { sessionExpiryInterval: 5 }) },
          { type: 'delivery', clientId, delivery: storedDelivery(3) },
        ];
        const { sessions } = await kept(...(how === 'in many' ? changes.map((change) => [change]) : [changes]));
        expect(sessions).toEqual([
          {
            ...storedSession(clientId, { sessionExpiryInterval: 5 }),
            subscriptions: [],
            deliveries: [{ ...storedDelivery(3), stage: 'queued', packetIdentifier: 0 }],
            received: [],
          },
          { ...storedSession('b'), subscriptions: [], deliveries: [], received: [] },
        ]);
      },
    );

    it('keeps messages that are to be published later', async () => {
      const delayed: StoredDelayed[] = [1, 2, 3].map((id) => {
        const author = id === 3 ? { author: AUTHOR } : {};
        return { message: keptMessage(id), dueAt: 1_800_000_000_000.5 + id, ...author };
      });
      const seen = await kept(
        delayed.map((each) => ({ type: 'delayed', delayed: each }) as const),
        [{ type: 'delayed-ended', messageId: 2 }],
      );
      expect(seen.delayed).toEqual([delayed[0], delayed[2]]);
    });
  });
}

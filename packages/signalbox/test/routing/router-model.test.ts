// The Router against sessions and retained messages kept in plain lists, through any sequence of what can happen.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QoS } from '../../src/routing/message.ts';
import { Router } from '../../src/routing/router.ts';
import type { Delivery } from '../../src/routing/router-session.ts';
import type { RetainHandling } from '../../src/routing/subscription.ts';
import { anyFilter, anyName, bytesOf, matchesNaively, publication } from './builders.ts';

interface Asked {
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: RetainHandling;
  readonly subscriptionIdentifier: number;
}

interface Published {
  readonly topicName: string;
  readonly payload: string;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly publisher: string;
  readonly expiresAt: number;
}

interface Due {
  readonly to: string;
  readonly about: Published;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
}

class ModelSession {
  connected = true;
  endsAt = Infinity;
  subscriptions: Asked[] = [];
  waiting: Due[] = [];
}

class Model {
  readonly sessions = new Map<string, ModelSession>();
  readonly retained = new Map<string, Published>();

  pass(now: number): void {
    for (const [client, session] of this.sessions) if (session.endsAt <= now) this.sessions.delete(client);
  }

  connect(client: string, now: number): Due[] {
    const session = this.sessions.get(client) ?? new ModelSession();
    this.sessions.set(client, session);
    const waiting = session.waiting.filter(({ about }) => about.expiresAt > now);
    Object.assign(session, { connected: true, endsAt: Infinity, waiting: [] });
    return waiting;
  }

  subscribe(client: string, asked: Asked, now: number): Due[] {
    const session = this.sessions.get(client)!;
    const others = session.subscriptions.filter((one) => one.topicFilter !== asked.topicFilter);
    const isNew = others.length === session.subscriptions.length;
    session.subscriptions = [...others, asked];
    if (asked.retainHandling === 2 || (asked.retainHandling === 1 && !isNew)) return [];
    return [...this.retained.values()]
      .filter((one) => one.expiresAt > now && matchesNaively(asked.topicFilter, one.topicName))
      .filter((one) => !asked.noLocal || one.publisher !== client)
      .flatMap((about) => this.deliver(client, [asked], about, true));
  }

  publish(about: Published): Due[] {
    if (about.retain && about.payload === '') this.retained.delete(about.topicName);
    else if (about.retain) this.retained.set(about.topicName, about);
    return [...this.sessions].flatMap(([client, { subscriptions }]) => {
      const asked = subscriptions
        .filter(({ topicFilter }) => matchesNaively(topicFilter, about.topicName))
        .filter(({ noLocal }) => !noLocal || about.publisher !== client);
      const retain = about.retain && asked.some(({ retainAsPublished }) => retainAsPublished);
      return asked.length === 0 ? [] : this.deliver(client, asked, about, retain);
    });
  }

  deliver(to: string, asked: Asked[], about: Published, retain: boolean): Due[] {
    const session = this.sessions.get(to)!;
    const qos = Math.min(about.qos, Math.max(...asked.map((one) => one.qos))) as QoS;
    const identifiers = asked.map((one) => one.subscriptionIdentifier).filter((identifier) => identifier > 0);
    const due: Due = { to, about, qos, retain, identifiers: identifiers.sort() };
    if (session.connected) return [due];
    if (qos > 0) session.waiting.push(due);
    return [];
  }
}

const anyQoS = fc.constantFrom<QoS>(0, 1, 2);
const client = fc.constantFrom('a', 'b', 'c');
const anyAsked: fc.Arbitrary<Asked> = fc.record({
  topicFilter: anyFilter,
  qos: anyQoS,
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  retainHandling: fc.constantFrom<RetainHandling>(0, 1, 2),
  subscriptionIdentifier: fc.nat(3),
});

const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), client, asked: anyAsked }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), client, nth: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('connect' as const), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('disconnect' as const), client, seconds: fc.constantFrom(0, 3, 60) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      client,
      topicName: anyName,
      qos: anyQoS,
      retain: fc.boolean(),
      seconds: fc.constantFrom(-1, 2, 5),
      isEmpty: fc.boolean(),
    }),
  },
);

/** In an order of its own: across topics and subscribers the standard demands none. */
function told(dues: readonly Due[], now: number): string[] {
  return dues
    .map(({ to, about, qos, retain, identifiers }) => {
      const left = about.expiresAt === Infinity ? -1 : Math.ceil((about.expiresAt - now) / 1000);
      return `${to} ${about.topicName} ${about.payload} ${qos} ${retain} ${identifiers} ${left}`;
    })
    .sort();
}

function heard(deliveries: readonly Delivery[]): string[] {
  return deliveries
    .map(({ clientId, message, qos, retain, subscriptionIdentifiers, messageExpiryInterval }) => {
      const payload = new TextDecoder().decode(message.payload);
      const identifiers = [...subscriptionIdentifiers].sort();
      return `${clientId} ${message.topic.name} ${payload} ${qos} ${retain} ${identifiers} ${messageExpiryInterval}`;
    })
    .sort();
}

describe('Router and a naive model', () => {
  it('agree about every delivery', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const router = new Router();
        const model = new Model();
        let now = 0;
        for (const [index, step] of steps.entries()) {
          if (step.kind === 'wait') {
            now += step.seconds * 1000;
            expect(router.tick(now)).toEqual([]);
            model.pass(now);
          } else if (step.kind === 'publish') {
            const { topicName, qos, retain, seconds, client: publisher } = step;
            const payload = step.isEmpty ? '' : `${index}`;
            const expiresAt = seconds < 0 ? Infinity : now + seconds * 1000;
            const sent = publication(topicName, payload, { qos, retain, publisher, messageExpiryInterval: seconds });
            const expected = model.publish({ topicName, payload, qos, retain, publisher, expiresAt });
            expect(heard(router.publish(sent, now).deliveries)).toEqual(told(expected, now));
          } else if (step.kind === 'connect') {
            const present = model.sessions.has(step.client);
            const { sessionPresent, deliveries } = router.connect(step.client, { sessionExpiryInterval: 60 }, now);
            expect(sessionPresent).toBe(present);
            expect(heard(deliveries)).toEqual(told(model.connect(step.client, now), now));
          } else if (step.kind === 'disconnect') {
            router.disconnect(step.client, { sessionExpiryInterval: step.seconds }, now);
            const session = model.sessions.get(step.client);
            if (session?.connected) Object.assign(session, { connected: false, endsAt: now + step.seconds * 1000 });
            model.pass(now);
          } else {
            change(router, model, step, now);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('takes bytes as they are', () => {
    const router = new Router();
    router.connect('a', {}, 0);
    const payload = bytesOf('😀');
    router.publish({ topicName: 'x', payload, retain: true }, 0);
    const all = { topicFilter: '#', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    expect(router.subscribe('a', all, 0)!.deliveries[0]!.message.payload).toEqual(payload);
  });
});

type Change =
  | { readonly kind: 'subscribe'; readonly client: string; readonly asked: Asked }
  | { readonly kind: 'unsubscribe'; readonly client: string; readonly nth: number };

function change(router: Router, model: Model, step: Change, now: number): void {
  const session = model.sessions.get(step.client);
  if (step.kind === 'subscribe') {
    const answer = router.subscribe(step.client, step.asked, now);
    if (session === undefined) expect(answer).toBeUndefined();
    else expect(heard(answer!.deliveries)).toEqual(told(model.subscribe(step.client, step.asked, now), now));
    return;
  }
  const topicFilter = session?.subscriptions[step.nth]?.topicFilter ?? 'no such filter';
  expect(router.unsubscribe(step.client, topicFilter)).toBe(topicFilter !== 'no such filter');
  if (session === undefined) return;
  session.subscriptions = session.subscriptions.filter((one) => one.topicFilter !== topicFilter);
}

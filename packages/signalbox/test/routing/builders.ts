// What routing tests are made of: messages, requests, random names and filters, and a matcher too simple to be wrong.

import fc from 'fast-check';
import { TopicName, TopicNames } from '../../src/mqtt/topic-names.ts';
import type { Message, MessageInit } from '../../src/routing/message.ts';
import { createMessage } from '../../src/routing/message.ts';
import type { Delivery, Publication } from '../../src/routing/router-session.ts';
import type { Route } from '../../src/routing/routes.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';
import type { Subscriptions } from '../../src/routing/subscriptions.ts';

const NO_BYTES = new Uint8Array(0);
const names = new TopicNames();

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Shared by name, as in a broker. */
export function topic(name: string): TopicName {
  return names.internString(name);
}

/** On its own: nothing was resolved for it yet. */
export function newTopic(name: string): TopicName {
  return new TopicName(name, bytesOf(name));
}

export function message(topicName: string, init: Partial<Omit<MessageInit, 'topic'>> = {}): Message {
  return createMessage({
    topic: topic(topicName),
    payload: bytesOf('payload'),
    qos: 0,
    retain: false,
    properties: NO_BYTES,
    publisher: 'publisher',
    expiresAt: Infinity,
    ...init,
  });
}

export function request(topicFilter: string, options: Partial<SubscribeRequest> = {}): SubscribeRequest {
  return { topicFilter, qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0, ...options };
}

export interface Peer {
  readonly name: string;
}

export function person(name: string): Subscriber<Peer> {
  return new Subscriber<Peer>(name, { name });
}

export function describeRoute(route: Route<Peer> | undefined) {
  if (route === undefined) return undefined;
  const { subscriber, qos, retainAsPublished, subscriptionIdentifiers } = route;
  return { to: subscriber.id, qos, retainAsPublished, subscriptionIdentifiers };
}

/** Client identifiers of those a topic is routed to, shared groups aside. */
export function receivers(subscriptions: Subscriptions<Peer>, name: string): string[] {
  return subscriptions.routes(newTopic(name)).direct.map((route) => route.subscriber.id);
}

/** The one route of a topic. */
export function only(subscriptions: Subscriptions<Peer>, name: string): Route<Peer> {
  const { direct } = subscriptions.routes(newTopic(name));
  if (direct.length !== 1) throw new Error(`${direct.length} routes`);
  return direct[0]!;
}

export function publication(topicName: string, payload: string, init: Partial<Publication> = {}): Publication {
  return { topicName, payload: bytesOf(payload), ...init };
}

/** Who gets what at which QoS; `r` when RETAIN is set. */
export function brief(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(
    ({ clientId, message: { topic: about, payload }, qos, retain }) =>
      `${clientId} ${about.name}=${new TextDecoder().decode(payload)} ${qos}${retain ? 'r' : ''}`,
  );
}

/** §4.7 level by level. */
export function matchesNaively(topicFilter: string, topicName: string): boolean {
  const filter = topicFilter.split('/');
  const name = topicName.split('/');
  if (name[0]!.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  for (const [depth, level] of filter.entries()) {
    if (level === '#') return true;
    if (depth >= name.length || (level !== '+' && level !== name[depth])) return false;
  }
  return filter.length === name.length;
}

// Few levels, so that they meet: empty, reserved, multi-byte, longer than what engines cut without copying.
const LEVELS = ['', 'a', 'b', '$a', '$', 'ä', '😀', 'a-level-of-many-letters'];

export const anyName: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...LEVELS), { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((name) => name !== '');

export const anyFilter: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.constantFrom(...LEVELS, '+', '+', '+'), { minLength: 0, maxLength: 4 }), fc.boolean())
  .map(([levels, hash]) => (hash || levels.length === 0 ? [...levels, '#'] : levels).join('/'))
  .filter((filter) => filter !== '');

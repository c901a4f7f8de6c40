// What routing tests are made of: messages, requests, random names and filters, and a matcher too simple to be wrong.

import fc from 'fast-check';
import { TopicName, TopicNames } from '../../src/mqtt/topic-names.ts';
import type { Message, MessageInit } from '../../src/routing/message.ts';
import { createMessage } from '../../src/routing/message.ts';
import type { SubscribeRequest } from '../../src/routing/subscription.ts';

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

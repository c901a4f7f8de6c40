// Which member of a Shared Subscription gets a message, strategy by strategy.
import { describe, expect, it } from 'vitest';
import { SharedGroup } from '../../src/routing/shared-group.ts';
import type { SharedOptions, SharedStrategy } from '../../src/routing/shared-strategy.ts';
import { placeOf } from '../../src/routing/shared-strategy.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscription } from '../../src/routing/subscription.ts';
import { Subscriptions } from '../../src/routing/subscriptions.ts';
import { newTopic, request } from './builders.ts';

interface Peer {
  ready: boolean;
  load: number;
}

function begin(strategy: SharedStrategy, options: SharedOptions<Peer> = {}) {
  const members = ['a', 'b', 'c'].map((id) => {
    const subscriber = new Subscriber<Peer>(id, { ready: true, load: 0 });
    subscriber.connected = true;
    return subscriber;
  });
  const group = new SharedGroup<Peer>('g', 'x', {
    readiness: { isReady: (peer) => peer.ready },
    loadOf: (peer) => peer.load,
    strategyOf: () => strategy,
    ...options,
  });
  const subscriptions = members.map((member) => new Subscription(member, 'x', 'g'));
  for (const subscription of subscriptions) group.add(subscription);
  const pick = (publisher?: string, topic?: string) => group.pick(publisher, topic)?.subscriber.id ?? '-';
  return { group, members, subscriptions, pick };
}

function times(count: number, pick: () => string): string {
  return Array.from({ length: count }, pick).join('');
}

describe('a shared group', () => {
  it('random: asks for a number each time', () => {
    const numbers = [0, 0.99, 0.5, 0.34];
    const { pick, members } = begin('random', { random: () => numbers.shift()! });
    expect(times(4, pick)).toBe('acbb');
    numbers.push(0, 0);
    members[0]!.connected = false;
    expect(pick()).toBe('b');
    members[1]!.peer.ready = false;
    expect(pick()).toBe('c');
    expect(begin('random').pick()).toBe('a');
  });

  it('sticky: keeps to one member until it goes, busy or not', () => {
    const { pick, members, group, subscriptions } = begin('sticky');
    expect(times(3, pick)).toBe('aaa');
    members[0]!.peer.ready = false;
    expect(pick()).toBe('a');
    members[0]!.connected = false;
    members[0]!.persistent = true;
    expect(times(3, pick)).toBe('bbb');
    members[0]!.connected = true;
    expect(pick()).toBe('b');
    group.remove(subscriptions[1]!);
    expect(times(2, pick)).toBe('cc');
  });

  it('hash-client and hash-topic: the same member for what belongs together, busy or not', () => {
    for (const strategy of ['hash-client', 'hash-topic'] as const) {
      const { pick, members } = begin(strategy);
      const ask = (key: string) => (strategy === 'hash-client' ? pick(key, 'any') : pick('any', key));
      const chosen = Array.from({ length: 300 }, (_, index) => ask(`key-${index}`));
      expect(Array.from({ length: 300 }, (_, index) => ask(`key-${index}`))).toEqual(chosen);
      for (const id of ['a', 'b', 'c']) expect(chosen.filter((each) => each === id).length).toBeGreaterThan(60);
      for (const { peer } of members) peer.ready = false;
      expect(Array.from({ length: 300 }, (_, index) => ask(`key-${index}`))).toEqual(chosen);
      members[0]!.connected = false;
      members[0]!.persistent = true;
      const without = Array.from({ length: 300 }, (_, index) => ask(`key-${index}`));
      expect(without).toEqual(chosen.map((id) => (id === 'a' ? 'b' : id)));
    }
  });

  it('least-in-flight: who has the fewest, in turn among equals', () => {
    const { pick, members } = begin('least-in-flight');
    expect(times(4, pick)).toBe('abca');
    members[1]!.peer.load = 2;
    members[2]!.peer.load = 1;
    expect(times(3, pick)).toBe('aaa');
    members[0]!.connected = false;
    members[0]!.persistent = true;
    expect(pick()).toBe('c');
    members[0]!.connected = true;
    expect(times(2, begin('least-in-flight', { loadOf: undefined as never }).pick)).toBe('ab');
  });

  it('every strategy: somebody away only when nobody is there, nobody when none is to be kept for', () => {
    for (const strategy of [
      'round-robin',
      'random',
      'sticky',
      'hash-client',
      'hash-topic',
      'least-in-flight',
    ] as const) {
      const { pick, members } = begin(strategy);
      for (const member of members) member.connected = false;
      expect([strategy, pick()]).toEqual([strategy, '-']);
      members[2]!.persistent = true;
      expect([strategy, pick('x', 'y')]).toEqual([strategy, 'c']);
      members[1]!.connected = true;
      members[1]!.peer.ready = false;
      expect([strategy, pick('x', 'y')]).toEqual([strategy, 'b']);
    }
  });

  it('is asked for its strategy by share name', () => {
    const strategyOf = (shareName: string): SharedStrategy => (shareName === 's' ? 'sticky' : 'round-robin');
    const subscriptions = new Subscriptions<string>({ strategyOf });
    for (const id of ['a', 'b']) {
      const subscriber = new Subscriber<string>(id, id);
      subscriber.connected = true;
      subscriptions.subscribe(subscriber, request('$share/s/x'), 0);
      subscriptions.subscribe(subscriber, request('$share/r/x'), 0);
    }
    const { shared } = subscriptions.routes(newTopic('x'));
    expect(shared.map((group) => times(3, () => group.pick()!.peer))).toEqual(['aaa', 'aba']);
  });

  it('places are spread evenly', () => {
    const places = Array.from({ length: 7000 }, (_, index) => placeOf(`sensor/${index}/temperature`, 7));
    for (let place = 0; place < 7; place++) {
      const count = places.filter((each) => each === place).length;
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
    expect(placeOf('', 1)).toBe(0);
  });
});

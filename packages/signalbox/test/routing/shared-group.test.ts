import { describe, expect, it } from 'vitest';
import { SharedGroup } from '../../src/routing/shared-group.ts';
import type { Readiness, SharedOptions } from '../../src/routing/shared-strategy.ts';
import { Subscriber } from '../../src/routing/subscriber.ts';
import { Subscription } from '../../src/routing/subscription.ts';

interface Peer {
  ready: boolean;
}

interface Member {
  readonly subscription: Subscription<Peer>;
  readonly subscriber: Subscriber<Peer>;
}

const readiness: Readiness<Peer> = { isReady: (peer) => peer.ready };

function member(id: string): Member {
  const subscriber = new Subscriber<Peer>(id, { ready: true });
  subscriber.connected = true;
  return { subscription: new Subscription(subscriber, 'x', 'g'), subscriber };
}

function groupOf(members: Member[], options: SharedOptions<Peer> = { readiness }): SharedGroup<Peer> {
  const group = new SharedGroup<Peer>('g', 'x', options);
  for (const { subscription } of members) group.add(subscription);
  return group;
}

function picks(group: SharedGroup<Peer>, count: number): string {
  return Array.from({ length: count }, () => group.pick()?.subscriber.id ?? '-').join('');
}

describe('SharedGroup.pick', () => {
  it('goes round all members', () => {
    const group = groupOf(['a', 'b', 'c'].map(member));
    expect(picks(group, 7)).toBe('abcabca');
    expect(group.size).toBe(3);
  });

  it('needs no readiness', () => {
    expect(picks(groupOf(['a', 'b'].map(member), {}), 3)).toBe('aba');
  });

  it('passes over members without a connection', () => {
    const members = ['a', 'b', 'c'].map(member);
    members[1]!.subscriber.connected = false;
    members[1]!.subscriber.persistent = true;
    expect(picks(groupOf(members), 4)).toBe('acac');
  });

  it('passes over busy members, and goes round them when all are busy', () => {
    const members = ['a', 'b', 'c'].map(member);
    const group = groupOf(members);
    members[0]!.subscriber.peer.ready = false;
    expect(picks(group, 4)).toBe('bcbc');
    for (const { subscriber } of members) subscriber.peer.ready = false;
    expect(picks(group, 4)).toBe('abca');
    members[2]!.subscriber.connected = false;
    expect(picks(group, 3)).toBe('bab');
  });

  it('takes a busy member rather than an absent one', () => {
    const members = ['a', 'b'].map(member);
    members[0]!.subscriber.connected = false;
    members[0]!.subscriber.persistent = true;
    members[1]!.subscriber.peer.ready = false;
    expect(picks(groupOf(members), 2)).toBe('bb');
  });

  it('goes round absent members with a persistent session when nobody is connected', () => {
    const members = ['a', 'b', 'c'].map(member);
    for (const { subscriber } of members) subscriber.connected = false;
    const group = groupOf(members);
    expect(group.pick()).toBeUndefined();
    members[0]!.subscriber.persistent = true;
    members[2]!.subscriber.persistent = true;
    expect(picks(group, 3)).toBe('aca');
  });

  it('answers nothing for an empty group', () => {
    expect(groupOf([]).pick()).toBeUndefined();
  });

  it('keeps the turn of the others when a member leaves', () => {
    for (const [turn, leaving, expected] of [
      [0, 0, 'bcdb'],
      [1, 0, 'bcdb'],
      [2, 0, 'cdbc'],
      [2, 1, 'cdac'],
      [2, 2, 'dabd'],
      [3, 3, 'abca'],
      [3, 0, 'dbcd'],
    ] as const) {
      const members = ['a', 'b', 'c', 'd'].map(member);
      const group = groupOf(members);
      picks(group, turn);
      group.remove(members[leaving]!.subscription);
      expect(picks(group, 4)).toBe(expected);
    }
  });

  it('lets a new member have its turn', () => {
    const group = groupOf(['a', 'b'].map(member));
    expect(picks(group, 1)).toBe('a');
    group.add(member('c').subscription);
    expect(picks(group, 4)).toBe('bcab');
  });
});

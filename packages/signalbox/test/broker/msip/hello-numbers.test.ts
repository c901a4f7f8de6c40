// Sessions by the number of their HELLO: whose they are, and what it costs to find none.
import { describe, expect, it } from 'vitest';
import { HelloNumbers } from '../../../src/broker/msip/hello-numbers.ts';
import type { ClientSession } from '../../../src/broker/sessions/client-session.ts';

let looks = 0;

function session(owner?: string, link?: unknown): ClientSession {
  return {
    helloMsgId: undefined,
    link,
    get owner() {
      looks++;
      return owner;
    },
  } as unknown as ClientSession;
}

describe('[MSIP-4-3] a session under the number of its HELLO', () => {
  it('is found by its owner, and by nobody else', () => {
    const numbers = new HelloNumbers();
    const [alice, bob, nobody] = [session('alice'), session('bob'), session()];
    for (const one of [alice, bob, nobody]) numbers.enter(one, '1');
    expect(['alice', 'bob', undefined, 'carol'].map((owner) => numbers.find('1', owner))).toEqual([
      alice,
      bob,
      nobody,
      undefined,
    ]);
    expect(numbers.find('2', 'alice')).toBeUndefined();
  });

  it('is not found when several are meant, or when somebody unknown is in it; it is, when the others are forgotten', () => {
    const numbers = new HelloNumbers();
    const [first, second, third] = [session('alice'), session('alice'), session('alice')];
    for (const one of [first, second, third]) numbers.enter(one, '1');
    expect(numbers.find('1', 'alice')).toBeUndefined();
    numbers.forget(first);
    numbers.enter(third, '3');
    expect([numbers.find('1', 'alice'), numbers.find('3', 'alice')]).toEqual([second, third]);
    numbers.forget(second);
    numbers.forget(second);
    expect(numbers.find('1', 'alice')).toBeUndefined();
    numbers.enter(session(undefined, 'a connection'), '1');
    numbers.enter(session('alice', 'a connection'), '1');
    expect([numbers.find('1', undefined), numbers.find('1', 'alice') !== undefined]).toEqual([undefined, true]);
  });

  it('costs nobody a look at those of all others: a stranger may ask before it has said who it is', () => {
    const numbers = new HelloNumbers();
    for (let index = 0; index < 1_000; index++) numbers.enter(session(`user ${index}`), '1');
    looks = 0;
    expect(numbers.find('1', undefined)).toBeUndefined();
    expect(looks).toBe(0);
  });
});

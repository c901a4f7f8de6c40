import { describe, expect, it } from 'vitest';
import { SESSION_NEVER_EXPIRES } from '../../src/routing/session-expiry.ts';
import { Wills } from '../../src/routing/wills.ts';
import { message } from './builders.ts';

const will = message('will/a');

describe('Wills', () => {
  it('[MQTT-3.1.2-8] are due when the delay has elapsed', () => {
    const wills = new Wills();
    wills.schedule('a', will, { willDelayInterval: 5, sessionExpiryInterval: SESSION_NEVER_EXPIRES, now: 1000 });
    expect(wills.deadline).toBe(6000);
    expect(wills.takeDue(5999)).toEqual([]);
    expect(wills.takeDue(6000)).toEqual([will]);
  });

  it('[MQTT-3.1.2-8] are due at the end of the session when that comes first', () => {
    const wills = new Wills();
    wills.schedule('a', will, { willDelayInterval: 5, sessionExpiryInterval: 3, now: 1000 });
    expect(wills.deadline).toBe(4000);
  });

  it('[MQTT-3.1.2-8@3.1.1] are due at once without a delay', () => {
    const wills = new Wills();
    wills.schedule('a', will, { willDelayInterval: 0, sessionExpiryInterval: 100, now: 1000 });
    expect(wills.takeDue(1000)).toEqual([will]);
  });

  it('[MQTT-3.1.2-10] [MQTT-3.1.2-10@3.1.1] are forgotten once taken', () => {
    const wills = new Wills();
    wills.schedule('a', will, { willDelayInterval: 0, sessionExpiryInterval: 0, now: 0 });
    expect(wills.size).toBe(1);
    expect(wills.takeDue(0)).toEqual([will]);
    expect(wills.takeDue(Infinity)).toEqual([]);
    expect(wills.size).toBe(0);
    expect(wills.deadline).toBe(Infinity);
  });

  it('[MQTT-3.1.3-9] are cancelled by a new connection within the delay', () => {
    const wills = new Wills();
    wills.schedule('a', will, { willDelayInterval: 5, sessionExpiryInterval: 10, now: 0 });
    expect(wills.cancel('b')).toBeUndefined();
    expect(wills.cancel('a')).toBe(will);
    expect(wills.takeDue(Infinity)).toEqual([]);
  });

  it('come in the order in which they fall due', () => {
    const wills = new Wills<{ readonly name: string }>();
    for (const [name, willDelayInterval] of [
      ['late', 9],
      ['early', 1],
      ['between', 5],
      ['between too', 5],
    ] as const) {
      wills.schedule(name, { name }, { willDelayInterval, sessionExpiryInterval: 10, now: 0 });
    }
    expect(wills.takeDue(5000).map(({ name }) => name)).toEqual(['early', 'between', 'between too']);
    expect(wills.takeDue(9000).map(({ name }) => name)).toEqual(['late']);
  });
});

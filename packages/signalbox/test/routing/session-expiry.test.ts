import { describe, expect, it } from 'vitest';
import { SESSION_NEVER_EXPIRES, SessionExpiry, sessionEnd } from '../../src/routing/session-expiry.ts';

describe('sessionEnd', () => {
  it('is the interval after the connection closed', () => {
    expect(sessionEnd(0, 1000)).toBe(1000);
    expect(sessionEnd(60, 1000)).toBe(61_000);
    expect(sessionEnd(SESSION_NEVER_EXPIRES - 1, 0)).toBe(4_294_967_294_000);
    expect(sessionEnd(SESSION_NEVER_EXPIRES, 0)).toBe(Infinity);
  });
});

describe('SessionExpiry', () => {
  it('[MQTT-4.1.0-2] gives the sessions whose interval has passed, and not before', () => {
    const expiry = new SessionExpiry<{ readonly id: string }>();
    expiry.schedule('a', { id: 'a' }, 2000);
    expiry.schedule('b', { id: 'b' }, 1000);
    expect(expiry.deadline).toBe(1000);
    expect(expiry.takeDue(999)).toEqual([]);
    expect(expiry.takeDue(2000)).toEqual([{ id: 'b' }, { id: 'a' }]);
    expect(expiry.size).toBe(0);
  });

  it('[MQTT-4.1.0-1] [MQTT-4.1.0-2@3.1.1] leaves a resumed session alone', () => {
    const expiry = new SessionExpiry<{ readonly id: string }>();
    const session = { id: 'a' };
    expiry.schedule('a', session, 1000);
    expect(expiry.cancel('a')).toBe(session);
    expect(expiry.cancel('a')).toBeUndefined();
    expect(expiry.takeDue(Infinity)).toEqual([]);
  });

  it('never ends a session whose end is at infinity', () => {
    const expiry = new SessionExpiry<{ readonly id: string }>();
    expiry.schedule('a', { id: 'a' }, 1000);
    expiry.schedule('a', { id: 'a' }, Infinity);
    expect(expiry.size).toBe(0);
    expect(expiry.deadline).toBe(Infinity);
    expect(expiry.takeDue(1e15)).toEqual([]);
  });
});

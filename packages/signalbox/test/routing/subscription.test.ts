import { describe, expect, it } from 'vitest';
import { wantsRetained } from '../../src/routing/subscription.ts';
import { request } from './builders.ts';

describe('wantsRetained', () => {
  it('[MQTT-3.3.1-9] Retain Handling 0: with every SUBSCRIBE', () => {
    expect(wantsRetained(request('a'), 'new')).toBe(true);
    expect(wantsRetained(request('a'), 'replaced')).toBe(true);
  });

  it('[MQTT-3.3.1-10] Retain Handling 1: only for a new subscription', () => {
    expect(wantsRetained(request('a', { retainHandling: 1 }), 'new')).toBe(true);
    expect(wantsRetained(request('a', { retainHandling: 1 }), 'replaced')).toBe(false);
  });

  it('[MQTT-3.3.1-11] Retain Handling 2: never', () => {
    expect(wantsRetained(request('a', { retainHandling: 2 }), 'new')).toBe(false);
    expect(wantsRetained(request('a', { retainHandling: 2 }), 'replaced')).toBe(false);
  });

  it('never for a shared subscription', () => {
    expect(wantsRetained(request('$share/g/a'), 'new')).toBe(false);
  });
});

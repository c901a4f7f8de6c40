import { describe, expect, it } from 'vitest';
import { expiryTime, remainingExpiry } from '../../src/routing/message.ts';
import { bytesOf, message, topic } from './builders.ts';

describe('createMessage', () => {
  it('counts the bytes of topic name, payload and properties', () => {
    const made = message('ä/b', { payload: bytesOf('12345'), properties: bytesOf('123') });
    expect(made.size).toBe(4 + 5 + 3);
    expect(made.topic).toBe(topic('ä/b'));
  });
});

describe('message expiry', () => {
  it('counts from publication', () => {
    expect(expiryTime(-1, 1000)).toBe(Infinity);
    expect(expiryTime(0, 1000)).toBe(1000);
    expect(expiryTime(4_294_967_295, 0)).toBe(4_294_967_295_000);
  });

  it('[MQTT-3.3.2-6] leaves the received interval minus the time waited', () => {
    const made = message('a', { expiresAt: expiryTime(10, 5000) });
    expect(remainingExpiry(made, 5000)).toBe(10);
    expect(remainingExpiry(made, 5999)).toBe(10);
    expect(remainingExpiry(made, 6000)).toBe(9);
    expect(remainingExpiry(made, 14_999)).toBe(1);
    expect(remainingExpiry(made, 15_000)).toBe(0);
    expect(remainingExpiry(made, 20_000)).toBe(0);
    expect(remainingExpiry(message('a'), 5000)).toBe(-1);
  });
});

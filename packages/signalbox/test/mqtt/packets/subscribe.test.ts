import { describe, expect, it } from 'vitest';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { refused, written } from '../../support/written.ts';

describe('writing SUBSCRIBE', () => {
  it('writes the options of every filter; what is left out is 0', () => {
    const all = { topicFilter: '#', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 } as const;
    expect(written({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a/+' }, all] })).toBe(
      hex(packet('82', "0001 00 'a/+' 00 '#' 2e")),
    );
    const both = [{ topicFilter: 'a', qos: 1, noLocal: false, retainHandling: 0 }, { topicFilter: 'b' }] as const;
    expect(written({ type: 'subscribe', packetIdentifier: 1, subscriptions: both }, 4)).toBe(
      hex(packet('82', "0001 'a' 01 'b' 00")),
    );
  });

  it('has one subscription identifier at most', () => {
    const subscriptions = [{ topicFilter: 'a' }];
    expect(
      written({
        type: 'subscribe',
        packetIdentifier: 1,
        subscriptions,
        properties: { subscriptionIdentifiers: [300] },
      }),
    ).toBe(hex(packet('82', "0001 { 0b ac02 } 'a' 00")));
    const properties = { subscriptionIdentifiers: [1, 2] };
    expect(refused({ type: 'subscribe', packetIdentifier: 1, subscriptions, properties })).toBe('INVALID_PROPERTY');
  });

  it.each([
    ['[MQTT-3.8.3-2] no list', { subscriptions: undefined }, 'INVALID_ARGUMENT'],
    ['[MQTT-3.8.3-3@3.1.1] an empty list', { subscriptions: [] }, 'INVALID_ARGUMENT'],
    ['no identifier', { packetIdentifier: undefined }, 'INVALID_ARGUMENT'],
    [
      'a filter that is none',
      { subscriptions: [{ topicFilter: 'a' }, { topicFilter: 'a/#/b' }] },
      'INVALID_TOPIC_FILTER',
    ],
    ['an empty filter', { subscriptions: [{ topicFilter: '' }] }, 'INVALID_TOPIC_FILTER'],
    ['no filter', { subscriptions: [{}] }, 'INVALID_ARGUMENT'],
    ['QoS 3', { subscriptions: [{ topicFilter: 'a', qos: 3 }] }, 'INVALID_ARGUMENT'],
    ['a flag that is a number', { subscriptions: [{ topicFilter: 'a', noLocal: 1 }] }, 'INVALID_ARGUMENT'],
    ['another such flag', { subscriptions: [{ topicFilter: 'a', retainAsPublished: 0 }] }, 'INVALID_ARGUMENT'],
    ['retain handling 3', { subscriptions: [{ topicFilter: 'a', retainHandling: 3 }] }, 'INVALID_ARGUMENT'],
    [
      '[MQTT-3.8.3-4] no local on a shared subscription',
      { subscriptions: [{ topicFilter: '$share/g/a', noLocal: true }] },
      'INVALID_ARGUMENT',
    ],
  ])('%s is refused', (_name, fields, code) => {
    expect(refused({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a' }], ...fields })).toBe(
      code,
    );
  });

  it('[MQTT-3.8.3-4@3.1.1] options of 5.0 are refused before 5.0', () => {
    for (const option of [{ noLocal: true }, { retainAsPublished: true }, { retainHandling: 1 }] as const) {
      const subscriptions = [{ topicFilter: 'a', ...option }];
      expect(refused({ type: 'subscribe', packetIdentifier: 1, subscriptions }, 4)).toBe('INVALID_ARGUMENT');
      expect(refused({ type: 'subscribe', packetIdentifier: 1, subscriptions }, 3)).toBe('INVALID_ARGUMENT');
    }
  });
});

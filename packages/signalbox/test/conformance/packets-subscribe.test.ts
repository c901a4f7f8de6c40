// §3.8 to §3.11 of MQTT 5.0 and 3.1.1: the format of SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK.

import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { hex, packet } from '../support/annotated-bytes.ts';
import {
  MALFORMED,
  PROTOCOL_ERROR,
  readAs,
  refusal,
  usageError,
  V3,
  V4,
  V5,
  writePacket,
} from '../support/packet-verdicts.ts';

const FILTER_INVALID = { code: 'TOPIC_FILTER_INVALID', reasonCode: 0x8f };
const byte = (value: number) => value.toString(16).padStart(2, '0');
const subscribe5 = (payload: string) => packet('82', `0007 {} ${payload}`);
const subscribe4 = (payload: string) => packet('82', `0007 ${payload}`);
const unsubscribe5 = (payload: string) => packet('a2', `0007 {} ${payload}`);
const unsubscribe4 = (payload: string) => packet('a2', `0007 ${payload}`);
const request = (topicFilter: string, more: object = {}): PacketInput => ({
  type: 'subscribe',
  packetIdentifier: 7,
  subscriptions: [{ topicFilter, ...more }],
});

describe('filters of SUBSCRIBE and UNSUBSCRIBE', () => {
  it('[MQTT-3.8.3-2] [MQTT-3.8.3-3@3.1.1] pitfall: a SUBSCRIBE without filters is refused and not written', () => {
    expect(refusal(subscribe5(''))).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.8.3-2' });
    expect(refusal(subscribe4(''), V4)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'subscribe', packetIdentifier: 7, subscriptions: [] }, V5)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'subscribe', packetIdentifier: 7, subscriptions: [] }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.10.3-2] [MQTT-3.10.3-2@3.1.1] pitfall: an UNSUBSCRIBE without filters is refused and not written', () => {
    expect(refusal(unsubscribe5(''))).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.10.3-2' });
    expect(refusal(unsubscribe4(''), V4)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'unsubscribe', packetIdentifier: 7, topicFilters: [] }, V5)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'unsubscribe', packetIdentifier: 7, topicFilters: [] }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-3.8.3-1@3.1.1] [MQTT-3.10.3-1@3.1.1] filters obey the string rules', () => {
    for (const [ill, statement] of [
      ['0003 61c080', 'MQTT-1.5.4-1'],
      ['0003 eda080', 'MQTT-1.5.4-1'],
      ['0003 610062', 'MQTT-1.5.4-2'],
    ] as const) {
      expect(refusal(subscribe5(`${ill} 00`))).toEqual({ ...MALFORMED, statement });
      expect(refusal(unsubscribe5(ill))).toEqual({ ...MALFORMED, statement });
      expect(refusal(subscribe4(`${ill} 00`), V4)).toMatchObject(MALFORMED);
      expect(refusal(unsubscribe4(ill), V4)).toMatchObject(MALFORMED);
    }
    expect(readAs('unsubscribe', unsubscribe5('0004 f09f9880')).topicFilters).toEqual(['😀']);
  });

  it('[MQTT-3.10.3-1@3.1.1] many filters follow each other without gaps and keep their order', () => {
    const whole = unsubscribe4(`'b' 'a/+' '#' 'a/+'`);
    expect(readAs('unsubscribe', whole, V4).topicFilters).toEqual(['b', 'a/+', '#', 'a/+']);
    expect(hex(writePacket(readAs('unsubscribe', whole, V4), V4))).toBe(hex(whole));
    expect(hex(writePacket(readAs('unsubscribe', whole, V4), V5))).toBe(hex(unsubscribe5(`'b' 'a/+' '#' 'a/+'`)));
  });

  const INVALID: readonly (readonly [statements: string, filters: readonly string[]])[] = [
    ['[MQTT-4.7.1-1] [MQTT-4.7.1-2@3.1.1] # not alone in the last level', ['a#', 'a/#b', '#/a', 'a/#/b', '##', '#a']],
    ['[MQTT-4.7.1-2] [MQTT-4.7.1-3@3.1.1] + not alone in its level', ['a+', '+a', 'a/b+', 'a/+b/c', '++', '+#']],
    ['[MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1] an empty filter', ['']],
    ['[MQTT-4.8.2-1] an empty share name', ['$share//a', '$share/']],
    [
      '[MQTT-4.8.2-2] wildcards in the share name, or no filter behind it',
      ['$share/a+/b', '$share/#/b', '$share/+/b', '$share/g', '$share/g/', '$share/g/a#'],
    ],
  ];
  for (const [name, filters] of INVALID) {
    it(`${name}: refused and not written`, () => {
      for (const topicFilter of filters) {
        expect(refusal(subscribe5(`'${topicFilter}' 00`)), topicFilter).toMatchObject(FILTER_INVALID);
        expect(refusal(unsubscribe5(`'${topicFilter}'`)), topicFilter).toMatchObject(FILTER_INVALID);
        expect(usageError(request(topicFilter)), topicFilter).toBe('INVALID_TOPIC_FILTER');
        expect(usageError({ type: 'unsubscribe', packetIdentifier: 7, topicFilters: [topicFilter] }), topicFilter).toBe(
          'INVALID_TOPIC_FILTER',
        );
        if (topicFilter.startsWith('$share')) continue;
        expect(refusal(subscribe4(`'${topicFilter}' 00`), V4), topicFilter).toMatchObject(FILTER_INVALID);
      }
    });
  }

  it('[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.8.2-1] [MQTT-4.8.2-2] valid filters with wildcards and shares are read and written', () => {
    for (const topicFilter of [
      '#',
      '+',
      'a/#',
      '+/+',
      '/',
      '//',
      '+/#',
      '/+',
      'a/+/b',
      '$SYS/#',
      '$share/g/#',
      '$share/g//',
      '$share/g/a/+',
      '$shared',
      '$share',
    ]) {
      expect(readAs('subscribe', subscribe5(`'${topicFilter}' 00`)).subscriptions[0]?.topicFilter).toBe(topicFilter);
      expect(hex(writePacket(request(topicFilter), V5))).toBe(hex(subscribe5(`'${topicFilter}' 00`)));
    }
  });

  it('[MQTT-4.7.3-3] [MQTT-4.7.3-3@3.1.1] a filter of 65,535 bytes is read and written, a longer one is not written', () => {
    const longest = 'x'.repeat(65_535);
    expect(readAs('subscribe', subscribe5(`'${longest}' 01`)).subscriptions[0]?.topicFilter.length).toBe(65_535);
    expect(writePacket(request(longest), V5).length).toBe(65_535 + 4 + 2 + 1 + 2 + 1);
    for (const topicFilter of [`${longest}x`, 'é'.repeat(32_768)]) {
      expect(usageError(request(topicFilter), V5)).toBe('INVALID_TOPIC_FILTER');
      expect(usageError(request(topicFilter), V4)).toBe('INVALID_TOPIC_FILTER');
    }
  });
});

describe('Subscription Options', () => {
  it('[MQTT-3.8.3-2] every valid combination is read and written', () => {
    for (let options = 0; options < 0x30; options++) {
      const qos = options & 3;
      if (qos === 3) continue;
      const whole = subscribe5(`'a' ${byte(options)}`);
      expect(readAs('subscribe', whole).subscriptions).toEqual([
        {
          topicFilter: 'a',
          qos,
          noLocal: (options & 4) !== 0,
          retainAsPublished: (options & 8) !== 0,
          retainHandling: options >> 4,
        },
      ]);
      expect(hex(writePacket(readAs('subscribe', whole), V5))).toBe(hex(whole));
    }
  });

  it('[MQTT-3.8.3-5] reserved bits are malformed', () => {
    for (const options of ['40', '80', 'c0', '42', 'ae']) {
      expect(refusal(subscribe5(`'a' ${options}`)), options).toEqual({ ...MALFORMED, statement: 'MQTT-3.8.3-5' });
    }
    expect(refusal(subscribe5(`'a' 00 'b' 40`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.8.3-5' });
  });

  it('QoS 3 and Retain Handling 3 are Protocol Errors and not written', () => {
    expect(refusal(subscribe5(`'a' 03`))).toMatchObject(PROTOCOL_ERROR);
    expect(refusal(subscribe5(`'a' 30`))).toMatchObject(PROTOCOL_ERROR);
    expect(usageError(request('a', { qos: 3 }))).toBe('INVALID_ARGUMENT');
    expect(usageError(request('a', { retainHandling: 3 }))).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.8.3-4] pitfall: No Local on a shared subscription is a Protocol Error and not written', () => {
    expect(refusal(subscribe5(`'$share/g/a' 04`))).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.8.3-4' });
    expect(usageError(request('$share/g/a', { noLocal: true }))).toBe('INVALID_ARGUMENT');
    expect(readAs('subscribe', subscribe5(`'$share/g/a' 08`)).subscriptions[0]).toMatchObject({
      noLocal: false,
      retainAsPublished: true,
    });
  });

  it('[MQTT-3.8.3-4@3.1.1] in 3.1.1 only QoS 0, 1 and 2 are there; any other bit is malformed', () => {
    for (let options = 0; options < 256; options++) {
      if (options <= 2)
        expect(readAs('subscribe', subscribe4(`'a' ${byte(options)}`), V4).subscriptions[0]?.qos).toBe(options);
      else expect(refusal(subscribe4(`'a' ${byte(options)}`), V4), byte(options)).toMatchObject(MALFORMED);
    }
  });

  it('the options of 5.0 are not written before 5.0', () => {
    expect(usageError(request('a', { noLocal: true }), V4)).toBe('INVALID_ARGUMENT');
    expect(usageError(request('a', { retainAsPublished: true }), V3)).toBe('INVALID_ARGUMENT');
    expect(usageError(request('a', { retainHandling: 1 }), V4)).toBe('INVALID_ARGUMENT');
  });
});

describe('Subscription Identifier', () => {
  const withIdentifier = (list: string) => packet('82', `0007 { ${list} } 'a' 00`);

  it('pitfall: Subscription Identifier 0 and two Subscription Identifiers in SUBSCRIBE are Protocol Errors', () => {
    expect(readAs('subscribe', withIdentifier('0b ffffff7f')).properties).toEqual({
      subscriptionIdentifiers: [268_435_455],
    });
    expect(refusal(withIdentifier('0b 00'))).toMatchObject(PROTOCOL_ERROR);
    expect(refusal(withIdentifier('0b 01 0b 02'))).toMatchObject(PROTOCOL_ERROR);
    for (const [subscriptionIdentifiers, code] of [
      [[0], 'INVALID_ARGUMENT'],
      [[268_435_456], 'INVALID_ARGUMENT'],
      [[1, 2], 'INVALID_PROPERTY'],
    ] as const) {
      const packetInput: PacketInput = {
        type: 'subscribe',
        packetIdentifier: 7,
        subscriptions: [{ topicFilter: 'a' }],
        properties: { subscriptionIdentifiers },
      };
      expect(usageError(packetInput)).toBe(code);
    }
  });
});

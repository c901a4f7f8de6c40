// §1.5 of MQTT 5.0 and 3.1.1: UTF-8 Encoded Strings, string pairs and Variable Byte Integers, as they appear in packets.

import { describe, expect, it } from 'vitest';
import { hex, packet } from '../support/annotated-bytes.ts';
import { MALFORMED, readAs, refusal, usageError, V4, V5, writePacket } from '../support/packet-verdicts.ts';

/** PUBLISH QoS 0 whose topic name is these bytes, without properties. */
const publish5 = (topic: string) => packet('30', `${topic} 00`);
const publish4 = (topic: string) => packet('30', topic);

const ILL_FORMED: readonly (readonly [name: string, topic: string])[] = [
  ['a lone continuation byte', '0001 80'],
  ['a surrogate half, low end of the range (U+D800)', '0003 eda080'],
  ['a surrogate half, high end of the range (U+DFFF)', '0003 edbfbf'],
  ['a surrogate pair as two halves (CESU-8)', '0006 eda0bdedb880'],
  ['an overlong form of U+0000', '0002 c080'],
  ['an overlong slash in two bytes', '0002 c0af'],
  ['an overlong form in three bytes', '0003 e080af'],
  ['an overlong form in four bytes', '0004 f08080af'],
  ['a code point above U+10FFFF', '0004 f4908080'],
  ['a lead byte above F4', '0004 f5808080'],
  ['the bytes FE and FF', '0002 feff'],
  ['a character cut off by the end of the string', '0003 61e282'],
  ['a lead byte followed by ASCII', '0003 c3282f'],
];

describe('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] only well-formed UTF-8', () => {
  for (const [name, topic] of ILL_FORMED) {
    it(`[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] pitfall: ${name} is malformed`, () => {
      expect(refusal(publish5(topic), V5)).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-1' });
      expect(refusal(publish4(topic), V4)).toMatchObject(MALFORMED);
    });
  }

  it('[MQTT-1.5.4-1] the borders of every length of character are read', () => {
    // U+0001 U+007F U+0080 U+07FF U+0800 U+D7FF U+E000 U+FFFD U+10000 U+10FFFF
    const topic = '001a 01 7f c280 dfbf e0a080 ed9fbf ee8080 efbfbd f0908080 f48fbfbf';
    const text = '\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\ufffd\u{10000}\u{10ffff}';
    expect(readAs('publish', packet('30', `${topic} 00`)).topicName).toBe(text);
    expect(hex(writePacket({ type: 'publish', topicName: text }, V5))).toBe(hex(packet('30', `${topic} 00`)));
  });

  it('[MQTT-1.5.4-1] pitfall: a lone surrogate is not written, wherever it stands', () => {
    for (const topicName of ['a/\ud800', '\udc00', '\ud800x', '\udc00\ud800']) {
      expect(usageError({ type: 'publish', topicName })).toBe('INVALID_TOPIC_NAME');
    }
    expect(usageError({ type: 'connect', clientId: 'c\ud800' })).toBe('INVALID_STRING');
    expect(usageError({ type: 'connect', clientId: 'c', username: '\udfff' })).toBe('INVALID_STRING');
    expect(usageError({ type: 'publish', topicName: 't', properties: { contentType: '\ud83d' } })).toBe(
      'INVALID_STRING',
    );
    expect(usageError({ type: 'publish', topicName: 't', properties: { userProperties: [['k', '\ud83d']] } })).toBe(
      'INVALID_STRING',
    );
  });
});

describe('[MQTT-1.5.4-2] [MQTT-1.5.3-2@3.1.1] no U+0000', () => {
  it('[MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT-1.5.3-2@3.1.1] [MQTT-4.7.3-2@3.1.1] pitfall: U+0000 in a topic name is malformed', () => {
    for (const topic of ['0001 00', '0003 610062', '0002 6100']) {
      expect(refusal(publish5(topic), V5)).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
      expect(refusal(publish4(topic), V4)).toMatchObject(MALFORMED);
    }
  });

  it('[MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT-1.5.3-2@3.1.1] [MQTT-4.7.3-2@3.1.1] U+0000 in a topic filter is malformed', () => {
    expect(refusal(packet('82', '0001 00 0003 610062 00'), V5)).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
    expect(refusal(packet('a2', '0001 00 0003 610062'), V5)).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
    expect(refusal(packet('82', '0001 0003 610062 00'), V4)).toMatchObject(MALFORMED);
    expect(refusal(packet('a2', '0001 0003 610062'), V4)).toMatchObject(MALFORMED);
  });

  it('[MQTT-1.5.4-2] U+0000 in a property and after a character of many bytes is malformed', () => {
    expect(refusal(packet('30', `'t' { 03 0003 610062 }`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
    expect(refusal(packet('30', `'t' { 03 0004 c3a90062 }`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
  });

  it('[MQTT-1.5.4-2] U+0000 is not written', () => {
    expect(usageError({ type: 'publish', topicName: 'a\0b' })).toBe('INVALID_TOPIC_NAME');
    expect(usageError({ type: 'connect', clientId: '\0' })).toBe('INVALID_STRING');
    expect(usageError({ type: 'disconnect', properties: { reasonString: 'a\0' } })).toBe('INVALID_STRING');
  });
});

describe('[MQTT-1.5.4-3] [MQTT-1.5.3-3@3.1.1] U+FEFF is kept', () => {
  it('[MQTT-1.5.4-3] [MQTT-1.5.3-3@3.1.1] pitfall: U+FEFF is kept at the start, in the middle and alone', () => {
    expect(readAs('publish', publish5('0005 efbbbf 612f')).topicName).toBe('\ufeffa/');
    expect(readAs('publish', publish4('0005 efbbbf 612f'), V4).topicName).toBe('\ufeffa/');
    expect(readAs('publish', publish5('0005 61 efbbbf 2f')).topicName).toBe('a\ufeff/');
    expect(readAs('publish', publish5('0003 efbbbf')).topicName).toBe('\ufeff');
    expect(readAs('publish', packet('30', `'t' { 03 0003 efbbbf }`)).properties.contentType).toBe('\ufeff');
  });

  it('[MQTT-1.5.4-3] [MQTT-1.5.3-3@3.1.1] U+FEFF is written as it is', () => {
    expect(hex(writePacket({ type: 'publish', topicName: '\ufeffa' }, V5))).toBe(hex(publish5('0004 efbbbf 61')));
    expect(hex(writePacket({ type: 'publish', topicName: '\ufeffa' }, V4))).toBe(hex(publish4('0004 efbbbf 61')));
  });
});

describe('[MQTT-1.5.5-1] Variable Byte Integers', () => {
  it('[MQTT-1.5.5-1] pitfall: a longer form than necessary is malformed, in Property Length', () => {
    expect(refusal(packet('30', `'t' 8000`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
    expect(refusal(packet('30', `'t' 828000 0101`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
    expect(refusal(packet('30', `'t' 82808000 0101`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
  });

  it('[MQTT-1.5.5-1] pitfall: a longer form than necessary is malformed, in a Subscription Identifier', () => {
    expect(refusal(packet('30', `'t' { 0b 8100 }`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
    expect(refusal(packet('30', `'t' { 0b ff808000 }`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
  });

  it('[MQTT-1.5.5-1] a fifth byte is malformed', () => {
    expect(refusal(packet('30', `'t' ffffffff 01`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
    expect(refusal(packet('30', `'t' { 0b 80808080 01 }`))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.5-1' });
  });

  it('[MQTT-1.5.5-1] the smallest and the largest value of every length are read and written in the shortest form', () => {
    const borders = [
      [1, '01'],
      [127, '7f'],
      [128, '8001'],
      [16_383, 'ff7f'],
      [16_384, '808001'],
      [2_097_151, 'ffff7f'],
      [2_097_152, '80808001'],
      [268_435_455, 'ffffff7f'],
    ] as const;
    for (const [value, onTheWire] of borders) {
      const whole = packet('30', `'t' { 0b ${onTheWire} }`);
      expect(readAs('publish', whole).properties.subscriptionIdentifiers).toEqual([value]);
      const written = writePacket(
        { type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [value] } },
        V5,
      );
      expect(hex(written)).toBe(hex(whole));
    }
  });
});

describe('[MQTT-1.5.7-1] string pairs', () => {
  it('[MQTT-1.5.7-1] name and value of a user property both obey the rules for strings', () => {
    const pairs = ['0002 c080 0001 76', '0001 6b 0003 eda080', '0001 00 0001 76', '0001 6b 0001 00'];
    const statements = ['MQTT-1.5.4-1', 'MQTT-1.5.4-1', 'MQTT-1.5.4-2', 'MQTT-1.5.4-2'];
    pairs.forEach((pair, index) => {
      expect(refusal(packet('30', `'t' { 26 ${pair} }`))).toEqual({ ...MALFORMED, statement: statements[index] });
    });
  });

  it('[MQTT-1.5.7-1] empty and non-ASCII names and values are read and written', () => {
    const whole = packet('30', `'t' { 26 0000 0000 26 0002 c3a9 0004 f09f9880 }`);
    const userProperties = [
      ['', ''],
      ['é', '😀'],
    ] as const;
    expect(readAs('publish', whole).properties.userProperties).toEqual(userProperties);
    expect(hex(writePacket({ type: 'publish', topicName: 't', properties: { userProperties } }, V5))).toBe(hex(whole));
  });
});

// §3.3 of MQTT 5.0 and 3.1.1: the format of PUBLISH. Each input goes through both readers, the object and the hot lane.

import { describe, expect, it } from 'vitest';
import { hex, packet } from '../support/annotated-bytes.ts';
import {
  MALFORMED,
  PROTOCOL_ERROR,
  readAs,
  refusal,
  usageError,
  V4,
  V5,
  writePacket,
} from '../support/packet-verdicts.ts';

const ALIAS_INVALID = { code: 'TOPIC_ALIAS_INVALID', reasonCode: 0x94 };
const NAME_INVALID = { code: 'TOPIC_NAME_INVALID', reasonCode: 0x90 };
const withProperties = (list: string) => packet('30', `'t' { ${list} } "x"`);

describe('flags', () => {
  it('DUP, QoS and RETAIN are read and written bit by bit', () => {
    for (let flags = 0; flags < 16; flags++) {
      const qos = (flags >> 1) & 3;
      if (qos === 3 || (qos === 0 && flags >= 8)) continue;
      const identifier = qos === 0 ? 0 : 10;
      const expected = { qos, retain: (flags & 1) === 1, duplicate: flags >= 8, packetIdentifier: identifier } as {
        qos: 0 | 1 | 2;
        retain: boolean;
        duplicate: boolean;
        packetIdentifier: number;
      };
      const five = packet(`3${flags.toString(16)}`, `'a/b' ${qos === 0 ? '' : '000a'} {} "hi"`);
      const four = packet(`3${flags.toString(16)}`, `'a/b' ${qos === 0 ? '' : '000a'} "hi"`);
      expect(readAs('publish', five)).toMatchObject(expected);
      expect(readAs('publish', four, V4)).toMatchObject(expected);
      expect(hex(writePacket({ type: 'publish', topicName: 'a/b', payload: 'hi', ...expected }, V5))).toBe(hex(five));
      expect(hex(writePacket({ type: 'publish', topicName: 'a/b', payload: 'hi', ...expected }, V4))).toBe(hex(four));
    }
  });

  it('[MQTT-3.3.1-2] [MQTT-4.3.1-1] [MQTT-3.3.1-2@3.1.1] [MQTT-4.3.1-1@3.1.1] pitfall: DUP with QoS 0 is malformed and not written', () => {
    for (const first of ['38', '39']) {
      expect(refusal(packet(first, `'t' {}`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.3.1-2' });
      expect(refusal(packet(first, `'t'`), V4)).toMatchObject(MALFORMED);
    }
    expect(usageError({ type: 'publish', topicName: 't', duplicate: true }, V5)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'publish', topicName: 't', duplicate: true }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.3.1-4] [MQTT-3.3.1-4@3.1.1] both QoS bits set are malformed and not written', () => {
    for (const first of ['36', '37', '3e', '3f']) {
      expect(refusal(packet(first, `'t' 000a {}`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.3.1-4' });
      expect(refusal(packet(first, `'t' 000a`), V4)).toMatchObject(MALFORMED);
    }
    expect(usageError({ type: 'publish', topicName: 't', qos: 3 as 2, packetIdentifier: 1 })).toBe('INVALID_ARGUMENT');
  });
});

describe('topic name', () => {
  it('[MQTT-3.3.2-1] [MQTT-3.3.2-1@3.1.1] the topic name comes first; the packet must hold all of it', () => {
    expect(readAs('publish', packet('30', `'a/b' {}`))).toMatchObject({ topicName: 'a/b', payload: new Uint8Array(0) });
    for (const rest of ['', '00', '0003 61', '0004 612f62']) {
      expect(refusal(packet('30', rest))).toMatchObject(MALFORMED);
      expect(refusal(packet('30', rest), V4)).toMatchObject(MALFORMED);
    }
  });

  it('[MQTT-3.3.2-1] [MQTT-3.3.2-1@3.1.1] the topic name obeys the string rules', () => {
    expect(refusal(packet('30', '0003 61c080 00'))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-1' });
    expect(refusal(packet('30', '0003 61c080'), V4)).toMatchObject(MALFORMED);
    expect(readAs('publish', packet('30', '0006 e4b896 e7958c 00')).topicName).toBe('世界');
  });

  it('[MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-2@3.1.1] [MQTT-4.7.1-1@3.1.1] pitfall: a topic name with wildcards is refused and not written', () => {
    for (const topicName of ['+', '#', 'a/+/b', 'a/#', 'a+', 'a#b', '$SYS/#']) {
      expect(refusal(packet('30', `'${topicName}' {}`)), topicName).toEqual({
        ...NAME_INVALID,
        statement: 'MQTT-3.3.2-2',
      });
      expect(refusal(packet('30', `'${topicName}'`), V4), topicName).toMatchObject(NAME_INVALID);
      expect(usageError({ type: 'publish', topicName }), topicName).toBe('INVALID_TOPIC_NAME');
      expect(usageError({ type: 'publish', topicName }, V4), topicName).toBe('INVALID_TOPIC_NAME');
    }
  });

  it('[MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1] an empty topic name is refused without Topic Alias, and always in 3.1.1', () => {
    expect(refusal(packet('30', '0000 {} "x"'))).toMatchObject({ ...PROTOCOL_ERROR });
    expect(refusal(packet('30', '0000 "x"'), V4)).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-4.7.3-1' });
    expect(usageError({ type: 'publish', topicName: '' })).toBe('INVALID_TOPIC_NAME');
    expect(usageError({ type: 'publish', topicName: '' }, V4)).toBe('INVALID_TOPIC_NAME');
  });

  it('[MQTT-4.7.3-3] [MQTT-4.7.3-3@3.1.1] a topic name of 65,535 bytes is read and written, a longer one is not written', () => {
    const longest = 'x'.repeat(65_535);
    const whole = packet('30', `'${longest}' {}`);
    expect(readAs('publish', whole).topicName).toBe(longest);
    expect(hex(writePacket({ type: 'publish', topicName: longest }, V5))).toBe(hex(whole));
    for (const topicName of [`${longest}x`, 'é'.repeat(32_768), '世'.repeat(21_846)]) {
      expect(usageError({ type: 'publish', topicName }, V5)).toBe('INVALID_TOPIC_NAME');
      expect(usageError({ type: 'publish', topicName }, V4)).toBe('INVALID_TOPIC_NAME');
    }
  });

  it('pitfall: a topic name that starts with a character of many bytes is read like any other', () => {
    for (const [onTheWire, topicName] of [
      ['0004 c3a92f61', 'é/a'],
      ['0006 f09f98802f61', '😀/a'],
    ] as const) {
      expect(readAs('publish', packet('30', `${onTheWire} 00`)).topicName).toBe(topicName);
    }
  });
});

describe('properties of PUBLISH', () => {
  it('every property is read, in any order, and user properties keep theirs', () => {
    const read = readAs(
      'publish',
      withProperties(`
        26 'b' '1'     # User Property
        03 'text'      # Content Type
        0b 8001        # Subscription Identifier 128
        09 0002 00ff   # Correlation Data
        26 'a' '2'
        23 ffff        # Topic Alias
        08 're/ply'    # Response Topic
        02 ffffffff    # Message Expiry Interval
        0b 01
        26 'b' '3'
        01 01          # Payload Format Indicator
      `),
    );
    expect(read.properties).toEqual({
      payloadFormatIndicator: 1,
      messageExpiryInterval: 4_294_967_295,
      topicAlias: 65_535,
      responseTopic: 're/ply',
      correlationData: Uint8Array.of(0, 255),
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
      subscriptionIdentifiers: [128, 1],
      contentType: 'text',
    });
    expect(hex(read.payload)).toBe('78');
  });

  it('[MQTT-2.2.2-1] without properties a Property Length of 0 is written; leaving it out is malformed', () => {
    expect(hex(writePacket({ type: 'publish', topicName: 't' }, V5))).toBe(hex(packet('30', `'t' 00`)));
    expect(hex(writePacket({ type: 'publish', topicName: 't', properties: {} }, V5))).toBe(hex(packet('30', `'t' 00`)));
    expect(refusal(packet('30', `'t'`))).toMatchObject(MALFORMED);
    expect(refusal(packet('32', `'t' 0001`))).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.3.2-8] pitfall: Topic Alias 0 is refused and not written', () => {
    expect(refusal(withProperties('23 0000'))).toEqual({ ...ALIAS_INVALID, statement: 'MQTT-3.3.2-8' });
    expect(refusal(withProperties(`01 00 23 0000 26 'k' 'v'`))).toEqual({
      ...ALIAS_INVALID,
      statement: 'MQTT-3.3.2-8',
    });
    expect(usageError({ type: 'publish', topicName: 't', properties: { topicAlias: 0 } })).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'publish', topicName: 't', properties: { topicAlias: 65_536 } })).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('[MQTT-3.3.2-8] an empty topic name with a Topic Alias is read and written', () => {
    const whole = packet('30', `0000 { 23 0007 } "x"`);
    expect(readAs('publish', whole)).toMatchObject({ topicName: '', properties: { topicAlias: 7 } });
    expect(hex(writePacket({ type: 'publish', topicName: '', payload: 'x', properties: { topicAlias: 7 } }, V5))).toBe(
      hex(whole),
    );
  });

  it('[MQTT-3.3.2-13] the response topic obeys the string rules', () => {
    expect(refusal(withProperties('08 0003 61c080'))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-1' });
    expect(refusal(withProperties('08 0003 610062'))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
    expect(usageError({ type: 'publish', topicName: 't', properties: { responseTopic: 'a\ud800' } })).toBe(
      'INVALID_TOPIC_NAME',
    );
  });

  it('[MQTT-3.3.2-14] pitfall: a response topic with wildcards is a Protocol Error and not written', () => {
    for (const topic of ['+', '#', 'a/+', 'a/#', 'a+b']) {
      expect(refusal(withProperties(`08 '${topic}'`)), topic).toEqual({
        ...PROTOCOL_ERROR,
        statement: 'MQTT-3.3.2-14',
      });
      expect(usageError({ type: 'publish', topicName: 't', properties: { responseTopic: topic } }), topic).toBe(
        'INVALID_TOPIC_NAME',
      );
    }
  });

  it('[MQTT-3.3.2-14] [MQTT-4.7.3-1] an empty response topic is no Topic Name: refused and not written', () => {
    expect(refusal(withProperties('08 0000'))).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-4.7.3-1' });
    expect(usageError({ type: 'publish', topicName: 't', properties: { responseTopic: '' } })).toBe(
      'INVALID_TOPIC_NAME',
    );
  });

  it('[MQTT-3.3.2-19] the content type obeys the string rules', () => {
    expect(refusal(withProperties('03 0003 eda080'))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-1' });
    expect(refusal(withProperties('03 0001 00'))).toEqual({ ...MALFORMED, statement: 'MQTT-1.5.4-2' });
    expect(readAs('publish', withProperties('03 0000')).properties.contentType).toBe('');
  });

  it('pitfall: Subscription Identifier 0 is a Protocol Error and not written', () => {
    expect(refusal(withProperties('0b 00'))).toMatchObject(PROTOCOL_ERROR);
    expect(refusal(withProperties('0b 05 0b 00'))).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [0] } })).toBe(
      'INVALID_ARGUMENT',
    );
    expect(
      usageError({ type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [268_435_456] } }),
    ).toBe('INVALID_ARGUMENT');
  });

  it('pitfall: a Payload Format Indicator above 1 is a Protocol Error and not written', () => {
    expect(refusal(withProperties('01 02'))).toMatchObject(PROTOCOL_ERROR);
    expect(readAs('publish', withProperties('01 00')).properties.payloadFormatIndicator).toBe(0);
    expect(usageError({ type: 'publish', topicName: 't', properties: { payloadFormatIndicator: 2 as 1 } })).toBe(
      'INVALID_ARGUMENT',
    );
  });
});

describe('payload', () => {
  it('is all that is left, any bytes, empty too', () => {
    expect(hex(readAs('publish', packet('30', `'t' {} 00ff c080`)).payload)).toBe('00ffc080');
    expect(hex(readAs('publish', packet('30', `'t' 00ff c080`), V4).payload)).toBe('00ffc080');
    expect(readAs('publish', packet('30', `'t'`), V4).payload).toEqual(new Uint8Array(0));
  });

  it('is written from bytes and from text as UTF-8', () => {
    expect(hex(writePacket({ type: 'publish', topicName: 't', payload: 'é😀' }, V4))).toBe(
      hex(packet('30', `'t' c3a9 f09f9880`)),
    );
    expect(hex(writePacket({ type: 'publish', topicName: 't', payload: Uint8Array.of(0, 255) }, V4))).toBe(
      hex(packet('30', `'t' 00ff`)),
    );
  });
});

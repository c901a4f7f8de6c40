import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/mqtt/errors.ts';
import { NO_PROPERTIES } from '../../src/mqtt/properties.ts';
import { forwardableProperties, readPublishView } from '../../src/mqtt/publish-properties.ts';
import { PublishView } from '../../src/mqtt/publish-view.ts';
import { NO_TOPIC, TopicNames } from '../../src/mqtt/topic-names.ts';
import type { WireFormat } from '../../src/mqtt/wire-format.ts';
import { bytes, packet } from '../support/annotated-bytes.ts';

const V4: WireFormat = { protocolVersion: 4, packetIdentifierSize: 2 };
const V5: WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };
const WIDE: WireFormat = { protocolVersion: 5, packetIdentifierSize: 4 };
const names = new TopicNames();

/** Reads with bytes before and behind the packet, which must not matter. */
function read(firstByte: string, rest: string, format: WireFormat = V5, view = new PublishView()): PublishView {
  const whole = packet(firstByte, rest);
  const around = new Uint8Array(whole.length + 8).fill(0x26);
  around.set(whole, 4);
  let bodyStart = 6;
  while (around[bodyStart - 1]! >= 0x80) bodyStart++;
  readPublishView(view, around, 4, bodyStart, 4 + whole.length, format, names);
  return view;
}

function refusal(firstByte: string, rest: string, format: WireFormat = V5): Pick<PacketError, 'code' | 'statement'> {
  try {
    read(firstByte, rest, format);
  } catch (error) {
    if (error instanceof PacketError) return { code: error.code, statement: error.statement };
    throw error;
  }
  throw new Error('accepted');
}

function payloadOf(view: PublishView): string {
  return Buffer.from(view.buffer.subarray(view.payloadStart, view.payloadEnd)).toString();
}

const MALFORMED = { code: 'MALFORMED_PACKET', statement: undefined };

describe('readPublishView', () => {
  it('[MQTT-2.2.1-2] [MQTT-2.3.1-5@3.1.1] reads QoS 0, which has no Packet Identifier', () => {
    for (const [format, rest] of [
      [V4, `'a/b' "hi"`],
      [V5, `'a/b' 00 "hi"`],
    ] as const) {
      const view = read('31', rest, format);
      expect(view).toMatchObject({ qos: 0, retain: true, duplicate: false, packetIdentifier: 0 });
      expect(view).toMatchObject({ topicAlias: 0, messageExpiryInterval: -1, hasSubscriptionIdentifiers: false });
      expect(view.topic.name).toBe('a/b');
      expect(view.propertiesEnd - view.propertiesStart).toBe(0);
      expect(payloadOf(view)).toBe('hi');
    }
  });

  it('reads every flag', () => {
    for (let flags = 0; flags < 16; flags++) {
      const qos = (flags >> 1) & 3;
      if (qos === 3 || (qos === 0 && flags >= 8)) continue;
      const view = read(`3${flags.toString(16)}`, `'a' ${qos > 0 ? 'fffe' : ''} 00`);
      expect(view).toMatchObject({ qos, retain: (flags & 1) === 1, duplicate: flags >= 8 });
      expect(view.packetIdentifier).toBe(qos > 0 ? 0xfffe : 0);
    }
  });

  it('reads Packet Identifiers of 32 bits, unsigned', () => {
    expect(read('32', `'a' 00000001 00`, WIDE).packetIdentifier).toBe(1);
    expect(read('32', `'a' fffefdfc 00`, WIDE).packetIdentifier).toBe(0xfffe_fdfc);
  });

  it('is used again: nothing of the packet before is left', () => {
    const view = read('3d', `'a' 0001 { 23 0005 02 00000007 0b 01 } "x"`);
    expect(view).toMatchObject({ topicAlias: 5, messageExpiryInterval: 7, hasSubscriptionIdentifiers: true });
    read('30', `'b' 00`, V5, view);
    expect(view).toMatchObject({ topicAlias: 0, messageExpiryInterval: -1, hasSubscriptionIdentifiers: false });
    expect(view).toMatchObject({ qos: 0, retain: false, duplicate: false, packetIdentifier: 0 });
    expect(view.topic.name).toBe('b');
    expect(payloadOf(view)).toBe('');
    expect(view.propertiesStart).toBe(view.propertiesEnd);
  });

  it('finds the same TopicName again', () => {
    expect(read('30', `'same/name' 00`).topic).toBe(read('32', `'same/name' 0001`, V4).topic);
  });

  it('reads a Topic Alias without a Topic Name: the caller puts the name there', () => {
    const view = read('30', `0000 { 23 ffff } "x"`);
    expect(view.topic).toBe(NO_TOPIC);
    expect(view.topicAlias).toBe(0xffff);
    expect(view.toPacket()).toMatchObject({ topicName: '', properties: { topicAlias: 0xffff } });
    view.topic = names.internString('resolved');
    expect(view.toPacket().topicName).toBe('resolved');
  });

  describe('refuses', () => {
    it('[MQTT-3.3.1-4] [MQTT-3.3.1-4@3.1.1] both QoS bits', () => {
      for (const first of ['36', '3e']) {
        expect(refusal(first, `'a' 0001 00`)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-3.3.1-4' });
      }
    });

    it('[MQTT-3.3.1-2] [MQTT-3.3.1-2@3.1.1] DUP at QoS 0', () => {
      expect(refusal('38', `'a' 00`)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-3.3.1-2' });
      expect(refusal('38', `'a'`, V4)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-3.3.1-2' });
    });

    it('[MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-2.3.1-1@3.1.1] Packet Identifier 0', () => {
      const expected = { code: 'PROTOCOL_ERROR', statement: 'MQTT-2.2.1-3' };
      expect(refusal('32', `'a' 0000 00`)).toEqual(expected);
      expect(refusal('34', `'a' 0000`, V4)).toEqual(expected);
      expect(refusal('34', `'a' 00000000 00`, WIDE)).toEqual(expected);
    });

    it('what ends too early, at every byte of the header', () => {
      const rest = packet('32', `'abc' 0001 { 01 01 }`).subarray(2);
      const hexOf = (length: number) => Buffer.from(rest.subarray(0, length)).toString('hex');
      for (let length = 0; length < rest.length; length++) expect(refusal('32', hexOf(length))).toEqual(MALFORMED);
      expect(read('32', hexOf(rest.length)).qos).toBe(1);
      for (let length = 0; length < 7; length++) expect(refusal('32', hexOf(length), V4)).toEqual(MALFORMED);
      expect(refusal('32', `'a' 000001`, WIDE)).toEqual(MALFORMED);
    });

    it('[MQTT-1.5.5-1] a property length that is longer than needed', () => {
      expect(refusal('30', `'a' 8000`)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
      expect(refusal('30', `'a' 80`)).toEqual(MALFORMED);
      expect(refusal('30', `'a' ffffffff01`)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
    });

    it('properties that reach beyond the packet', () => {
      expect(refusal('30', `'a' 03 0101`)).toEqual(MALFORMED);
    });

    it('[MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1] no Topic Name and no Topic Alias', () => {
      const expected = { code: 'PROTOCOL_ERROR', statement: 'MQTT-4.7.3-1' };
      expect(refusal('30', '0000 00')).toEqual(expected);
      expect(refusal('30', '0000 { 01 01 }')).toEqual(expected);
      expect(refusal('30', '0000', V4)).toEqual(expected);
    });

    it('[MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-2@3.1.1] [MQTT-4.7.1-1@3.1.1] wildcards in the Topic Name', () => {
      for (const topicName of ['#', '+', 'a/+', 'a#']) {
        const expected = { code: 'TOPIC_NAME_INVALID', statement: 'MQTT-3.3.2-2' };
        expect(refusal('30', `'${topicName}' 00`)).toEqual(expected);
        expect(refusal('30', `'${topicName}'`, V4)).toEqual(expected);
      }
    });

    it('[MQTT-3.3.2-1] [MQTT-1.5.4-1] [MQTT-4.7.3-2] [MQTT-3.3.2-1@3.1.1] a Topic Name that is no UTF-8 or has U+0000', () => {
      expect(refusal('30', '0003 eda080 00')).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.4-1' });
      expect(refusal('30', '0002 c080', V4)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.4-1' });
      expect(refusal('30', '0002 6100 00')).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.4-2' });
    });
  });
});

describe('PublishView', () => {
  it('toPacket is the object form, its payload a window', () => {
    const view = read('3b', `'a/b' 0102 { 01 01 03 'text' 26 'b' '1' 26 'a' '2' } "hi"`);
    const whole = view.toPacket();
    expect(whole).toEqual({
      type: 'publish',
      topicName: 'a/b',
      payload: Uint8Array.of(0x68, 0x69),
      qos: 1,
      retain: true,
      duplicate: true,
      packetIdentifier: 0x0102,
      properties: {
        payloadFormatIndicator: 1,
        contentType: 'text',
        userProperties: [
          ['b', '1'],
          ['a', '2'],
        ],
      },
    });
    expect(whole.payload.buffer).toBe(view.buffer.buffer);
  });

  it('toPacket without properties has the shared empty ones, in every version', () => {
    expect(read('30', `'a' 00`).toPacket().properties).toBe(NO_PROPERTIES);
    expect(read('30', `'a'`, V4).toPacket().properties).toBe(NO_PROPERTIES);
  });

  it('toPacket finds properties behind a property length of two bytes', () => {
    const long = 'x'.repeat(200);
    expect(read('30', `'a' { 26 'k' '${long}' } "p"`).toPacket().properties).toEqual({ userProperties: [['k', long]] });
  });

  it('[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] forwardableProperties are the raw bytes of what travels on, in order', () => {
    const stays = `26 'b' '1' 01 01 03 'text' 08 'r' 09 0001 07 26 'a' '2'`;
    const view = read('30', `'a' { 23 0001 ${stays} 02 00000005 0b 01 } "x"`);
    expect(forwardableProperties(view)).toEqual(bytes(stays));
  });

  it('forwardableProperties is empty when there are none, and the same array each time', () => {
    const none = forwardableProperties(read('30', `'a'`, V4));
    expect(none.length).toBe(0);
    expect(forwardableProperties(read('30', `'a' 00`))).toBe(none);
  });
});

import { describe, expect, it } from 'vitest';
import { previewBytes, previewText } from '../../src/bytes/byte-preview.ts';
import { PacketError } from '../../src/mqtt/errors.ts';
import { eventToJson, eventToLine, packetToJson, packetToLine } from '../../src/mqtt/packet-json.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';

const CONNECT: PacketInput = {
  type: 'connect',
  clientId: 'sensor\n1',
  cleanStart: true,
  bridge: false,
  username: undefined,
  password: 'tops3cret',
  will: { topicName: 'w', payload: Uint8Array.of(0xff, 0), retain: true, properties: { correlationData: 'id' } },
  properties: { authenticationMethod: 'm', authenticationData: Uint8Array.of(1, 2), userProperties: [['a', 'b']] },
};

describe('packetToJson', () => {
  it('masks secrets, previews contents, leaves out what is undefined', () => {
    expect(packetToJson(CONNECT)).toEqual({
      type: 'connect',
      clientId: 'sensor\n1',
      cleanStart: true,
      bridge: false,
      password: '***',
      will: {
        topicName: 'w',
        payload: { length: 2, hex: 'ff00' },
        retain: true,
        properties: { correlationData: { length: 2, text: 'id' } },
      },
      properties: { authenticationMethod: 'm', authenticationData: '***', userProperties: [['a', 'b']] },
    });
    const text = JSON.stringify(packetToJson(CONNECT));
    expect(JSON.parse(text)).toEqual(packetToJson(CONNECT));
    expect(text).not.toContain('tops3cret');
  });

  it('names the reason codes', () => {
    expect(packetToJson({ type: 'disconnect', reasonCode: 0x8e })).toMatchObject({ reason: 'SessionTakenOver' });
    expect(packetToJson({ type: 'connack', reasonCode: 5 })).toMatchObject({ reasonCode: 5, reason: 'NotAuthorized' });
    expect(packetToJson({ type: 'connack', reasonCode: 0x87 })).toMatchObject({ reason: 'NotAuthorized' });
    expect(packetToJson({ type: 'connack', reasonCode: 0 })).toMatchObject({ reason: 'Success' });
    expect(packetToJson({ type: 'suback', packetIdentifier: 1, reasonCodes: [0, 0x80] })).toMatchObject({
      reasonCodes: [0, 0x80],
      reasons: ['GrantedQoS0', 'UnspecifiedError'],
    });
  });

  it('describes lists of filters', () => {
    const subscriptions = [{ topicFilter: 'a', qos: 1 }] as const;
    expect(packetToJson({ type: 'subscribe', packetIdentifier: 1, subscriptions })).toEqual({
      type: 'subscribe',
      packetIdentifier: 1,
      subscriptions: [{ topicFilter: 'a', qos: 1 }],
    });
  });

  it('shows as much of a payload as asked for', () => {
    const publish: PacketInput = { type: 'publish', topicName: 'a', payload: 'x'.repeat(100) };
    expect(packetToJson(publish)['payload']).toEqual({ length: 100, text: 'x'.repeat(32) });
    expect(packetToJson(publish, { previewLength: 3 })['payload']).toEqual({ length: 100, text: 'xxx' });
    expect(packetToJson(publish, { previewLength: 0 })['payload']).toEqual({ length: 100 });
  });
});

describe('packetToLine', () => {
  it('is one line whatever the packet holds', () => {
    expect(packetToLine(CONNECT)).toBe(
      'CONNECT clientId="sensor\\n1" cleanStart password=*** will={"topicName":"w","payload":{"length":2,"hex":"ff00"},' +
        '"retain":true,"properties":{"correlationData":{"length":2,"text":"id"}}} ' +
        'properties={"authenticationMethod":"m","authenticationData":"***","userProperties":[["a","b"]]}',
    );
    expect(packetToLine({ type: 'publish', topicName: 'a\u2028b\u0085c\u007f', payload: 'hi', retain: true })).toBe(
      'PUBLISH topicName="a\\u2028b\\u0085c\\u007f" payload=2 bytes "hi" retain',
    );
    expect(packetToLine({ type: 'pingreq' })).toBe('PINGREQ');
  });

  it('shows bytes as hexadecimal, text, or their length only', () => {
    const payload = Uint8Array.of(0xff, 1);
    expect(packetToLine({ type: 'publish', topicName: 'a', payload, qos: 1 })).toBe(
      'PUBLISH topicName="a" payload=2 bytes ff01 qos=1',
    );
    expect(packetToLine({ type: 'publish', topicName: 'a', payload }, { previewLength: 0 })).toBe(
      'PUBLISH topicName="a" payload=2 bytes',
    );
  });

  it('leaves out what is empty, and names a reason beside its code', () => {
    expect(packetToLine({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [], properties: {} })).toBe(
      'UNSUBACK packetIdentifier=3',
    );
    expect(packetToLine({ type: 'puback', packetIdentifier: 3, reasonCode: 0x87 })).toBe(
      'PUBACK packetIdentifier=3 reasonCode=135 reason=NotAuthorized',
    );
    expect(packetToLine({ type: 'suback', packetIdentifier: 3, reasonCodes: [1] })).toBe(
      'SUBACK packetIdentifier=3 reasonCodes=[1] reasons=["GrantedQoS1"]',
    );
  });

  it('a text that reads like the mask stays quoted', () => {
    expect(packetToLine({ type: 'connect', clientId: '***' })).toBe('CONNECT clientId="***"');
    expect(packetToLine({ type: 'unsubscribe', packetIdentifier: 1, topicFilters: ['a'] })).toBe(
      'UNSUBSCRIBE packetIdentifier=1 topicFilters=["a"]',
    );
  });
});

describe('events', () => {
  const stored: PacketInput = { type: 'publish', topicName: 'a', payload: 'hi' };

  it('transmitted bytes are counted, never shown', () => {
    const event = { type: 'transmit', bytes: Uint8Array.of(1, 2, 3) } as const;
    expect(eventToJson(event)).toEqual({ type: 'transmit', bytes: { length: 3 } });
    expect(eventToLine(event)).toBe('TRANSMIT bytes=3 bytes');
  });

  it('a packet is described as such', () => {
    const event = { type: 'packet', packet: { type: 'pingreq' } } as const;
    expect(eventToJson(event)).toEqual({ type: 'packet', packet: { type: 'pingreq' } });
    expect(eventToLine(event)).toBe('PINGREQ');
  });

  it('what became of a message is named, with the message where it is one', () => {
    expect(eventToJson({ type: 'settled', packetIdentifier: 3, reasonCode: 0x10, stored })).toEqual({
      type: 'settled',
      packetIdentifier: 3,
      reasonCode: 0x10,
      reason: 'NoMatchingSubscribers',
      stored: { type: 'publish', topicName: 'a', payload: { length: 2, text: 'hi' } },
    });
    expect(eventToLine({ type: 'settled', packetIdentifier: 3, reasonCode: 0, stored: undefined })).toBe(
      'SETTLED packetIdentifier=3 reasonCode=0 reason=Success',
    );
    for (const unknown of [7, null, 'text', {}, { type: 'other' }]) {
      expect(eventToJson({ type: 'dropped', stored: unknown, reason: 'expired' })).toEqual({
        type: 'dropped',
        reason: 'expired',
      });
    }
  });

  it('a close tells its error, if there is one', () => {
    expect(eventToJson({ type: 'close', error: undefined })).toEqual({ type: 'close' });
    const error = new PacketError('PROTOCOL_ERROR', 'a second CONNECT', 'MQTT-3.1.0-2');
    expect(eventToJson({ type: 'close', error })).toEqual({
      type: 'close',
      error: { code: 'PROTOCOL_ERROR', reasonCode: 0x82, message: 'a second CONNECT', statement: 'MQTT-3.1.0-2' },
    });
    const other = new PacketError('KEEP_ALIVE_TIMEOUT', 'silence');
    expect(eventToJson({ type: 'close', error: other })).toEqual({
      type: 'close',
      error: { code: 'KEEP_ALIVE_TIMEOUT', reasonCode: 0x8d, message: 'silence' },
    });
  });
});

describe('previews', () => {
  const euro = Uint8Array.of(0x61, 0xe2, 0x82, 0xac, 0x62);

  it('a character cut in two is left out', () => {
    expect(previewBytes(euro, 5)).toEqual({ length: 5, text: 'a€b' });
    expect(previewBytes(euro, 4)).toEqual({ length: 5, text: 'a€' });
    expect(previewBytes(euro, 3)).toEqual({ length: 5, text: 'a' });
    expect(previewBytes(euro, 2)).toEqual({ length: 5, text: 'a' });
  });

  it('what is no text is hexadecimal', () => {
    expect(previewBytes(euro.subarray(0, 3), 5)).toEqual({ length: 3, hex: '61e282' });
    expect(previewBytes(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80), 4)).toEqual({ length: 5, hex: '80808080' });
    expect(previewBytes(Uint8Array.of(0x61, 0), 4)).toEqual({ length: 2, hex: '6100' });
    expect(previewBytes(new Uint8Array(), 4)).toEqual({ length: 0 });
  });

  it('text counts in bytes of UTF-8', () => {
    expect(previewText('a€\0', 32)).toEqual({ length: 5, text: 'a€\0' });
    expect(previewText('', 32)).toEqual({ length: 0 });
    expect(previewText('abc', 0)).toEqual({ length: 3 });
    expect(previewText('a\ud800', 32)).toEqual({ length: 2, text: 'a\ud800' });
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readPacket, writePacket } from '../../../src/mqtt/packets/packet.ts';
import { type PublishInput, readPublish } from '../../../src/mqtt/packets/publish.ts';
import { NO_PROPERTIES } from '../../../src/mqtt/properties.ts';
import { bytes, hex, packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

const payload = Uint8Array.of(1, 2, 3);

describe('writing PUBLISH', () => {
  it('the short way and the general way give the same bytes', () => {
    const plain: PublishInput = { type: 'publish', topicName: 'a/b', payload };
    const general = { ...plain, properties: {} };
    for (const fields of [
      {},
      { retain: true },
      { retain: false, qos: 0, duplicate: false, packetIdentifier: 0, properties: NO_PROPERTIES },
      { qos: 1, packetIdentifier: 7 },
      { qos: 2, packetIdentifier: 65_535, duplicate: true, retain: true },
    ] as const) {
      for (const version of [3, 4, 5] as const) {
        expect(written({ ...plain, ...fields }, version)).toBe(
          written({ ...general, ...fields, properties: {} }, version),
        );
      }
      expect(hex(writePacket({ ...plain, ...fields }, formatOf(5, 4)))).toBe(
        hex(writePacket({ ...general, ...fields, properties: {} }, formatOf(5, 4))),
      );
    }
    expect(written({ ...plain, qos: 1, packetIdentifier: 7 }, 5)).toBe(hex(packet('32', "'a/b' 0007 00 010203")));
    expect(written({ ...plain, qos: 2, packetIdentifier: 7, duplicate: true, retain: true }, 4)).toBe(
      hex(packet('3d', "'a/b' 0007 010203")),
    );
  });

  it('a payload is empty, bytes or text, whatever its length and characters', () => {
    expect(written({ type: 'publish', topicName: 'a' })).toBe(hex(packet('30', "'a' 00")));
    expect(written({ type: 'publish', topicName: 'a', payload: '' })).toBe(hex(packet('30', "'a' 00")));
    expect(written({ type: 'publish', topicName: 'a', payload: 'x\0é' })).toBe(hex(packet('30', "'a' 00 7800c3a9")));
    const large = new Uint8Array(2_000_000).fill(7);
    expect(bytes(written({ type: 'publish', topicName: 'a', payload: large })).length).toBe(2_000_008);
    expect(hex(writePacket({ type: 'publish', topicName: 'a', payload: Buffer.from('hi') }, formatOf(5)))).toBe(
      hex(packet('30', `'a' 00 "hi"`)),
    );
  });

  it('a Uint8Array of another realm is one as well', () => {
    const foreign: Uint8Array = runInNewContext('Uint8Array.of(1, 2, 3)');
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(written({ type: 'publish', topicName: 'a', payload: foreign })).toBe(hex(packet('30', "'a' 00 010203")));
  });

  it('a topic name can hold any character and 65,535 bytes', () => {
    const topicName = 'é'.repeat(32_767);
    const all = bytes(written({ type: 'publish', topicName, payload }));
    expect(readPacket(all, 0, all.length, formatOf(5))).toMatchObject({ topicName });
    const long = 'a'.repeat(65_535);
    expect(bytes(written({ type: 'publish', topicName: long, payload })).length).toBe(4 + 2 + 65_535 + 1 + 3);
    expect(refused({ type: 'publish', topicName: `${long}a`, payload })).toBe('INVALID_TOPIC_NAME');
    expect(refused({ type: 'publish', topicName: `${topicName}é`, payload })).toBe('INVALID_TOPIC_NAME');
  });

  it('[MQTT-3.3.2-1] only a Topic Alias stands for an empty topic name', () => {
    expect(written({ type: 'publish', topicName: '', payload, properties: { topicAlias: 9 } })).toBe(
      hex(packet('30', "'' { 23 0009 } 010203")),
    );
    expect(refused({ type: 'publish', topicName: '', payload })).toBe('INVALID_TOPIC_NAME');
    expect(refused({ type: 'publish', topicName: '', payload, properties: { topicAlias: undefined } })).toBe(
      'INVALID_TOPIC_NAME',
    );
    expect(refused({ type: 'publish', topicName: '', properties: { topicAlias: 9 } }, 4)).toBe('INVALID_PROPERTY');
  });

  it.each([
    ['[MQTT-3.3.2-2] a wildcard', { topicName: 'a/+' }, 'INVALID_TOPIC_NAME'],
    ['[MQTT-3.3.2-2@3.1.1] a wildcard', { topicName: '#' }, 'INVALID_TOPIC_NAME'],
    ['[MQTT-4.7.3-2] U+0000', { topicName: 'a\0' }, 'INVALID_TOPIC_NAME'],
    ['[MQTT-1.5.4-1] a lone surrogate', { topicName: 'a\ud800' }, 'INVALID_TOPIC_NAME'],
    ['no topic name', { topicName: undefined }, 'INVALID_ARGUMENT'],
    ['[MQTT-3.3.1-4] QoS 3', { qos: 3 }, 'INVALID_ARGUMENT'],
    ['[MQTT-3.3.1-2] DUP at QoS 0', { duplicate: true }, 'INVALID_ARGUMENT'],
    ['[MQTT-2.2.1-2] an identifier at QoS 0', { packetIdentifier: 1 }, 'INVALID_ARGUMENT'],
    ['[MQTT-2.2.1-3] no identifier at QoS 1', { qos: 1 }, 'INVALID_ARGUMENT'],
    ['identifier 0 at QoS 1', { qos: 1, packetIdentifier: 0 }, 'INVALID_ARGUMENT'],
    ['identifier 65,536', { qos: 2, packetIdentifier: 65_536 }, 'INVALID_ARGUMENT'],
    ['half an identifier', { qos: 2, packetIdentifier: 0.5 }, 'INVALID_ARGUMENT'],
    ['a flag that is a number', { retain: 1 }, 'INVALID_ARGUMENT'],
    ['another flag that is a number', { qos: 1, packetIdentifier: 1, duplicate: 1 }, 'INVALID_ARGUMENT'],
    ['a lone surrogate in the payload', { payload: '\ud800' }, 'INVALID_STRING'],
    ['a payload that is an object', { payload: {} }, 'INVALID_ARGUMENT'],
    ['a payload that is null', { payload: null }, 'INVALID_ARGUMENT'],
    ['a property of CONNECT', { properties: { receiveMaximum: 1 } }, 'INVALID_PROPERTY'],
    ['[MQTT-3.3.2-8] Topic Alias 0', { properties: { topicAlias: 0 } }, 'INVALID_ARGUMENT'],
    ['[MQTT-3.3.2-14] a wildcard in the Response Topic', { properties: { responseTopic: '+' } }, 'INVALID_TOPIC_NAME'],
  ])('%s is refused', (_name, fields, code) => {
    expect(refused({ type: 'publish', topicName: 'a', payload, ...fields })).toBe(code);
  });
});

describe('readPublish', () => {
  it('hands out windows on the bytes and holds on to nothing', () => {
    const input = packet('30', "'a' { 09 'id' } 010203");
    const publish = readPublish(input, 0, 2, input.length, formatOf(5));
    expect(publish.payload.buffer).toBe(input.buffer);
    expect(publish.properties.correlationData!.buffer).toBe(input.buffer);
  });

  it('the payload of a Buffer is a plain Uint8Array', () => {
    const input = Buffer.from(packet('30', "'a' 010203"));
    const { payload: window } = readPublish(input, 0, 2, input.length, formatOf(4));
    expect(Object.getPrototypeOf(window)).toBe(Uint8Array.prototype);
  });

  it('holds on to nothing after an error either', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const refused = refuseAndForget();
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds on to its target until the turn ends
    collectGarbage();
    expect(refused.deref()).toBeUndefined();
  });
});

/** Has a PUBLISH refused and keeps only a weak reference to its bytes. */
function refuseAndForget(): WeakRef<Uint8Array> {
  const input = packet('30', "'a/+' 00");
  expect(() => readPublish(input, 0, 2, input.length, formatOf(5))).toThrow('wildcard');
  return new WeakRef(input);
}

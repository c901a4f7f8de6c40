import { describe, expect, it } from 'vitest';
import { PacketReader } from '../../src/mqtt/packet-reader.ts';
import { NO_PROPERTIES, type PropertyName } from '../../src/mqtt/properties.ts';
import { PROPERTIES, PROPERTY_BY_IDENTIFIER, PROPERTY_BY_NAME, WILL_BIT } from '../../src/mqtt/property-table.ts';
import { readProperties } from '../../src/mqtt/read-properties.ts';
import { measureProperties, writeProperties } from '../../src/mqtt/write-properties.ts';
import { bytes, hex } from '../support/annotated-bytes.ts';
import { refused, written } from '../support/written.ts';

/** Every packet type but those which have no properties. */
const EVERYTHING = 0x4ffe | 0x8001;

function write(properties: Record<string, unknown>, carrier = EVERYTHING): string {
  const size = measureProperties(properties, carrier, 5);
  const target = new Uint8Array(size);
  expect(writeProperties(target, 0, properties, 5)).toBe(size);
  return hex(target);
}

describe('the table of properties', () => {
  it('has the 27 properties of the standard, each once', () => {
    expect(PROPERTIES.length).toBe(27);
    expect(new Set(PROPERTIES.map((property) => property.identifier)).size).toBe(27);
    for (const property of PROPERTIES) {
      expect(PROPERTY_BY_IDENTIFIER[property.identifier]).toBe(property);
      expect(PROPERTY_BY_NAME.get(property.name)).toBe(property);
    }
    expect(PROPERTY_BY_IDENTIFIER[0]).toBeUndefined();
    expect(PROPERTY_BY_NAME.get('constructor')).toBeUndefined();
  });
});

describe('writing properties', () => {
  it.each([
    [{ payloadFormatIndicator: 1 }, '{ 01 01 }'],
    [{ messageExpiryInterval: 0xffff_fffe }, '{ 02 fffffffe }'],
    [{ contentType: 'é' }, '{ 03 0002 c3a9 }'],
    [{ responseTopic: 'r' }, "{ 08 'r' }"],
    [{ correlationData: Uint8Array.of(0, 255) }, '{ 09 0002 00ff }'],
    [{ correlationData: 'x\0' }, '{ 09 0002 7800 }'],
    [{ subscriptionIdentifiers: [1, 268_435_455] }, '{ 0b 01 0b ffffff7f }'],
    [{ sessionExpiryInterval: 0 }, '{ 11 00000000 }'],
    [{ assignedClientIdentifier: 'c' }, "{ 12 'c' }"],
    [{ serverKeepAlive: 300 }, '{ 13 012c }'],
    [{ authenticationMethod: 'm', authenticationData: new Uint8Array() }, "{ 15 'm' 16 '' }"],
    [{ requestProblemInformation: false }, '{ 17 00 }'],
    [{ willDelayInterval: 1 }, '{ 18 00000001 }'],
    [{ requestResponseInformation: true }, '{ 19 01 }'],
    [{ responseInformation: 'i' }, "{ 1a 'i' }"],
    [{ serverReference: 's' }, "{ 1c 's' }"],
    [{ reasonString: '' }, "{ 1f '' }"],
    [{ receiveMaximum: 65_535 }, '{ 21 ffff }'],
    [{ topicAliasMaximum: 0 }, '{ 22 0000 }'],
    [{ topicAlias: 1 }, '{ 23 0001 }'],
    [{ maximumQoS: 0 }, '{ 24 00 }'],
    [{ retainAvailable: true }, '{ 25 01 }'],
    [{ maximumPacketSize: 0xffff_ffff }, '{ 27 ffffffff }'],
    [{ wildcardSubscriptionAvailable: false }, '{ 28 00 }'],
    [{ subscriptionIdentifiersAvailable: false }, '{ 29 00 }'],
    [{ sharedSubscriptionAvailable: false }, '{ 2a 00 }'],
  ])('%j', (properties, expected) => {
    expect(write(properties)).toBe(hex(bytes(expected)));
  });

  it('[MQTT-3.1.3-10] [MQTT-3.3.2-18] user properties keep their order and repeat', () => {
    const userProperties = [
      ['b', '1'],
      ['a', ''],
      ['b', '0'],
    ] as const;
    expect(write({ userProperties })).toBe(hex(bytes("{ 26 'b' '1' 26 'a' '' 26 'b' '0' }")));
  });

  it('a length of two, three and four bytes is made room for', () => {
    for (const size of [121, 122, 16_000, 2_097_200]) {
      const userProperties: [string, string][] = [];
      for (let left = size; left > 0; left -= 65_000) userProperties.push(['', 'v'.repeat(Math.min(left, 65_000))]);
      const target = bytes(write({ userProperties }));
      const reader = new PacketReader(target, 0, target.length);
      expect(readProperties(reader, EVERYTHING, 5)).toEqual({ userProperties });
      expect(reader.remaining).toBe(0);
    }
  });

  it('[MQTT-2.2.2-1] none are a length of 0; absent is undefined, an empty list, or not there', () => {
    for (const properties of [
      {},
      { userProperties: [] },
      { contentType: undefined },
      { subscriptionIdentifiers: [] },
    ]) {
      expect(write(properties)).toBe('00');
    }
    expect(measureProperties(undefined, EVERYTHING, 5)).toBe(1);
    expect(measureProperties(NO_PROPERTIES, EVERYTHING, 5)).toBe(1);
  });

  it('before 5.0 there are none, and asking for some is an error', () => {
    expect(measureProperties({ contentType: undefined, userProperties: [] }, EVERYTHING, 4)).toBe(0);
    expect(measureProperties(undefined, EVERYTHING, 3)).toBe(0);
    expect(() => measureProperties({ contentType: 'x' }, EVERYTHING, 4)).toThrow('before MQTT 5.0');
  });

  it.each([
    [{ qos: 1 }, 'INVALID_PROPERTY'],
    [{ constructor: 1 }, 'INVALID_PROPERTY'],
    [{ sessionExpiryInterval: 1 }, 'INVALID_PROPERTY'],
    [{ payloadFormatIndicator: 2 }, 'INVALID_ARGUMENT'],
    [{ payloadFormatIndicator: true }, 'INVALID_ARGUMENT'],
    [{ messageExpiryInterval: -1 }, 'INVALID_ARGUMENT'],
    [{ messageExpiryInterval: 2 ** 32 }, 'INVALID_ARGUMENT'],
    [{ messageExpiryInterval: 0.5 }, 'INVALID_ARGUMENT'],
    [{ messageExpiryInterval: '5' }, 'INVALID_ARGUMENT'],
    [{ contentType: 5 }, 'INVALID_ARGUMENT'],
    [{ contentType: 'a\ud800' }, 'INVALID_STRING'],
    [{ contentType: '\0' }, 'INVALID_STRING'],
    [{ contentType: 'a'.repeat(65_536) }, 'INVALID_STRING'],
    [{ responseTopic: '' }, 'INVALID_TOPIC_NAME'],
    [{ correlationData: [1] }, 'INVALID_ARGUMENT'],
    [{ correlationData: new Uint8Array(65_536) }, 'INVALID_ARGUMENT'],
    [{ subscriptionIdentifiers: 5 }, 'INVALID_ARGUMENT'],
    [{ subscriptionIdentifiers: [0] }, 'INVALID_ARGUMENT'],
    [{ subscriptionIdentifiers: [268_435_456] }, 'INVALID_ARGUMENT'],
    [{ userProperties: { a: 'b' } }, 'INVALID_ARGUMENT'],
    [{ userProperties: ['ab'] }, 'INVALID_ARGUMENT'],
    [{ userProperties: [['a']] }, 'INVALID_ARGUMENT'],
    [{ userProperties: [['a', 'b', 'c']] }, 'INVALID_ARGUMENT'],
    [{ userProperties: [['a', 7]] }, 'INVALID_ARGUMENT'],
    [{ userProperties: [['\udc00', 'b']] }, 'INVALID_STRING'],
    [null, 'INVALID_ARGUMENT'],
    ['none', 'INVALID_ARGUMENT'],
  ])('%j is refused in a PUBLISH', (properties, code) => {
    expect(refused({ type: 'publish', topicName: 'a', properties })).toBe(code);
  });

  it('a boolean is true or false, nothing like it', () => {
    expect(refused({ type: 'connect', properties: { requestProblemInformation: 1 } })).toBe('INVALID_ARGUMENT');
  });

  it('authentication data needs a method', () => {
    expect(refused({ type: 'connect', properties: { authenticationData: 'x' } })).toBe('INVALID_PROPERTY');
    expect(refused({ type: 'connack', properties: { authenticationData: 'x' } })).toBe('INVALID_PROPERTY');
    expect(written({ type: 'connack', properties: { authenticationData: 'x', authenticationMethod: 'm' } })).toContain(
      '15',
    );
  });
});

describe('reading properties', () => {
  it('each property is read where its carrier allows it, and nowhere else', () => {
    const samples: Partial<Record<PropertyName, unknown>> = {
      payloadFormatIndicator: 0,
      maximumQoS: 1,
      userProperties: [['a', 'b']],
      subscriptionIdentifiers: [5],
    };
    const byWireType = {
      byte: 1,
      boolean: true,
      u16: 7,
      u32: 7,
      varint: [7],
      utf8: 'x',
      binary: Uint8Array.of(1),
      pair: [],
    };
    for (const property of PROPERTIES) {
      const value = samples[property.name] ?? byWireType[property.wireType];
      const target = bytes(write({ authenticationMethod: 'm', [property.name]: value }, EVERYTHING));
      const single = bytes(
        `{ ${hex(target)
          .slice(2)
          .replace(/^150001 ?6d/, '')} }`,
      );
      const wire = property.name === 'authenticationMethod' || property.name === 'authenticationData' ? target : single;
      for (let bit = 1; bit < 0x1_0000; bit <<= 1) {
        const read = (): unknown => readProperties(new PacketReader(wire, 0, wire.length), bit, 5);
        const isAllowed = (property.carriers & bit) !== 0;
        if (isAllowed) expect(read()).toHaveProperty(property.name, value);
        else expect(read).toThrow('does not belong into this packet');
      }
    }
  });

  it('without properties it is always the same object, frozen', () => {
    const none = bytes('{ }');
    expect(readProperties(new PacketReader(none, 0, 1), WILL_BIT, 5)).toBe(NO_PROPERTIES);
    expect(readProperties(new PacketReader(none, 0, 0), WILL_BIT, 4)).toBe(NO_PROPERTIES);
    expect(Object.isFrozen(NO_PROPERTIES)).toBe(true);
  });

  it('a Topic Alias of 0 has its own reason code', () => {
    const wire = bytes('{ 23 0000 }');
    expect(() => readProperties(new PacketReader(wire, 0, wire.length), EVERYTHING, 5)).toThrow(
      expect.objectContaining({ code: 'TOPIC_ALIAS_INVALID', reasonCode: 0x94, statement: 'MQTT-3.3.2-8' }),
    );
  });
});

// §2.2.2 of MQTT 5.0: every property against every packet. The table is the standard's (2-4), written down here again so
// that a mistake in the codec's table cannot hide behind itself.

import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { bytes, hex, packet } from '../support/annotated-bytes.ts';
import {
  MALFORMED,
  PROTOCOL_ERROR,
  read,
  readAs,
  refusal,
  usageError,
  V5,
  writePacket,
} from '../support/packet-verdicts.ts';

/** A valid packet of each kind around a list of properties. */
const CARRIERS: Readonly<Record<string, (list: string) => Uint8Array>> = {
  connect: (list) => packet('10', `'MQTT' 05 02 003c { ${list} } 'c'`),
  will: (list) => packet('10', `'MQTT' 05 06 003c {} 'c' { ${list} } 'w' 0000`),
  connack: (list) => packet('20', `00 00 { ${list} }`),
  publish: (list) => packet('30', `'t' { ${list} } "payload"`),
  puback: (list) => packet('40', `0001 00 { ${list} }`),
  pubrec: (list) => packet('50', `0001 00 { ${list} }`),
  pubrel: (list) => packet('62', `0001 00 { ${list} }`),
  pubcomp: (list) => packet('70', `0001 00 { ${list} }`),
  subscribe: (list) => packet('82', `0001 { ${list} } 'a' 00`),
  suback: (list) => packet('90', `0001 { ${list} } 00`),
  unsubscribe: (list) => packet('a2', `0001 { ${list} } 'a'`),
  unsuback: (list) => packet('b0', `0001 { ${list} } 00`),
  disconnect: (list) => packet('e0', `00 { ${list} }`),
  auth: (list) => packet('f0', `18 { ${list} }`),
};

const MESSAGE = 'publish will';
const ANSWERS = 'connack puback pubrec pubrel pubcomp suback unsuback disconnect auth';

/** Identifier with a valid value, and who may carry it. */
const PROPERTIES: readonly (readonly [name: string, sample: string, carriers: string])[] = [
  ['payloadFormatIndicator', '01 01', MESSAGE],
  ['messageExpiryInterval', '02 00000001', MESSAGE],
  ['contentType', `03 'text'`, MESSAGE],
  ['responseTopic', `08 're'`, MESSAGE],
  ['correlationData', '09 0002 00ff', MESSAGE],
  ['subscriptionIdentifiers', '0b 8001', 'publish subscribe'],
  ['sessionExpiryInterval', '11 ffffffff', 'connect connack disconnect'],
  ['assignedClientIdentifier', `12 'id'`, 'connack'],
  ['serverKeepAlive', '13 003c', 'connack'],
  ['authenticationMethod', `15 'm'`, 'connect connack auth'],
  ['authenticationData', '16 0001 ff', 'connect connack auth'],
  ['requestProblemInformation', '17 01', 'connect'],
  ['willDelayInterval', '18 00000005', 'will'],
  ['requestResponseInformation', '19 01', 'connect'],
  ['responseInformation', `1a 'info'`, 'connack'],
  ['serverReference', `1c 'other'`, 'connack disconnect'],
  ['reasonString', `1f 'why'`, ANSWERS],
  ['receiveMaximum', '21 0001', 'connect connack'],
  ['topicAliasMaximum', '22 0001', 'connect connack'],
  ['topicAlias', '23 0001', 'publish'],
  ['maximumQoS', '24 01', 'connack'],
  ['retainAvailable', '25 01', 'connack'],
  ['userProperties', `26 'k' 'v'`, Object.keys(CARRIERS).join(' ')],
  ['maximumPacketSize', '27 00000001', 'connect connack'],
  ['wildcardSubscriptionAvailable', '28 01', 'connack'],
  ['subscriptionIdentifiersAvailable', '29 01', 'connack'],
  ['sharedSubscriptionAvailable', '2a 01', 'connack'],
];

const propertiesOf = (carrier: string, bytesOfIt: Uint8Array): object =>
  carrier === 'will'
    ? (readAs('connect', bytesOfIt).will?.properties ?? {})
    : (read(bytesOfIt) as { properties: object }).properties;

/** What must stand beside a property for the packet to be valid. */
function companion(carrier: string, name: string): string {
  const needsMethod = carrier === 'auth' || (name === 'authenticationData' && ['connect', 'connack'].includes(carrier));
  return needsMethod && name !== 'authenticationMethod' ? `15 'm'` : '';
}

describe('which packet may carry which property', () => {
  for (const [name, sample, allowed] of PROPERTIES) {
    it(`pitfall: ${name} is read from its own packets and malformed in all others`, () => {
      for (const [carrier, around] of Object.entries(CARRIERS)) {
        const list = `${companion(carrier, name)} ${sample}`;
        if (allowed.split(' ').includes(carrier)) {
          expect(propertiesOf(carrier, around(list)), carrier).toHaveProperty(name);
        } else {
          expect(refusal(around(list)), carrier).toMatchObject(MALFORMED);
          expect(refusal(around(`26 'k' 'v' ${sample}`)), `${carrier}, behind another`).toMatchObject(MALFORMED);
        }
      }
    });
  }

  it('an unknown identifier, and a known one in a longer form, are malformed', () => {
    for (const list of [
      '00',
      '04 00',
      '07',
      '0a 0000',
      '14 00',
      '1b',
      '1d',
      '1e',
      '20',
      '2b 01',
      '7f',
      '80 01',
      'ffffffff 7f',
      '8100 01',
    ]) {
      expect(refusal(CARRIERS['publish']!(list)), list).toMatchObject(MALFORMED);
      expect(refusal(CARRIERS['connect']!(list)), list).toMatchObject(MALFORMED);
    }
  });
});

describe('how often', () => {
  it('pitfall: a property that may occur once is a Protocol Error when it occurs twice, side by side or apart, equal or not', () => {
    for (const [name, sample, allowed] of PROPERTIES) {
      if (name === 'userProperties') continue;
      for (const carrier of allowed.split(' ')) {
        if (name === 'subscriptionIdentifiers' && carrier === 'publish') continue;
        const list = `${companion(carrier, name)} ${sample}`;
        expect(refusal(CARRIERS[carrier]!(`${list} ${sample}`)), `${name} in ${carrier}`).toMatchObject(PROTOCOL_ERROR);
        expect(refusal(CARRIERS[carrier]!(`${list} 26 'k' 'v' ${sample}`)), `${name} in ${carrier}`).toMatchObject(
          PROTOCOL_ERROR,
        );
      }
    }
  });

  it('pitfall: user properties may repeat in every packet and keep their order across keys', () => {
    const list = `26 'b' '1' 26 'a' '2' 26 'b' '3' 26 'b' '1' 26 '' ''`;
    const userProperties = [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
      ['b', '1'],
      ['', ''],
    ] as const;
    for (const [carrier, around] of Object.entries(CARRIERS)) {
      const whole = around(`${companion(carrier, '')} ${list}`);
      expect(propertiesOf(carrier, whole), carrier).toHaveProperty('userProperties', userProperties);
      expect(hex(writePacket(read(whole) as PacketInput, V5)), carrier).toBe(hex(whole));
    }
  });
});

describe('Property Length', () => {
  it('pitfall: a Property Length beyond the end of the packet is malformed', () => {
    expect(refusal(packet('30', `'t' 06 01 01`))).toMatchObject(MALFORMED);
    expect(refusal(packet('20', '00 00 01'))).toMatchObject(MALFORMED);
    expect(refusal(packet('40', '0001 00 05 1f 0001 61'))).toMatchObject(MALFORMED);
    expect(refusal(packet('82', `0001 7f 0b 01 'a' 00`))).toMatchObject(MALFORMED);
    expect(refusal(packet('30', `'t' ffffff7f 01 01`))).toMatchObject(MALFORMED);
  });

  it('pitfall: a property that runs over the Property Length, into the next field or the next packet, is malformed', () => {
    for (const [name, sample, allowed] of PROPERTIES) {
      const whole = bytes(sample);
      for (let length = 1; length < whole.length; length++) {
        const cut = [...whole.subarray(0, length)].map((value) => value.toString(16).padStart(2, '0')).join(' ');
        for (const carrier of allowed.split(' ')) {
          const list = `${companion(carrier, name)} ${cut}`;
          expect(refusal(CARRIERS[carrier]!(list)), `${name} in ${carrier} cut to ${length}`).toMatchObject(MALFORMED);
        }
      }
    }
  });

  it('a list of more than 127 bytes has a Property Length of two bytes', () => {
    const long = 'v'.repeat(300);
    const whole = packet('30', `'t' { 26 'k' '${long}' } "x"`);
    expect(readAs('publish', whole).properties.userProperties).toEqual([['k', long]]);
    expect(
      hex(
        writePacket(
          { type: 'publish', topicName: 't', payload: 'x', properties: { userProperties: [['k', long]] } },
          V5,
        ),
      ),
    ).toBe(hex(whole));
  });

  it('[MQTT-2.2.2-1] an empty list is one byte 00 in every packet that has a list', () => {
    for (const [carrier, around] of Object.entries(CARRIERS)) {
      if (carrier === 'auth') continue; // needs its method
      expect(propertiesOf(carrier, around('')), carrier).toEqual({});
    }
    expect(
      hex(writePacket({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a' }] }, V5)),
    ).toBe(hex(CARRIERS['subscribe']!('')));
    expect(hex(writePacket({ type: 'unsubscribe', packetIdentifier: 1, topicFilters: ['a'] }, V5))).toBe(
      hex(CARRIERS['unsubscribe']!('')),
    );
    expect(hex(writePacket({ type: 'suback', packetIdentifier: 1, reasonCodes: [0] }, V5))).toBe(
      hex(CARRIERS['suback']!('')),
    );
  });
});

describe('writing', () => {
  it('a property of another packet, an unknown one and one of the wrong type are not written', () => {
    const publish = (properties: object) => usageError({ type: 'publish', topicName: 't', properties } as PacketInput);
    for (const [name, , allowed] of PROPERTIES) {
      if (allowed.includes('publish') || name === 'userProperties') continue;
      expect(publish({ [name]: 1 }), name).toBe('INVALID_PROPERTY');
    }
    expect(publish({ colour: 'blue' })).toBe('INVALID_PROPERTY');
    expect(publish({ contentType: 5 })).toBe('INVALID_ARGUMENT');
    expect(publish({ messageExpiryInterval: -1 })).toBe('INVALID_ARGUMENT');
    expect(publish({ messageExpiryInterval: 4_294_967_296 })).toBe('INVALID_ARGUMENT');
    expect(publish({ messageExpiryInterval: 0.5 })).toBe('INVALID_ARGUMENT');
    expect(publish({ userProperties: [['only one']] })).toBe('INVALID_ARGUMENT');
  });

  it('a property that is undefined counts as absent', () => {
    const written = writePacket(
      { type: 'publish', topicName: 't', properties: { contentType: undefined, topicAlias: undefined } },
      V5,
    );
    expect(hex(written)).toBe(hex(packet('30', `'t' 00`)));
  });
});

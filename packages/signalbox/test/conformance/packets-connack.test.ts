// §3.2 of MQTT 5.0: the format of CONNACK.

import { describe, expect, it } from 'vitest';
import { hex, packet } from '../support/annotated-bytes.ts';
import { MALFORMED, PROTOCOL_ERROR, readAs, refusal, usageError, V5, writePacket } from '../support/packet-verdicts.ts';

/** §3.2.2.2: every Connect Reason Code. */
const REASON_CODES = [
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
];
const byte = (value: number) => value.toString(16).padStart(2, '0');

describe('Connect Acknowledge Flags', () => {
  it('[MQTT-3.2.2-1] bits 7 to 1 set are malformed; bit 0 is Session Present', () => {
    for (let bit = 1; bit < 8; bit++) {
      for (const flags of [1 << bit, (1 << bit) | 1]) {
        expect(refusal(packet('20', `${byte(flags)} 00 {}`)), byte(flags)).toEqual({
          ...MALFORMED,
          statement: 'MQTT-3.2.2-1',
        });
      }
    }
    expect(readAs('connack', packet('20', '00 00 {}')).sessionPresent).toBe(false);
    expect(readAs('connack', packet('20', '01 00 {}')).sessionPresent).toBe(true);
    expect(hex(writePacket({ type: 'connack', sessionPresent: true }, V5))).toBe(hex(packet('20', '01 00 {}')));
    expect(hex(writePacket({ type: 'connack' }, V5))).toBe(hex(packet('20', '00 00 {}')));
  });

  it('[MQTT-3.2.2-6] pitfall: Session Present with a failing code is refused and not written', () => {
    for (const code of REASON_CODES.slice(1)) {
      const verdict = refusal(packet('20', `01 ${byte(code)} {}`));
      expect(verdict, byte(code)).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.2.2-6' });
      expect(usageError({ type: 'connack', sessionPresent: true, reasonCode: code }), byte(code)).toBe(
        'INVALID_ARGUMENT',
      );
    }
  });
});

describe('Connect Reason Codes', () => {
  it('[MQTT-3.2.2-8] the codes of the table are read and written, all others are refused and not written', () => {
    for (let code = 0; code < 256; code++) {
      const whole = packet('20', `00 ${byte(code)} {}`);
      if (REASON_CODES.includes(code)) {
        expect(readAs('connack', whole).reasonCode).toBe(code);
        expect(hex(writePacket({ type: 'connack', reasonCode: code }, V5))).toBe(hex(whole));
      } else {
        expect(refusal(whole), byte(code)).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.2.2-8' });
        expect(usageError({ type: 'connack', reasonCode: code }), byte(code)).toBe('INVALID_ARGUMENT');
      }
    }
  });
});

describe('properties of CONNACK', () => {
  const withProperties = (list: string) => packet('20', `00 00 { ${list} }`);

  it('every property is read and written', () => {
    const whole = withProperties(`
      11 00000e10   # Session Expiry Interval
      21 000a       # Receive Maximum
      24 01         # Maximum QoS
      25 00         # Retain Available
      27 00010000   # Maximum Packet Size
      12 'given'    # Assigned Client Identifier
      22 0010       # Topic Alias Maximum
      1f 'why'      # Reason String
      26 'k' 'v'    # User Property
      28 00         # Wildcard Subscription Available
      29 01         # Subscription Identifiers Available
      2a 00         # Shared Subscription Available
      13 0000       # Server Keep Alive
      1a 'resp'     # Response Information
      1c 'other'    # Server Reference
      15 'm'        # Authentication Method
      16 0001 ff    # Authentication Data
    `);
    const properties = {
      sessionExpiryInterval: 3600,
      receiveMaximum: 10,
      maximumQoS: 1,
      retainAvailable: false,
      maximumPacketSize: 65_536,
      assignedClientIdentifier: 'given',
      topicAliasMaximum: 16,
      reasonString: 'why',
      userProperties: [['k', 'v']],
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: true,
      sharedSubscriptionAvailable: false,
      serverKeepAlive: 0,
      responseInformation: 'resp',
      serverReference: 'other',
      authenticationMethod: 'm',
      authenticationData: Uint8Array.of(0xff),
    } as const;
    expect(readAs('connack', whole).properties).toEqual(properties);
    const written = writePacket({ type: 'connack', properties: { ...properties, userProperties: [['k', 'v']] } }, V5);
    expect(written.length).toBe(whole.length);
    expect(readAs('connack', written).properties).toEqual(properties);
  });

  it('pitfall: Receive Maximum 0, Maximum Packet Size 0 and Maximum QoS 2 are Protocol Errors', () => {
    for (const list of ['21 0000', '27 00000000', '24 02', '24 03'])
      expect(refusal(withProperties(list)), list).toMatchObject(PROTOCOL_ERROR);
  });

  it('pitfall: boolean properties above 1 are Protocol Errors', () => {
    for (const list of ['25 02', '28 02', '29 ff', '2a 02'])
      expect(refusal(withProperties(list)), list).toMatchObject(PROTOCOL_ERROR);
  });

  it('pitfall: Authentication Data without Authentication Method is a Protocol Error', () => {
    expect(refusal(withProperties('16 0001 ff'))).toMatchObject(PROTOCOL_ERROR);
  });

  it('[MQTT-2.2.2-1] without properties a Property Length of 0 is there; leaving it out is malformed', () => {
    expect(refusal(packet('20', '00 00'))).toMatchObject(MALFORMED);
  });
});

// §3.12 to §3.15 of MQTT 5.0 and 3.1.1: the format of PINGREQ, PINGRESP, DISCONNECT and AUTH.

import { describe, expect, it } from 'vitest';
import { bytes, hex, packet } from '../support/annotated-bytes.ts';
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

const byte = (value: number) => value.toString(16).padStart(2, '0');
/** §3.14.2.1, and 0x8C, which only the table of all reason codes (§2.4) gives to DISCONNECT. */
const DISCONNECT_CODES = [
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
  0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];
const AUTH_CODES = [0x00, 0x18, 0x19];

describe('PINGREQ and PINGRESP', () => {
  it('are two bytes in every version', () => {
    for (const format of [V5, V4, V3]) {
      expect(readAs('pingreq', bytes('c0 00'), format)).toEqual({ type: 'pingreq' });
      expect(readAs('pingresp', bytes('d0 00'), format)).toEqual({ type: 'pingresp' });
      expect(hex(writePacket({ type: 'pingreq' }, format))).toBe('c000');
      expect(hex(writePacket({ type: 'pingresp' }, format))).toBe('d000');
      expect(refusal(bytes('c0 01 00'), format)).toMatchObject(MALFORMED);
      expect(refusal(bytes('d0 01 00'), format)).toMatchObject(MALFORMED);
    }
  });
});

describe('DISCONNECT', () => {
  it('[MQTT-3.14.2-1] the codes of its table are read and written, all others are refused and not written', () => {
    for (let reasonCode = 0; reasonCode < 256; reasonCode++) {
      const whole = packet('e0', `${byte(reasonCode)} {}`);
      if (DISCONNECT_CODES.includes(reasonCode)) {
        expect(readAs('disconnect', whole)).toEqual({ type: 'disconnect', reasonCode, properties: {} });
        expect(readAs('disconnect', writePacket({ type: 'disconnect', reasonCode }, V5)).reasonCode).toBe(reasonCode);
      } else {
        expect(refusal(whole), byte(reasonCode)).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.14.2-1' });
        expect(usageError({ type: 'disconnect', reasonCode }), byte(reasonCode)).toBe('INVALID_ARGUMENT');
      }
    }
  });

  it('[MQTT-3.14.2-1] pitfall: Remaining Length 0 is normal disconnection, 1 is a code without properties', () => {
    expect(readAs('disconnect', bytes('e0 00'))).toEqual({ type: 'disconnect', reasonCode: 0, properties: {} });
    expect(readAs('disconnect', bytes('e0 01 04'))).toEqual({ type: 'disconnect', reasonCode: 4, properties: {} });
    expect(hex(writePacket({ type: 'disconnect' }, V5))).toBe('e000');
    expect(hex(writePacket({ type: 'disconnect', reasonCode: 4 }, V5))).toBe('e00104');
  });

  it('[MQTT-3.14.1-1] bytes left over are malformed', () => {
    expect(refusal(packet('e0', '00 {} 00'))).toMatchObject(MALFORMED);
    expect(refusal(packet('e0', '00 05'))).toMatchObject(MALFORMED);
  });

  it('its properties are read and written', () => {
    const whole = packet('e0', `9c { 11 0000003c 1f 'why' 26 'k' 'v' 1c 'other' }`);
    const properties = {
      sessionExpiryInterval: 60,
      reasonString: 'why',
      userProperties: [['k', 'v']] as const,
      serverReference: 'other',
    };
    expect(readAs('disconnect', whole)).toEqual({ type: 'disconnect', reasonCode: 0x9c, properties });
    const written = writePacket({ type: 'disconnect', reasonCode: 0x9c, properties }, V5);
    expect(readAs('disconnect', written).properties).toEqual(properties);
    expect(written.length).toBe(whole.length);
  });

  it('[MQTT-2.2.2-2@3.1.1] [MQTT-3.14.1-1@3.1.1] before 5.0 it is two bytes and nothing else', () => {
    for (const format of [V4, V3]) {
      expect(readAs('disconnect', bytes('e0 00'), format)).toEqual({
        type: 'disconnect',
        reasonCode: 0,
        properties: {},
      });
      expect(hex(writePacket({ type: 'disconnect' }, format))).toBe('e000');
      expect(refusal(bytes('e0 01 00'), format)).toMatchObject(MALFORMED);
      expect(refusal(bytes('e1 00'), format)).toMatchObject(MALFORMED);
      expect(usageError({ type: 'disconnect', reasonCode: 4 }, format)).toBe('INVALID_ARGUMENT');
    }
  });
});

describe('AUTH', () => {
  it('[MQTT-3.15.2-1] the codes of its table are read and written, all others are refused and not written', () => {
    const properties = { authenticationMethod: 'm' };
    for (let reasonCode = 0; reasonCode < 256; reasonCode++) {
      const whole = packet('f0', `${byte(reasonCode)} { 15 'm' }`);
      if (AUTH_CODES.includes(reasonCode)) {
        expect(readAs('auth', whole)).toEqual({ type: 'auth', reasonCode, properties });
        expect(hex(writePacket({ type: 'auth', reasonCode, properties }, V5))).toBe(hex(whole));
      } else {
        expect(refusal(whole), byte(reasonCode)).toEqual({ ...PROTOCOL_ERROR, statement: 'MQTT-3.15.2-1' });
        expect(usageError({ type: 'auth', reasonCode, properties }), byte(reasonCode)).toBe('INVALID_ARGUMENT');
      }
    }
  });

  it('[MQTT-3.15.2-1] pitfall: AUTH of Remaining Length 0 is Success, of 1 a code without properties', () => {
    expect(readAs('auth', bytes('f0 00'))).toEqual({ type: 'auth', reasonCode: 0, properties: {} });
    expect(readAs('auth', bytes('f0 01 00'))).toEqual({ type: 'auth', reasonCode: 0, properties: {} });
    expect(readAs('auth', bytes('f0 01 19')).reasonCode).toBe(0x19);
    expect(hex(writePacket({ type: 'auth' }, V5))).toBe('f000');
  });

  it('its properties are read and written', () => {
    const whole = packet('f0', `18 { 15 'SCRAM' 16 0003 00ff10 1f 'why' 26 'k' 'v' }`);
    const properties = {
      authenticationMethod: 'SCRAM',
      authenticationData: Uint8Array.of(0, 255, 16),
      reasonString: 'why',
      userProperties: [['k', 'v']] as const,
    };
    expect(readAs('auth', whole).properties).toEqual(properties);
    expect(readAs('auth', writePacket({ type: 'auth', reasonCode: 0x18, properties }, V5)).properties).toEqual(
      properties,
    );
  });

  it('pitfall: Authentication Data without Authentication Method is a Protocol Error and not written', () => {
    expect(refusal(packet('f0', '18 { 16 0001 ff }'))).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'auth', reasonCode: 0x18, properties: { authenticationData: 'x' } })).toBe(
      'INVALID_PROPERTY',
    );
  });

  it('is not written before 5.0', () => {
    for (const format of [V4, V3]) expect(usageError({ type: 'auth', reasonCode: 0x18 }, format)).toBe('NOT_ALLOWED');
  });
});

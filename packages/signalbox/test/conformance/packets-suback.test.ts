// §3.9 and §3.11 of MQTT 5.0 and 3.1.1: the format of SUBACK and UNSUBACK.

import { describe, expect, it } from 'vitest';
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

const byte = (value: number) => value.toString(16).padStart(2, '0');
const CODES = {
  suback: {
    first: '90',
    codes: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
    statement: 'MQTT-3.9.3-2',
    ids: '[MQTT-3.9.3-2]',
  },
  unsuback: {
    first: 'b0',
    codes: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
    statement: 'MQTT-3.11.3-2',
    ids: '[MQTT-3.11.3-2]',
  },
} as const;

for (const type of ['suback', 'unsuback'] as const) {
  const { first, codes, statement, ids } = CODES[type];
  describe(type, () => {
    it(`${ids} the codes of its table are read and written, all others are refused and not written`, () => {
      for (let code = 0; code < 256; code++) {
        const whole = packet(first, `0007 {} 00 ${byte(code)}`);
        if ((codes as readonly number[]).includes(code)) {
          expect(readAs(type, whole)).toEqual({ type, packetIdentifier: 7, reasonCodes: [0, code], properties: {} });
          expect(hex(writePacket({ type, packetIdentifier: 7, reasonCodes: [0, code] }, V5))).toBe(hex(whole));
        } else {
          expect(refusal(whole), byte(code)).toEqual({ ...PROTOCOL_ERROR, statement });
          expect(usageError({ type, packetIdentifier: 7, reasonCodes: [0, code] }), byte(code)).toBe(
            'INVALID_ARGUMENT',
          );
        }
      }
    });

    it('without any reason code it is refused and not written', () => {
      expect(refusal(packet(first, '0007 {}'))).toMatchObject(PROTOCOL_ERROR);
      expect(usageError({ type, packetIdentifier: 7, reasonCodes: [] })).toBe('INVALID_ARGUMENT');
    });

    it('Reason String and User Properties are read and written; the Property Length may not be left out', () => {
      const whole = packet(first, `0007 { 1f 'why' 26 'b' '1' 26 'a' '2' } 00`);
      const properties = {
        reasonString: 'why',
        userProperties: [
          ['b', '1'],
          ['a', '2'],
        ] as const,
      };
      expect(readAs(type, whole).properties).toEqual(properties);
      expect(hex(writePacket({ type, packetIdentifier: 7, reasonCodes: [0], properties }, V5))).toBe(hex(whole));
      expect(refusal(packet(first, '0007'))).toMatchObject(MALFORMED);
    });

    it('the order of the codes is kept', () => {
      const reasonCodes = [0x80, 0x00, 0x87, 0x00, 0x83];
      expect(readAs(type, packet(first, '0007 {} 80 00 87 00 83')).reasonCodes).toEqual(reasonCodes);
      expect(hex(writePacket({ type, packetIdentifier: 7, reasonCodes }, V5))).toBe(
        hex(packet(first, '0007 {} 80 00 87 00 83')),
      );
    });
  });
}

describe('before 5.0', () => {
  it('[MQTT-3.9.3-2@3.1.1] SUBACK carries 0x00, 0x01, 0x02 and 0x80, all others are refused and not written', () => {
    for (let code = 0; code < 256; code++) {
      const whole = packet('90', `0007 ${byte(code)}`);
      if (code <= 2 || code === 0x80) {
        expect(readAs('suback', whole, V4)).toEqual({
          type: 'suback',
          packetIdentifier: 7,
          reasonCodes: [code],
          properties: {},
        });
        expect(hex(writePacket({ type: 'suback', packetIdentifier: 7, reasonCodes: [code] }, V4))).toBe(hex(whole));
      } else {
        expect(refusal(whole, V4), byte(code)).toMatchObject(PROTOCOL_ERROR);
        expect(usageError({ type: 'suback', packetIdentifier: 7, reasonCodes: [code] }, V4), byte(code)).toBe(
          'INVALID_ARGUMENT',
        );
      }
    }
  });

  it('UNSUBACK has an identifier and nothing else', () => {
    for (const format of [V4, V3]) {
      expect(readAs('unsuback', packet('b0', '0007'), format)).toEqual({
        type: 'unsuback',
        packetIdentifier: 7,
        reasonCodes: [],
        properties: {},
      });
      expect(hex(writePacket({ type: 'unsuback', packetIdentifier: 7 }, format))).toBe(hex(packet('b0', '0007')));
      expect(refusal(packet('b0', '0007 00'), format)).toMatchObject(MALFORMED);
    }
  });

  it('SUBACK has at least one code', () => {
    expect(refusal(packet('90', '0007'), V4)).toMatchObject(PROTOCOL_ERROR);
  });
});

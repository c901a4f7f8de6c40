// §3.4 to §3.7 of MQTT 5.0 and 3.1.1: the format of PUBACK, PUBREC, PUBREL and PUBCOMP, which differ in their codes only.

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

const RECEIVER_CODES: readonly number[] = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const SENDER_CODES: readonly number[] = [0x00, 0x92];

const PACKETS = [
  { type: 'puback', first: '40', codes: RECEIVER_CODES, statement: 'MQTT-3.4.2-1', ids: '[MQTT-3.4.2-1]' },
  { type: 'pubrec', first: '50', codes: RECEIVER_CODES, statement: 'MQTT-3.5.2-1', ids: '[MQTT-3.5.2-1]' },
  { type: 'pubrel', first: '62', codes: SENDER_CODES, statement: 'MQTT-3.6.2-1', ids: '[MQTT-3.6.2-1]' },
  { type: 'pubcomp', first: '70', codes: SENDER_CODES, statement: 'MQTT-3.7.2-1', ids: '[MQTT-3.7.2-1]' },
] as const;
const byte = (value: number) => value.toString(16).padStart(2, '0');

for (const { type, first, codes, statement, ids } of PACKETS) {
  describe(type, () => {
    it(`${ids} the codes of its table are read and written, all others are refused and not written`, () => {
      for (let reasonCode = 0; reasonCode < 256; reasonCode++) {
        const whole = packet(first, `0102 ${byte(reasonCode)} {}`);
        if (codes.includes(reasonCode)) {
          expect(readAs(type, whole)).toEqual({ type, packetIdentifier: 0x0102, reasonCode, properties: {} });
          const written = writePacket({ type, packetIdentifier: 0x0102, reasonCode }, V5);
          expect(readAs(type, written).reasonCode).toBe(reasonCode);
        } else {
          expect(refusal(whole), byte(reasonCode)).toEqual({ ...PROTOCOL_ERROR, statement });
          expect(usageError({ type, packetIdentifier: 1, reasonCode }), byte(reasonCode)).toBe('INVALID_ARGUMENT');
        }
      }
    });

    it('reason code and Property Length may be left out: 2, 3 and 4 bytes mean the same', () => {
      const success = { type, packetIdentifier: 0xfffe, reasonCode: 0, properties: {} };
      expect(readAs(type, packet(first, 'fffe'))).toEqual(success);
      expect(readAs(type, packet(first, 'fffe 00'))).toEqual(success);
      expect(readAs(type, packet(first, 'fffe 00 {}'))).toEqual(success);
      expect(readAs(type, packet(first, 'fffe 92'.replace('92', byte(codes.at(-1)!)))).reasonCode).toBe(codes.at(-1));
    });

    it('is written in its shortest form', () => {
      expect(hex(writePacket({ type, packetIdentifier: 7 }, V5))).toBe(hex(packet(first, '0007')));
      expect(hex(writePacket({ type, packetIdentifier: 7, reasonCode: codes[1]! }, V5))).toBe(
        hex(packet(first, `0007 ${byte(codes[1]!)}`)),
      );
    });

    it('Reason String and User Properties are read and written', () => {
      const whole = packet(first, `0007 00 { 1f 'why' 26 'b' '1' 26 'a' '2' }`);
      const properties = {
        reasonString: 'why',
        userProperties: [
          ['b', '1'],
          ['a', '2'],
        ] as const,
      };
      expect(readAs(type, whole).properties).toEqual(properties);
      expect(hex(writePacket({ type, packetIdentifier: 7, properties }, V5))).toBe(hex(whole));
    });

    it('a packet too short for its identifier, or with bytes left over, is malformed', () => {
      for (const rest of ['', '00', '0007 00 {} 00', `0007 00 01`, `0007 00 { 1f 0005 616263 }`]) {
        expect(refusal(packet(first, rest)), rest).toMatchObject(MALFORMED);
      }
    });

    it('in 3.1.1 and 3.1 it has an identifier and nothing else', () => {
      for (const format of [V4, V3]) {
        expect(readAs(type, packet(first, '0007'), format)).toEqual({
          type,
          packetIdentifier: 7,
          reasonCode: 0,
          properties: {},
        });
        expect(hex(writePacket({ type, packetIdentifier: 7 }, format))).toBe(hex(packet(first, '0007')));
        expect(refusal(packet(first, '0007 00'), format)).toMatchObject(MALFORMED);
        expect(refusal(packet(first, '07'), format)).toMatchObject(MALFORMED);
        expect(usageError({ type, packetIdentifier: 7, reasonCode: codes[1]! }, format)).toBe('INVALID_ARGUMENT');
        expect(usageError({ type, packetIdentifier: 7, properties: { reasonString: 'why' } }, format)).toBe(
          'INVALID_PROPERTY',
        );
      }
    });
  });
}

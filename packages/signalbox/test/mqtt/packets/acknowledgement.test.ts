import { describe, expect, it } from 'vitest';
import { readPacket, writePacket } from '../../../src/mqtt/packets/packet.ts';
import { NO_PROPERTIES } from '../../../src/mqtt/properties.ts';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

for (const [type, firstByte, code] of [
  ['puback', '40', 0x10],
  ['pubrec', '50', 0x87],
  ['pubrel', '62', 0x92],
  ['pubcomp', '70', 0x92],
] as const) {
  describe(`writing and reading ${type.toUpperCase()}`, () => {
    it('takes the shortest of three forms', () => {
      const codeInHex = code.toString(16);
      expect(written({ type, packetIdentifier: 0x1234 }, 5)).toBe(`${firstByte}021234`);
      expect(written({ type, packetIdentifier: 1, reasonCode: 0, properties: {} }, 5)).toBe(`${firstByte}020001`);
      expect(written({ type, packetIdentifier: 1, reasonCode: code }, 5)).toBe(`${firstByte}030001${codeInHex}`);
      expect(written({ type, packetIdentifier: 1, properties: { reasonString: 'x' } }, 5)).toBe(
        hex(packet(firstByte, "0001 00 { 1f 'x' }")),
      );
      expect(written({ type, packetIdentifier: 1 }, 4)).toBe(`${firstByte}020001`);
      expect(written({ type, packetIdentifier: 1 }, 3)).toBe(`${firstByte}020001`);
    });

    it('reads every length of 5.0; without properties it is the shared empty object', () => {
      for (const rest of ['0001', '0001 00', '0001 00 00']) {
        const bytes = packet(firstByte, rest);
        const read = readPacket(bytes, 0, bytes.length, formatOf(5));
        expect(read).toEqual({ type, packetIdentifier: 1, reasonCode: 0, properties: {} });
        expect(read).toHaveProperty('properties', NO_PROPERTIES);
      }
    });

    it('has identifiers of 32 bits where the wire format says so', () => {
      const bytes = writePacket({ type, packetIdentifier: 0xfedc_ba98 }, formatOf(5, 4));
      expect(hex(bytes)).toBe(`${firstByte}04fedcba98`);
      expect(readPacket(bytes, 0, bytes.length, formatOf(5, 4))).toMatchObject({ packetIdentifier: 0xfedc_ba98 });
      expect(refused({ type, packetIdentifier: 0x1_0000_0000 }, 5, 4)).toBe('INVALID_ARGUMENT');
    });

    it('[MQTT-2.2.1-3] refuses identifiers that are none', () => {
      for (const packetIdentifier of [undefined, 0, -1, 1.5, 65_536, '1', Number.NaN]) {
        expect(refused({ type, packetIdentifier })).toBe('INVALID_ARGUMENT');
      }
    });

    it('refuses a reason code of another packet, and any but 0 before 5.0', () => {
      expect(refused({ type, packetIdentifier: 1, reasonCode: 0x8e })).toBe('INVALID_ARGUMENT');
      expect(refused({ type, packetIdentifier: 1, reasonCode: code }, 4)).toBe('INVALID_ARGUMENT');
      expect(refused({ type, packetIdentifier: 1, properties: { reasonString: 'x' } }, 4)).toBe('INVALID_PROPERTY');
    });
  });
}

describe('DUP in 3.1', () => {
  it('is set on a PUBREL, SUBSCRIBE or UNSUBSCRIBE sent again, and read', () => {
    for (const [firstByte, rest, type] of [
      ['6a', '0001', 'pubrel'],
      ['8a', "0001 'a' 00", 'subscribe'],
      ['aa', "0001 'a'", 'unsubscribe'],
    ] as const) {
      const bytes = packet(firstByte, rest);
      expect(readPacket(bytes, 0, bytes.length, formatOf(3))).toMatchObject({ type, packetIdentifier: 1 });
      expect(() => readPacket(bytes, 0, bytes.length, formatOf(4))).toThrow('reserved flag');
    }
  });
});

// §2.1 and §2.2 of MQTT 5.0 and 2.2, 2.3 of 3.1.1: the first byte, Remaining Length and Packet Identifiers of every packet.

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
  V3,
  V4,
  V5,
  writePacket,
} from '../support/packet-verdicts.ts';

const CANNOT_BE_READ = expect.stringMatching(/^(MALFORMED_PACKET|PROTOCOL_ERROR)$/);

interface Sample {
  readonly firstByte: string;
  readonly rest5: string;
  readonly rest4: string | undefined;
  /** The statement that fixes the flags of this packet, where the standard has one of its own. */
  readonly own?: string;
  /** The same as the beginning of a test name, for 5.0 and 3.1.1. */
  readonly ids5?: string;
  readonly ids4?: string;
  /** From this size on the 5.0 packet is complete: the rest may be left out. */
  readonly completeFrom?: number;
}

/** One valid packet of each type but PUBLISH, whose flags mean something. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  connect: { firstByte: '10', rest5: `'MQTT' 05 02 003c {} 'c'`, rest4: `'MQTT' 04 02 003c 'c'` },
  connack: { firstByte: '20', rest5: '00 00 {}', rest4: '00 00' },
  puback: { firstByte: '40', rest5: '0001 00 {}', rest4: '0001', completeFrom: 4 },
  pubrec: { firstByte: '50', rest5: '0001 00 {}', rest4: '0001', completeFrom: 4 },
  pubrel: {
    firstByte: '62',
    rest5: '0001 00 {}',
    rest4: '0001',
    own: 'MQTT-3.6.1-1',
    ids5: '[MQTT-3.6.1-1] ',
    ids4: '[MQTT-3.6.1-1@3.1.1] ',
    completeFrom: 4,
  },
  pubcomp: { firstByte: '70', rest5: '0001 00 {}', rest4: '0001', completeFrom: 4 },
  subscribe: {
    firstByte: '82',
    rest5: `0001 {} 'a' 00`,
    rest4: `0001 'a' 00`,
    own: 'MQTT-3.8.1-1',
    ids5: '[MQTT-3.8.1-1] ',
    ids4: '[MQTT-3.8.1-1@3.1.1] ',
  },
  suback: { firstByte: '90', rest5: '0001 {} 00', rest4: '0001 00' },
  unsubscribe: {
    firstByte: 'a2',
    rest5: `0001 {} 'a'`,
    rest4: `0001 'a'`,
    own: 'MQTT-3.10.1-1',
    ids5: '[MQTT-3.10.1-1] ',
    ids4: '[MQTT-3.10.1-1@3.1.1] ',
  },
  unsuback: { firstByte: 'b0', rest5: '0001 {} 00', rest4: '0001' },
  pingreq: { firstByte: 'c0', rest5: '', rest4: '' },
  pingresp: { firstByte: 'd0', rest5: '', rest4: '' },
  disconnect: {
    firstByte: 'e0',
    rest5: '00 {}',
    rest4: '',
    own: 'MQTT-3.14.1-1',
    ids5: '[MQTT-3.14.1-1] ',
    ids4: '[MQTT-3.14.1-1@3.1.1] ',
    completeFrom: 2,
  },
  auth: {
    firstByte: 'f0',
    rest5: `18 { 15 'm' }`,
    rest4: undefined,
    own: 'MQTT-3.15.1-1',
    ids5: '[MQTT-3.15.1-1] ',
    completeFrom: 2,
  },
};

describe('reserved flags of the fixed header', () => {
  for (const [type, { firstByte, rest5, rest4, own, ids5 = '', ids4 = '' }] of Object.entries(SAMPLES)) {
    const listed = Number.parseInt(firstByte, 16) & 0x0f;
    const others = Array.from({ length: 16 }, (_, flags) => flags).filter((flags) => flags !== listed);
    const withFlags = (flags: number) => firstByte[0] + flags.toString(16);

    it(`[MQTT-2.1.3-1] ${ids5}pitfall: ${type} is read with its listed flags only`, () => {
      expect(read(packet(firstByte, rest5)).type).toBe(type);
      for (const flags of others) {
        expect(refusal(packet(withFlags(flags), rest5)), `flags ${flags}`).toEqual({
          ...MALFORMED,
          statement: own ?? 'MQTT-2.1.3-1',
        });
      }
    });

    if (rest4 === undefined) continue;
    it(`[MQTT-2.2.2-1@3.1.1] [MQTT-2.2.2-2@3.1.1] ${ids4}pitfall: ${type} is read with its listed flags only, in 3.1.1`, () => {
      expect(read(packet(firstByte, rest4), V4).type).toBe(type);
      for (const flags of others) {
        expect(refusal(packet(withFlags(flags), rest4), V4), `flags ${flags}`).toMatchObject(MALFORMED);
      }
    });

    it(`[MQTT-2.1.3-1] [MQTT-2.2.2-1@3.1.1] ${type} is written with its listed flags`, () => {
      const written5 = writePacket(read(packet(firstByte, rest5)) as PacketInput, V5);
      const written4 = writePacket(read(packet(firstByte, rest4), V4) as PacketInput, V4);
      expect(hex(written5.subarray(0, 1))).toBe(firstByte);
      expect(hex(written4.subarray(0, 1))).toBe(firstByte);
    });
  }

  it('[MQTT-2.1.3-1] AUTH is written with flags 0000', () => {
    const written = writePacket({ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm' } }, V5);
    expect(hex(written)).toBe(hex(packet('f0', `18 { 15 'm' }`)));
  });

  it('packet type 0 is malformed; type 15 is malformed before 5.0', () => {
    expect(refusal(bytes('00 00'))).toMatchObject(MALFORMED);
    expect(refusal(bytes('00 00'), V4)).toMatchObject(MALFORMED);
    expect(refusal(bytes('f0 00'), V4)).toMatchObject(MALFORMED);
    expect(refusal(bytes('f0 00'), V3)).toMatchObject(MALFORMED);
  });
});

describe('the end of a packet', () => {
  it('pitfall: bytes after the end of the packet are malformed, in every packet with an end of its own', () => {
    for (const [type, { firstByte, rest5 }] of Object.entries(SAMPLES)) {
      if (type === 'suback' || type === 'unsuback') continue; // one more byte is one more reason code
      expect(refusal(packet(firstByte, `${rest5} 00`)), type).toMatchObject(MALFORMED);
    }
  });

  it('pitfall: bytes after the end of the packet are malformed, in 3.1.1', () => {
    for (const [type, { firstByte, rest4 }] of Object.entries(SAMPLES)) {
      if (type === 'suback' || rest4 === undefined) continue;
      expect(refusal(packet(firstByte, `${rest4} 00`), V4), type).toMatchObject(MALFORMED);
    }
  });

  it('a packet cut at any byte is refused and never read past its end', () => {
    for (const [type, { firstByte, rest5, completeFrom = 1000 }] of Object.entries(SAMPLES)) {
      const whole = packet(firstByte, rest5);
      for (let length = 2; length < whole.length; length++) {
        const cut = Uint8Array.from([whole[0]!, length - 2, ...whole.subarray(2, length)]);
        if (length < completeFrom)
          expect(refusal(cut), `${type} of ${length} bytes`).toMatchObject({ code: CANNOT_BE_READ });
      }
    }
  });
});

describe('Packet Identifiers', () => {
  const WITH_IDENTIFIER: readonly (readonly [type: string, first: string, rest5: string, rest4: string])[] = [
    ['publish QoS 1', '32', `'t' ID {}`, `'t' ID`],
    ['publish QoS 2', '34', `'t' ID {}`, `'t' ID`],
    ['puback', '40', 'ID', 'ID'],
    ['pubrec', '50', 'ID', 'ID'],
    ['pubrel', '62', 'ID', 'ID'],
    ['pubcomp', '70', 'ID', 'ID'],
    ['subscribe', '82', `ID {} 'a' 00`, `ID 'a' 00`],
    ['suback', '90', 'ID {} 00', 'ID 00'],
    ['unsubscribe', 'a2', `ID {} 'a'`, `ID 'a'`],
    ['unsuback', 'b0', 'ID {} 00', 'ID'],
  ];

  for (const [type, first, rest5, rest4] of WITH_IDENTIFIER) {
    it(`[MQTT-2.3.1-1@3.1.1] pitfall: ${type} with Packet Identifier 0 is refused, 1 and 65535 are read`, () => {
      expect(refusal(packet(first, rest5.replace('ID', '0000')))).toEqual({
        ...PROTOCOL_ERROR,
        statement: 'MQTT-2.2.1-3',
      });
      expect(refusal(packet(first, rest4.replace('ID', '0000')), V4)).toMatchObject(PROTOCOL_ERROR);
      expect(read(packet(first, rest5.replace('ID', '0001')))).toMatchObject({ packetIdentifier: 1 });
      expect(read(packet(first, rest5.replace('ID', 'ffff')))).toMatchObject({ packetIdentifier: 65_535 });
      expect(read(packet(first, rest4.replace('ID', '8001')), V4)).toMatchObject({ packetIdentifier: 0x8001 });
    });
  }

  it('[MQTT-2.3.1-1@3.1.1] pitfall: 0, 65536 and fractions are not written as Packet Identifier', () => {
    for (const packetIdentifier of [0, 65_536, -1, 1.5, Number.NaN]) {
      for (const format of [V5, V4]) {
        expect(usageError({ type: 'publish', topicName: 't', qos: 1, packetIdentifier }, format)).toBe(
          'INVALID_ARGUMENT',
        );
        expect(usageError({ type: 'puback', packetIdentifier }, format)).toBe('INVALID_ARGUMENT');
        expect(usageError({ type: 'subscribe', packetIdentifier, subscriptions: [{ topicFilter: 'a' }] }, format)).toBe(
          'INVALID_ARGUMENT',
        );
        expect(usageError({ type: 'unsubscribe', packetIdentifier, topicFilters: ['a'] }, format)).toBe(
          'INVALID_ARGUMENT',
        );
      }
    }
  });

  it('[MQTT-2.2.1-2] [MQTT-2.3.1-5@3.1.1] PUBLISH at QoS 0 has no Packet Identifier: the bytes after the topic are not one', () => {
    // 000a is the Property Length 00 and a payload of 0a in 5.0, a payload of two bytes in 3.1.1
    const five = readAs('publish', packet('30', `'t' 00 0a`));
    expect([five.packetIdentifier, hex(five.payload)]).toEqual([0, '0a']);
    const four = readAs('publish', packet('30', `'t' 000a`), V4);
    expect([four.packetIdentifier, hex(four.payload)]).toEqual([0, '000a']);
  });

  it('[MQTT-2.2.1-2] [MQTT-2.3.1-5@3.1.1] PUBLISH at QoS 0 is written without Packet Identifier, and refuses to be given one', () => {
    expect(hex(writePacket({ type: 'publish', topicName: 't' }, V5))).toBe(hex(packet('30', `'t' {}`)));
    expect(hex(writePacket({ type: 'publish', topicName: 't', packetIdentifier: 0 }, V4))).toBe(
      hex(packet('30', `'t'`)),
    );
    expect(usageError({ type: 'publish', topicName: 't', packetIdentifier: 7 }, V5)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'publish', topicName: 't', packetIdentifier: 7 }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('Packet Identifiers of 32 bits are read and written when the wire format says so', () => {
    const wide = { protocolVersion: 5, packetIdentifierSize: 4 } as const;
    const whole = packet('40', 'fffffffe');
    expect(readAs('puback', whole, wide).packetIdentifier).toBe(0xfffffffe);
    expect(hex(writePacket({ type: 'puback', packetIdentifier: 0xfffffffe }, wide))).toBe(hex(whole));
    expect(refusal(packet('40', '00000000'), wide)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'puback', packetIdentifier: 0x1_0000_0000 }, wide)).toBe('INVALID_ARGUMENT');
  });
});

import { describe, expect, it } from 'vitest';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { refused, written } from '../../support/written.ts';

describe('writing SUBACK', () => {
  it('[MQTT-3.9.3-1] [MQTT-3.9.3-1@3.1.1] writes the codes in their order', () => {
    expect(written({ type: 'suback', packetIdentifier: 3, reasonCodes: [2, 0x87, 0] }, 5)).toBe('9006000300028700');
    expect(written({ type: 'suback', packetIdentifier: 3, reasonCodes: [2, 0x80, 0] }, 4)).toBe('90050003028000');
    expect(written({ type: 'suback', packetIdentifier: 3, reasonCodes: [1] }, 3)).toBe('9003000301');
  });

  it('[MQTT-3.9.3-2] [MQTT-3.9.3-2@3.1.1] refuses codes this version does not have', () => {
    for (const [version, code] of [
      [5, 3],
      [5, 0x11],
      [4, 0x87],
      [4, 3],
      [3, 0x80],
      [5, undefined],
    ] as const) {
      expect(refused({ type: 'suback', packetIdentifier: 3, reasonCodes: [0, code] }, version)).toBe(
        'INVALID_ARGUMENT',
      );
    }
  });

  it('refuses a list that is empty or none', () => {
    expect(refused({ type: 'suback', packetIdentifier: 3, reasonCodes: [] })).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'suback', packetIdentifier: 3 })).toBe('INVALID_ARGUMENT');
  });
});

describe('writing UNSUBACK', () => {
  it('[MQTT-3.11.3-1] has codes in 5.0, in their order, and none before', () => {
    expect(written({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [0x11, 0] }, 5)).toBe('b0050003001100');
    expect(written({ type: 'unsuback', packetIdentifier: 3 }, 4)).toBe('b0020003');
    expect(written({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [] }, 3)).toBe('b0020003');
    expect(refused({ type: 'unsuback', packetIdentifier: 3 }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [0] }, 4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.11.3-2] refuses codes of SUBACK', () => {
    const properties = { reasonString: 'why' };
    expect(refused({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [1] }, 5)).toBe('INVALID_ARGUMENT');
    expect(written({ type: 'unsuback', packetIdentifier: 3, reasonCodes: [0], properties }, 5)).toBe(
      hex(packet('b0', "0003 { 1f 'why' } 00")),
    );
  });
});

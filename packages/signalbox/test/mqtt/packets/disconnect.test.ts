import { describe, expect, it } from 'vitest';
import { readPacket } from '../../../src/mqtt/packets/packet.ts';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

describe('DISCONNECT', () => {
  it('takes the shortest of three forms', () => {
    expect(written({ type: 'disconnect' }, 4)).toBe('e000');
    expect(written({ type: 'disconnect' }, 5)).toBe('e000');
    expect(written({ type: 'disconnect', reasonCode: 0, properties: {} }, 5)).toBe('e000');
    expect(written({ type: 'disconnect', reasonCode: 4 }, 5)).toBe('e00104');
    expect(written({ type: 'disconnect', properties: { sessionExpiryInterval: 5 } }, 5)).toBe(
      hex(packet('e0', '00 { 11 00000005 }')),
    );
  });

  it('is read in all of them', () => {
    for (const rest of ['', '00', '00 00']) {
      const bytes = packet('e0', rest);
      expect(readPacket(bytes, 0, bytes.length, formatOf(5))).toEqual({
        type: 'disconnect',
        reasonCode: 0,
        properties: {},
      });
    }
  });

  it('[MQTT-3.14.2-1] refuses the code of another packet, and any but 0 before 5.0', () => {
    expect(refused({ type: 'disconnect', reasonCode: 0x86 }, 5)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'disconnect', reasonCode: 4 }, 4)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'disconnect', properties: { receiveMaximum: 5 } }, 5)).toBe('INVALID_PROPERTY');
  });
});

describe('AUTH', () => {
  it('has a method unless it is a bare success', () => {
    const properties = { authenticationMethod: 'm', authenticationData: 'data' };
    expect(written({ type: 'auth' })).toBe('f000');
    expect(written({ type: 'auth', properties })).toBe(hex(packet('f0', "00 { 15 'm' 16 'data' }")));
    expect(written({ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm' } })).toBe(
      hex(packet('f0', "18 { 15 'm' }")),
    );
    expect(refused({ type: 'auth', reasonCode: 0x18 })).toBe('INVALID_PROPERTY');
    expect(refused({ type: 'auth', properties: { reasonString: 'x' } })).toBe('INVALID_PROPERTY');
    expect(refused({ type: 'auth', properties: { authenticationData: 'x' } })).toBe('INVALID_PROPERTY');
  });

  it('is read with nothing, or with a reason code only', () => {
    for (const [rest, reasonCode] of [
      ['', 0],
      ['00', 0],
      ['19', 0x19],
      ['00 00', 0],
    ] as const) {
      const bytes = packet('f0', rest);
      expect(readPacket(bytes, 0, bytes.length, formatOf(5))).toEqual({ type: 'auth', reasonCode, properties: {} });
    }
  });

  it('[MQTT-3.15.2-1] refuses codes of other packets; there is none before 5.0', () => {
    expect(refused({ type: 'auth', reasonCode: 0x87 })).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'auth' }, 4)).toBe('NOT_ALLOWED');
    expect(refused({ type: 'auth' }, 3)).toBe('NOT_ALLOWED');
  });
});

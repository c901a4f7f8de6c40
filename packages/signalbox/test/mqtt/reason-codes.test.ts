import { describe, expect, it } from 'vitest';
import { isReasonCodeAllowed, REASON_CODES, type ReasonedPacketType } from '../../src/mqtt/reason-code-table.ts';
import { ConnectReturnCode, connectReturnCodeName, ReasonCode, reasonCodeName } from '../../src/mqtt/reason-codes.ts';

const TYPES = Object.keys(REASON_CODES) as ReasonedPacketType[];

describe('reason codes', () => {
  it('have names, which depend on the packet where a value has several', () => {
    expect(reasonCodeName(0)).toBe('Success');
    expect(reasonCodeName(0, 'connack')).toBe('Success');
    expect(reasonCodeName(0, 'disconnect')).toBe('NormalDisconnection');
    expect(reasonCodeName(0, 'suback')).toBe('GrantedQoS0');
    expect(reasonCodeName(2, 'suback')).toBe('GrantedQoS2');
    expect(reasonCodeName(0x95, 'disconnect')).toBe('PacketTooLarge');
    expect(reasonCodeName(0x7b)).toBe('0x7b');
    expect(reasonCodeName(3, 'suback')).toBe('0x03');
    for (const [name, code] of Object.entries(ReasonCode)) {
      if (code !== 0) expect(reasonCodeName(code)).toBe(name);
    }
  });

  it('return codes of CONNACK have names', () => {
    for (const [name, code] of Object.entries(ConnectReturnCode)) expect(connectReturnCodeName(code)).toBe(name);
    expect(connectReturnCodeName(6)).toBe('0x06');
  });

  it('every code belongs to a packet, and every packet with codes has a success', () => {
    for (const code of Object.values(ReasonCode)) {
      expect(TYPES.some((type) => REASON_CODES[type].includes(code))).toBe(true);
    }
    for (const type of TYPES) expect(REASON_CODES[type]).toContain(0);
  });

  it('are allowed in 5.0 as listed, and nothing else is', () => {
    for (const type of TYPES) {
      for (let code = -1; code <= 256; code++) {
        expect(isReasonCodeAllowed(code, type, 5)).toBe((REASON_CODES[type] as readonly number[]).includes(code));
      }
    }
  });

  it('before 5.0 only CONNACK and SUBACK have codes', () => {
    for (const type of TYPES) {
      for (let code = 0; code < 256; code++) {
        const in311 = type === 'connack' ? code < 6 : type === 'suback' ? code < 3 || code === 0x80 : code === 0;
        expect(isReasonCodeAllowed(code, type, 4)).toBe(in311);
        expect(isReasonCodeAllowed(code, type, 3)).toBe(in311 && code < 0x80);
      }
    }
  });
});

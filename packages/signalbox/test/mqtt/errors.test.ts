import { describe, expect, it } from 'vitest';
import {
  malformed,
  PACKET_ERRORS,
  PacketError,
  protocolError,
  USAGE_ERRORS,
  UsageError,
} from '../../src/mqtt/errors.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';

describe('PacketError', () => {
  it('carries the reason code of its code and the violated statement', () => {
    const error = new PacketError('TOPIC_ALIAS_INVALID', 'the Topic Alias is 0', 'MQTT-3.3.2-8');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'PacketError',
      code: 'TOPIC_ALIAS_INVALID',
      reasonCode: 0x94,
      statement: 'MQTT-3.3.2-8',
    });
    expect(error.message).toBe('the Topic Alias is 0');
    expect(new PacketError('PACKET_TOO_LARGE', 'too large').statement).toBeUndefined();
  });

  it('has a short form for the two that are most common', () => {
    expect(malformed('x', 'MQTT-1.5.4-1')).toMatchObject({
      code: 'MALFORMED_PACKET',
      reasonCode: 0x81,
      statement: 'MQTT-1.5.4-1',
    });
    expect(protocolError('x')).toMatchObject({ code: 'PROTOCOL_ERROR', reasonCode: 0x82, statement: undefined });
  });

  it('names each code as the standard names its reason code', () => {
    const named = new Map(Object.entries(ReasonCode).map(([name, value]) => [name.toUpperCase(), value]));
    for (const [code, reasonCode] of Object.entries(PACKET_ERRORS)) {
      expect([code, named.get(code.replaceAll('_', ''))]).toEqual([code, reasonCode]);
    }
  });
});

describe('UsageError', () => {
  it('carries a stable code', () => {
    const error = new UsageError('INVALID_TOPIC_NAME', 'it is empty');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'UsageError', code: 'INVALID_TOPIC_NAME', message: 'it is empty' });
    expect(new Set(USAGE_ERRORS).size).toBe(USAGE_ERRORS.length);
  });
});

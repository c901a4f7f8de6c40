// Where MQTT 3.1 (MQIsdp) differs from 3.1.1 on the wire. It has no numbered statements; old clients still speak it.

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
  writePacket,
} from '../support/packet-verdicts.ts';

const connect = (flags: string, payload: string) => packet('10', `'MQIsdp' 03 ${flags} 003c ${payload}`);

describe('CONNECT of 3.1', () => {
  it('has the protocol name MQIsdp and is otherwise like 3.1.1', () => {
    const whole = packet('10', `'MQIsdp' 03 ee 001e 'zen' 'w' 'bye' 'u' 'p'`);
    expect(readAs('connect', whole, V3)).toMatchObject({
      protocolVersion: 3,
      clientId: 'zen',
      keepAlive: 30,
      username: 'u',
    });
    expect(readAs('connect', whole, V3).will).toMatchObject({ topicName: 'w', qos: 1, retain: true });
    expect(hex(writePacket(readAs('connect', whole, V3), V3))).toBe(hex(whole));
  });

  it('an empty client id is refused as an identifier and not written, also with Clean Session', () => {
    for (const flags of ['00', '02']) {
      expect(refusal(connect(flags, '0000'), V3), flags).toMatchObject({ code: 'CLIENT_IDENTIFIER_NOT_VALID' });
    }
    expect(usageError({ type: 'connect', clientId: '' }, V3)).toBe('INVALID_ARGUMENT');
  });

  it('may end before a user name or password that its flags announce', () => {
    expect(readAs('connect', connect('c2', `'c'`), V3)).toMatchObject({ username: undefined, password: undefined });
    expect(readAs('connect', connect('c2', `'c' 'u'`), V3)).toMatchObject({ username: 'u', password: undefined });
    expect(refusal(connect('c2', `'c' 'u' 00`), V3)).toMatchObject(MALFORMED);
  });

  it('disregards Will QoS and Will Retain without Will Flag', () => {
    expect(readAs('connect', connect('3a', `'c'`), V3).will).toBeUndefined();
  });
});

describe('the other packets of 3.1', () => {
  it('PUBREL, SUBSCRIBE and UNSUBSCRIBE may have the DUP flag, in 3.1 only', () => {
    expect(readAs('pubrel', packet('6a', '0001'), V3).packetIdentifier).toBe(1);
    expect(readAs('subscribe', packet('8a', `0001 'a' 01`), V3).subscriptions).toHaveLength(1);
    expect(readAs('unsubscribe', packet('aa', `0001 'a'`), V3).topicFilters).toEqual(['a']);
    for (const whole of [packet('6a', '0001'), packet('8a', `0001 'a' 01`), packet('aa', `0001 'a'`)]) {
      expect(refusal(whole, V4)).toMatchObject(MALFORMED);
    }
    for (const first of ['60', '61', '63', '6b', '6e'])
      expect(refusal(packet(first, '0001'), V3), first).toMatchObject(MALFORMED);
  });

  it('SUBACK has no failure code', () => {
    expect(readAs('suback', packet('90', '0001 00 01 02'), V3).reasonCodes).toEqual([0, 1, 2]);
    expect(refusal(packet('90', '0001 80'), V3)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'suback', packetIdentifier: 1, reasonCodes: [0x80] }, V3)).toBe('INVALID_ARGUMENT');
  });
});

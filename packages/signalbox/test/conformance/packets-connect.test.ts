// §3.1 of MQTT 5.0: the format of CONNECT. What a server decides about a valid one is the broker's affair.

import { describe, expect, it } from 'vitest';
import { hex, packet } from '../support/annotated-bytes.ts';
import { MALFORMED, PROTOCOL_ERROR, readAs, refusal, usageError, V5, writePacket } from '../support/packet-verdicts.ts';

const UNSUPPORTED = { code: 'UNSUPPORTED_PROTOCOL_VERSION', reasonCode: 0x84 };

/** A CONNECT of 5.0 with these flags (hex), Keep Alive 60, no properties and this payload. */
const connect = (flags: string, payload: string) => packet('10', `'MQTT' 05 ${flags} 003c {} ${payload}`);
const EVERYTHING = `'id' { 18 0000001e } 'will/topic' 0002 beef 'user' 0003 000102`;

describe('protocol name and version', () => {
  it('[MQTT-3.1.2-1] the protocol name is MQTT, in capitals, and nothing else', () => {
    expect(readAs('connect', connect('02', `'c'`)).protocolVersion).toBe(5);
    for (const name of [`'mqtt'`, `'MQTTX'`, `'MQT'`, `'HTTP'`, '0000']) {
      const verdict = refusal(packet('10', `${name} 05 02 003c {} 'c'`));
      expect(verdict, name).toEqual({ ...UNSUPPORTED, statement: 'MQTT-3.1.2-1' });
    }
  });

  it('[MQTT-3.1.2-1] pitfall: MQIsdp goes with version 3 only, MQTT with 4 and 5 only', () => {
    expect(refusal(packet('10', `'MQIsdp' 04 02 003c 'c'`))).toMatchObject(UNSUPPORTED);
    expect(refusal(packet('10', `'MQIsdp' 05 02 003c {} 'c'`))).toMatchObject(UNSUPPORTED);
    expect(refusal(packet('10', `'MQTT' 03 02 003c 'c'`))).toMatchObject(UNSUPPORTED);
    expect(readAs('connect', packet('10', `'MQIsdp' 03 02 003c 'c'`)).protocolVersion).toBe(3);
    expect(readAs('connect', packet('10', `'MQTT' 04 02 003c 'c'`)).protocolVersion).toBe(4);
  });

  it('a version other than 3, 4 and 5 is refused as unsupported, whatever follows', () => {
    for (const version of ['00', '02', '06', '07', 'ff', '85']) {
      expect(refusal(packet('10', `'MQTT' ${version} 02 003c {} 'c'`)), version).toEqual({
        ...UNSUPPORTED,
        statement: 'MQTT-3.1.2-2',
      });
      expect(refusal(packet('10', `'MQTT' ${version}`)), version).toMatchObject(UNSUPPORTED);
    }
  });
});

describe('Connect Flags', () => {
  it('[MQTT-3.1.2-3] the reserved flag set is malformed', () => {
    expect(refusal(connect('03', `'c'`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.1.2-3' });
    expect(refusal(connect('01', `'c'`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.1.2-3' });
  });

  it('[MQTT-3.1.2-11] Will QoS without Will Flag is malformed', () => {
    for (const flags of ['08', '0a', '10', '18']) {
      expect(refusal(connect(flags, `'c'`)), flags).toEqual({ ...MALFORMED, statement: 'MQTT-3.1.2-11' });
    }
  });

  it('[MQTT-3.1.2-13] Will Retain without Will Flag is malformed', () => {
    expect(refusal(connect('22', `'c'`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.1.2-13' });
  });

  it('[MQTT-3.1.2-12] Will QoS 0, 1 and 2 are read and written', () => {
    const payload = `'c' {} 'w' 0000`;
    for (const [flags, qos] of [
      ['06', 0],
      ['0e', 1],
      ['16', 2],
    ] as const) {
      expect(readAs('connect', connect(flags, payload)).will).toMatchObject({ qos, retain: false });
      const written = writePacket({ type: 'connect', clientId: 'c', keepAlive: 60, will: { topicName: 'w', qos } }, V5);
      expect(hex(written)).toBe(hex(connect(flags, payload)));
    }
  });

  it('[MQTT-3.1.2-12] pitfall: Will QoS 3 is malformed and not written', () => {
    expect(refusal(connect('1e', `'c' {} 'w' 0000`))).toEqual({ ...MALFORMED, statement: 'MQTT-3.1.2-12' });
    expect(usageError({ type: 'connect', clientId: 'c', will: { topicName: 'w', qos: 3 as 2 } })).toBe(
      'INVALID_ARGUMENT',
    );
  });
});

describe('payload', () => {
  it('[MQTT-3.1.2-9] [MQTT-3.1.2-17] [MQTT-3.1.2-19] [MQTT-3.1.3-1] [MQTT-3.1.3-3] every field is read, in the order of the standard', () => {
    const whole = packet('10', `'MQTT' 05 ee 003c { 11 00000078 } ${EVERYTHING}`);
    expect(readAs('connect', whole)).toEqual({
      type: 'connect',
      protocolVersion: 5,
      bridge: false,
      clientId: 'id',
      cleanStart: true,
      keepAlive: 60,
      username: 'user',
      password: Uint8Array.of(0, 1, 2),
      will: {
        topicName: 'will/topic',
        payload: Uint8Array.of(0xbe, 0xef),
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 30 },
      },
      properties: { sessionExpiryInterval: 120 },
    });
    expect(hex(writePacket(readAs('connect', whole), V5))).toBe(hex(whole));
  });

  it('[MQTT-3.1.2-9] Will Flag without will fields in the payload is malformed', () => {
    for (const payload of [`'c'`, `'c' {}`, `'c' {} 'w'`, `'c' {} 'w' 0002 be`, `'c' 'w' 0000`]) {
      expect(refusal(connect('06', payload)), payload).toMatchObject(MALFORMED);
    }
  });

  it('[MQTT-3.1.2-16] User Name Flag 0: a user name in the payload is malformed', () => {
    expect(readAs('connect', connect('02', `'c'`)).username).toBeUndefined();
    expect(refusal(connect('02', `'c' 'user'`))).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.2-17] User Name Flag 1: a payload without user name is malformed; an empty one is a user name', () => {
    expect(refusal(connect('82', `'c'`))).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('82', `'c' 0000`)).username).toBe('');
  });

  it('[MQTT-3.1.2-18] Password Flag 0: a password in the payload is malformed', () => {
    expect(readAs('connect', connect('82', `'c' 'user'`)).password).toBeUndefined();
    expect(refusal(connect('82', `'c' 'user' 'pass'`))).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.2-19] Password Flag 1: a payload without password is malformed; an empty one is a password', () => {
    expect(refusal(connect('c2', `'c' 'user'`))).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('c2', `'c' 'user' 0000`)).password).toEqual(new Uint8Array(0));
  });

  it('[MQTT-3.1.2-19] pitfall: a password without user name is read and written in 5.0', () => {
    const whole = connect('42', `'c' 0004 00ff00ff`);
    const read = readAs('connect', whole);
    expect(read.username).toBeUndefined();
    expect(read.password).toEqual(Uint8Array.of(0, 0xff, 0, 0xff));
    expect(hex(writePacket(read, V5))).toBe(hex(whole));
  });

  it('[MQTT-3.1.3-3] a payload without client id is malformed; an empty client id is one', () => {
    expect(refusal(connect('02', ''))).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('02', '0000')).clientId).toBe('');
  });

  it('[MQTT-3.1.3-1] the order is fixed: a user name in front of the will is malformed', () => {
    expect(refusal(connect('86', `'c' 'user' {} 'w' 0000`))).toMatchObject(MALFORMED);
  });

  it('a CONNECT with bytes left over, or cut off, is malformed', () => {
    expect(refusal(connect('02', `'c' 00`))).toMatchObject(MALFORMED);
    expect(refusal(connect('ee', `${EVERYTHING} 00`))).toMatchObject(MALFORMED);
    expect(refusal(packet('10', `'MQTT' 05 02 00`))).toMatchObject(MALFORMED);
    expect(refusal(packet('10', `0004 4d51`))).toMatchObject(MALFORMED);
    expect(refusal(packet('10'))).toMatchObject(MALFORMED);
  });
});

describe('strings of the payload', () => {
  const ILL = '0003 61c080';
  const WITH_NULL = '0003 610062';

  it('[MQTT-3.1.3-4] the client id obeys the string rules', () => {
    expect(refusal(connect('02', ILL))).toEqual({
      ...MALFORMED,
      statement: 'MQTT-1.5.4-1',
    });
    expect(refusal(connect('02', WITH_NULL))).toEqual({
      ...MALFORMED,
      statement: 'MQTT-1.5.4-2',
    });
    expect(readAs('connect', connect('02', '0004 f09f9880')).clientId).toBe('😀');
  });

  it('[MQTT-3.1.3-11] [MQTT-4.7.0-1] [MQTT-4.7.3-1] the will topic obeys the string rules and those of Topic Names', () => {
    expect(refusal(connect('06', `'c' {} ${ILL} 0000`))).toMatchObject(MALFORMED);
    expect(refusal(connect('06', `'c' {} ${WITH_NULL} 0000`))).toMatchObject(MALFORMED);
    for (const topic of [`'a/+'`, `'#'`, '0000']) {
      expect(refusal(connect('06', `'c' {} ${topic} 0000`)), topic).toMatchObject({
        code: 'TOPIC_NAME_INVALID',
        reasonCode: 0x90,
      });
    }
    expect(usageError({ type: 'connect', clientId: 'c', will: { topicName: 'a/+' } })).toBe('INVALID_TOPIC_NAME');
    expect(usageError({ type: 'connect', clientId: 'c', will: { topicName: '' } })).toBe('INVALID_TOPIC_NAME');
  });

  it('[MQTT-3.1.3-12] the user name follows the will and obeys the string rules', () => {
    expect(readAs('connect', connect('86', `'c' {} 'w' 0000 'user'`)).username).toBe('user');
    expect(refusal(connect('82', `'c' ${ILL}`))).toMatchObject(MALFORMED);
    expect(refusal(connect('82', `'c' ${WITH_NULL}`))).toMatchObject(MALFORMED);
  });

  it('the password and the will payload are any bytes', () => {
    const read = readAs('connect', connect('c6', `'c' {} 'w' 0003 61c080 'u' 0003 00eda0`));
    expect(read.will?.payload).toEqual(Uint8Array.of(0x61, 0xc0, 0x80));
    expect(read.password).toEqual(Uint8Array.of(0x00, 0xed, 0xa0));
  });
});

describe('properties of CONNECT', () => {
  const withProperties = (list: string) => packet('10', `'MQTT' 05 02 003c { ${list} } 'c'`);

  it('[MQTT-2.2.2-1] without properties a Property Length of 0 is written; leaving it out is malformed', () => {
    expect(hex(writePacket({ type: 'connect', clientId: 'c', keepAlive: 60 }, V5))).toBe(hex(connect('02', `'c'`)));
    expect(refusal(packet('10', `'MQTT' 05 02 003c`))).toMatchObject(MALFORMED);
  });

  it('pitfall: Receive Maximum 0 and Maximum Packet Size 0 are Protocol Errors', () => {
    expect(refusal(withProperties('21 0000'))).toMatchObject(PROTOCOL_ERROR);
    expect(refusal(withProperties('27 00000000'))).toMatchObject(PROTOCOL_ERROR);
    expect(readAs('connect', withProperties('21 ffff 27 ffffffff 22 0000')).properties).toEqual({
      receiveMaximum: 65_535,
      maximumPacketSize: 4_294_967_295,
      topicAliasMaximum: 0,
    });
    expect(usageError({ type: 'connect', clientId: 'c', properties: { receiveMaximum: 0 } })).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'connect', clientId: 'c', properties: { maximumPacketSize: 0 } })).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('pitfall: Authentication Data without Authentication Method is a Protocol Error', () => {
    expect(refusal(withProperties('16 0001 ff'))).toMatchObject(PROTOCOL_ERROR);
    expect(readAs('connect', withProperties(`15 'm' 16 0001 ff`)).properties).toEqual({
      authenticationMethod: 'm',
      authenticationData: Uint8Array.of(0xff),
    });
    expect(usageError({ type: 'connect', clientId: 'c', properties: { authenticationData: 'x' } })).toBe(
      'INVALID_PROPERTY',
    );
  });

  it('pitfall: Request Problem Information and Request Response Information above 1 are Protocol Errors', () => {
    for (const list of ['17 02', '17 ff', '19 02', '19 80'])
      expect(refusal(withProperties(list)), list).toMatchObject(PROTOCOL_ERROR);
    expect(readAs('connect', withProperties('17 00 19 01')).properties).toEqual({
      requestProblemInformation: false,
      requestResponseInformation: true,
    });
  });
});

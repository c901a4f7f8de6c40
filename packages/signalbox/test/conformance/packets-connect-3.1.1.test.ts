// §3.1 of MQTT 3.1.1: the format of CONNECT and CONNACK there.

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

const connect = (flags: string, payload: string) => packet('10', `'MQTT' 04 ${flags} 003c ${payload}`);
const UNSUPPORTED = { code: 'UNSUPPORTED_PROTOCOL_VERSION', reasonCode: 0x84 };

describe('CONNECT of 3.1.1', () => {
  it('[MQTT-3.1.2-1@3.1.1] any other protocol name is refused and not read as MQTT 3.1.1', () => {
    for (const name of [`'MQTt'`, `'MQIsdp'`, '0000']) {
      expect(refusal(packet('10', `${name} 04 02 003c 'c'`), V4), name).toMatchObject(UNSUPPORTED);
    }
  });

  it('[MQTT-3.1.2-9@3.1.1] [MQTT-3.1.2-19@3.1.1] [MQTT-3.1.2-21@3.1.1] [MQTT-3.1.3-1@3.1.1] [MQTT-3.1.3-3@3.1.1] every field is read, in the order of the standard', () => {
    const whole = connect('ee', `'id' 'will/topic' 0002 beef 'user' 0003 000102`);
    expect(readAs('connect', whole, V4)).toEqual({
      type: 'connect',
      protocolVersion: 4,
      bridge: false,
      clientId: 'id',
      cleanStart: true,
      keepAlive: 60,
      username: 'user',
      password: Uint8Array.of(0, 1, 2),
      will: { topicName: 'will/topic', payload: Uint8Array.of(0xbe, 0xef), qos: 1, retain: true, properties: {} },
      properties: {},
    });
    expect(hex(writePacket(readAs('connect', whole, V4), V4))).toBe(hex(whole));
  });

  it('[MQTT-3.1.2-3@3.1.1] the reserved flag set is malformed', () => {
    expect(refusal(connect('03', `'c'`), V4)).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.2-11@3.1.1] [MQTT-3.1.2-13@3.1.1] [MQTT-3.1.2-15@3.1.1] Will QoS or Will Retain without Will Flag is malformed', () => {
    for (const flags of ['0a', '12', '1a', '22', '3a'])
      expect(refusal(connect(flags, `'c'`), V4), flags).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.2-11@3.1.1] Will Flag 0: a will in the payload is malformed', () => {
    expect(refusal(connect('02', `'c' 'w' 0000`), V4)).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.2-9@3.1.1] Will Flag 1: a payload without will topic or message is malformed', () => {
    expect(refusal(connect('06', `'c'`), V4)).toMatchObject(MALFORMED);
    expect(refusal(connect('06', `'c' 'w'`), V4)).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('06', `'c' 'w' 0000`), V4).will?.payload).toEqual(new Uint8Array(0));
  });

  it('[MQTT-3.1.2-14@3.1.1] pitfall: Will QoS 0, 1 and 2 are read, 3 is malformed and not written', () => {
    for (const [flags, qos] of [
      ['06', 0],
      ['0e', 1],
      ['16', 2],
    ] as const) {
      expect(readAs('connect', connect(flags, `'c' 'w' 0000`), V4).will?.qos).toBe(qos);
    }
    expect(refusal(connect('1e', `'c' 'w' 0000`), V4)).toMatchObject(MALFORMED);
    expect(usageError({ type: 'connect', clientId: 'c', will: { topicName: 'w', qos: 3 as 2 } }, V4)).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('[MQTT-3.1.2-18@3.1.1] [MQTT-3.1.2-19@3.1.1] the user name is there exactly when its flag says so', () => {
    expect(refusal(connect('02', `'c' 'user'`), V4)).toMatchObject(MALFORMED);
    expect(refusal(connect('82', `'c'`), V4)).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('82', `'c' 'user'`), V4)).toMatchObject({ username: 'user', password: undefined });
  });

  it('[MQTT-3.1.2-20@3.1.1] [MQTT-3.1.2-21@3.1.1] the password is there exactly when its flag says so', () => {
    expect(refusal(connect('82', `'c' 'user' 'pass'`), V4)).toMatchObject(MALFORMED);
    expect(refusal(connect('c2', `'c' 'user'`), V4)).toMatchObject(MALFORMED);
    expect(readAs('connect', connect('c2', `'c' 'user' 0001 ff`), V4).password).toEqual(Uint8Array.of(0xff));
  });

  it('[MQTT-3.1.2-22@3.1.1] pitfall: a password without user name is malformed and not written', () => {
    expect(refusal(connect('42', `'c' 'pass'`), V4)).toMatchObject(MALFORMED);
    expect(usageError({ type: 'connect', clientId: 'c', password: 'pass' }, V4)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'connect', clientId: 'c', password: 'pass' }, V3)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.1.3-3@3.1.1] a payload without client id is malformed', () => {
    expect(refusal(connect('02', ''), V4)).toMatchObject(MALFORMED);
  });

  it('[MQTT-3.1.3-4@3.1.1] [MQTT-3.1.3-10@3.1.1] [MQTT-3.1.3-11@3.1.1] client id, will topic and user name obey the string rules', () => {
    for (const ill of ['0003 61c080', '0003 eda080', '0003 610062']) {
      expect(refusal(connect('02', ill), V4)).toMatchObject(MALFORMED);
      expect(refusal(connect('06', `'c' ${ill} 0000`), V4)).toMatchObject(MALFORMED);
      expect(refusal(connect('82', `'c' ${ill}`), V4)).toMatchObject(MALFORMED);
    }
  });

  it('[MQTT-3.1.3-7@3.1.1] an empty client id without Clean Session is refused as an identifier (0x02 in CONNACK) and not written', () => {
    expect(refusal(connect('00', '0000'), V4)).toMatchObject({ code: 'CLIENT_IDENTIFIER_NOT_VALID', reasonCode: 0x85 });
    expect(readAs('connect', connect('02', '0000'), V4)).toMatchObject({ clientId: '', cleanStart: true });
    expect(usageError({ type: 'connect', clientId: '', cleanStart: false }, V4)).toBe('INVALID_ARGUMENT');
    expect(hex(writePacket({ type: 'connect', keepAlive: 60 }, V4))).toBe(hex(connect('02', '0000')));
  });

  it('bytes left over, or missing, are malformed', () => {
    expect(refusal(connect('02', `'c' 00`), V4)).toMatchObject(MALFORMED);
    expect(refusal(packet('10', `'MQTT' 04 02 00`), V4)).toMatchObject(MALFORMED);
  });

  it('a CONNECT tells its own version, whatever the wire format was', () => {
    expect(readAs('connect', connect('02', `'c'`), V5).protocolVersion).toBe(4);
    expect(readAs('connect', packet('10', `'MQTT' 05 02 003c {} 'c'`), V4).protocolVersion).toBe(5);
  });

  it('properties are not written before 5.0', () => {
    expect(usageError({ type: 'connect', clientId: 'c', properties: { receiveMaximum: 5 } }, V4)).toBe(
      'INVALID_PROPERTY',
    );
    expect(hex(writePacket({ type: 'connect', clientId: 'c', keepAlive: 60, properties: {} }, V4))).toBe(
      hex(connect('02', `'c'`)),
    );
  });

  it('the bridge bit of the version byte is read and written, in 3.1.1 and 3.1', () => {
    const four = packet('10', `'MQTT' 84 02 003c 'c'`);
    const three = packet('10', `'MQIsdp' 83 02 003c 'c'`);
    expect(readAs('connect', four, V4)).toMatchObject({ protocolVersion: 4, bridge: true });
    expect(readAs('connect', three, V3)).toMatchObject({ protocolVersion: 3, bridge: true });
    expect(hex(writePacket({ type: 'connect', bridge: true, clientId: 'c', keepAlive: 60 }, V4))).toBe(hex(four));
    expect(hex(writePacket({ type: 'connect', bridge: true, clientId: 'c', keepAlive: 60 }, V3))).toBe(hex(three));
  });
});

describe('CONNACK of 3.1.1', () => {
  it('every return code of the table is read and written, Session Present with 0 only', () => {
    for (let code = 0; code <= 5; code++) {
      const whole = packet('20', `00 0${code}`);
      expect(readAs('connack', whole, V4)).toEqual({
        type: 'connack',
        sessionPresent: false,
        reasonCode: code,
        properties: {},
      });
      expect(hex(writePacket({ type: 'connack', reasonCode: code }, V4))).toBe(hex(whole));
    }
    expect(readAs('connack', packet('20', '01 00'), V4).sessionPresent).toBe(true);
  });

  it('return codes above 5 are refused and not written', () => {
    expect(refusal(packet('20', '00 06'), V4)).toMatchObject(PROTOCOL_ERROR);
    expect(refusal(packet('20', '00 80'), V4)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'connack', reasonCode: 6 }, V4)).toBe('INVALID_ARGUMENT');
    expect(usageError({ type: 'connack', reasonCode: 0x84 }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.2.2-4@3.1.1] pitfall: Session Present with a failing return code is refused and not written', () => {
    expect(refusal(packet('20', '01 02'), V4)).toMatchObject(PROTOCOL_ERROR);
    expect(usageError({ type: 'connack', sessionPresent: true, reasonCode: 2 }, V4)).toBe('INVALID_ARGUMENT');
  });

  it('reserved acknowledge flags are malformed; 3.1 has no Session Present and writes 0', () => {
    for (const flags of ['02', '80', 'fe'])
      expect(refusal(packet('20', `${flags} 00`), V4), flags).toMatchObject(MALFORMED);
    expect(hex(writePacket({ type: 'connack', sessionPresent: true }, V3))).toBe(hex(packet('20', '00 00')));
  });
});

import { describe, expect, it } from 'vitest';
import { readPacket, writePacket } from '../../../src/mqtt/packets/packet.ts';
import { bytes, hex, packet } from '../../support/annotated-bytes.ts';
import { formatOf, refused, written } from '../../support/written.ts';

describe('writing CONNECT', () => {
  it('[MQTT-3.1.2-1] each version has its protocol name; whatever has a default can be left out', () => {
    expect(written({ type: 'connect' }, 5)).toBe(hex(packet('10', "'MQTT' 05 02 0000 00 ''")));
    expect(written({ type: 'connect' }, 4)).toBe(hex(packet('10', "'MQTT' 04 02 0000 ''")));
    expect(written({ type: 'connect', clientId: 'c' }, 3)).toBe(hex(packet('10', "'MQIsdp' 03 02 0000 'c'")));
  });

  it('the version of the packet wins over that of the wire format', () => {
    const bytesOf311 = writePacket({ type: 'connect', protocolVersion: 4 }, formatOf(5));
    expect(hex(bytesOf311)).toBe(hex(packet('10', "'MQTT' 04 02 0000 ''")));
    expect(readPacket(bytesOf311, 0, bytesOf311.length, formatOf(5))).toMatchObject({ protocolVersion: 4 });
  });

  it('[MQTT-3.1.3-1] [MQTT-3.1.2-9] fields follow in the order of the standard, and flags announce them', () => {
    const will = {
      topicName: 'w',
      payload: 'bye',
      qos: 2,
      retain: true,
      properties: { willDelayInterval: 7 },
    } as const;
    const credentials = { username: 'u', password: 'p\0w' };
    expect(written({ type: 'connect', clientId: 'c', cleanStart: false, keepAlive: 60, will, ...credentials })).toBe(
      hex(packet('10', "'MQTT' 05 f4 003c 00 'c' { 18 00000007 } 'w' 'bye' 'u' 0003 700077")),
    );
    expect(written({ type: 'connect', clientId: 'c', will: { topicName: 'w' } })).toBe(
      hex(packet('10', "'MQTT' 05 06 0000 00 'c' 00 'w' ''")),
    );
  });

  it('a bridge says so in its version, in 3.1 and 3.1.1 only', () => {
    expect(written({ type: 'connect', clientId: 'c', bridge: true }, 4)).toBe(
      hex(packet('10', "'MQTT' 84 02 0000 'c'")),
    );
    expect(written({ type: 'connect', clientId: 'c', bridge: true }, 3)).toBe(
      hex(packet('10', "'MQIsdp' 83 02 0000 'c'")),
    );
    expect(refused({ type: 'connect', clientId: 'c', bridge: true }, 5)).toBe('INVALID_ARGUMENT');
  });

  it('[MQTT-3.1.3-7@3.1.1] a client without identifier needs a clean start in 3.1.1, and an identifier in 3.1', () => {
    expect(refused({ type: 'connect', cleanStart: false }, 4)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connect' }, 3)).toBe('INVALID_ARGUMENT');
    expect(written({ type: 'connect', cleanStart: false }, 5)).toBe(hex(packet('10', "'MQTT' 05 00 0000 00 ''")));
  });

  it('[MQTT-3.1.2-22@3.1.1] a password needs a user name before 5.0', () => {
    expect(refused({ type: 'connect', clientId: 'c', password: 'p' }, 4)).toBe('INVALID_ARGUMENT');
    expect(refused({ type: 'connect', clientId: 'c', password: 'p' }, 3)).toBe('INVALID_ARGUMENT');
    expect(written({ type: 'connect', clientId: 'c', password: 'p' }, 5)).toBe(
      hex(packet('10', "'MQTT' 05 42 0000 00 'c' 'p'")),
    );
  });

  it.each([
    [{ protocolVersion: 6 }, 'INVALID_ARGUMENT'],
    [{ bridge: 1 }, 'INVALID_ARGUMENT'],
    [{ cleanStart: 'yes' }, 'INVALID_ARGUMENT'],
    [{ keepAlive: 65_536 }, 'INVALID_ARGUMENT'],
    [{ keepAlive: -1 }, 'INVALID_ARGUMENT'],
    [{ keepAlive: 1.5 }, 'INVALID_ARGUMENT'],
    [{ clientId: 7 }, 'INVALID_ARGUMENT'],
    [{ clientId: 'a\0b' }, 'INVALID_STRING'],
    [{ clientId: '\ud800' }, 'INVALID_STRING'],
    [{ clientId: 'é'.repeat(32_768) }, 'INVALID_STRING'],
    [{ username: '\udc00' }, 'INVALID_STRING'],
    [{ password: 'p'.repeat(65_536) }, 'INVALID_ARGUMENT'],
    [{ password: new Uint8Array(65_536) }, 'INVALID_ARGUMENT'],
    [{ password: '\ud800' }, 'INVALID_STRING'],
    [{ password: [1, 2] }, 'INVALID_ARGUMENT'],
    [{ will: null }, 'INVALID_ARGUMENT'],
    [{ will: 'bye' }, 'INVALID_ARGUMENT'],
    [{ will: { topicName: '' } }, 'INVALID_TOPIC_NAME'],
    [{ will: { topicName: 'a/#' } }, 'INVALID_TOPIC_NAME'],
    [{ will: { topicName: 7 } }, 'INVALID_ARGUMENT'],
    [{ will: { topicName: 'w', qos: 3 } }, 'INVALID_ARGUMENT'],
    [{ will: { topicName: 'w', retain: 1 } }, 'INVALID_ARGUMENT'],
    [{ will: { topicName: 'w', payload: 'x'.repeat(65_536) } }, 'INVALID_ARGUMENT'],
    [{ will: { topicName: 'w', properties: { topicAlias: 1 } } }, 'INVALID_PROPERTY'],
    [{ properties: { willDelayInterval: 1 } }, 'INVALID_PROPERTY'],
  ])('%j is refused: %s', (fields, code) => {
    expect(refused({ type: 'connect', clientId: 'c', username: 'u', ...fields })).toBe(code);
  });

  it('strings are as long as their length can tell: 65,535 bytes', () => {
    const clientId = 'é'.repeat(32_767);
    const read = bytes(written({ type: 'connect', clientId, password: new Uint8Array(65_535) }));
    expect(readPacket(read, 0, read.length, formatOf(5))).toMatchObject({ clientId });
  });
});

describe('reading CONNECT', () => {
  it('password and will payload are windows on the bytes, not copies', () => {
    const input = packet('10', "'MQTT' 04 c6 0000 'c' 'w' 'bye' 'u' 'secret'");
    const connect = readPacket(input, 0, input.length, formatOf(4));
    if (connect.type !== 'connect') throw new Error(connect.type);
    expect(connect.password!.buffer).toBe(input.buffer);
    expect(connect.will!.payload.buffer).toBe(input.buffer);
  });

  it('3.1 disregards QoS and retain of a will that is not there', () => {
    const input = packet('10', "'MQIsdp' 03 2a 0000 'c'");
    expect(readPacket(input, 0, input.length, formatOf(3))).toMatchObject({ will: undefined, clientId: 'c' });
  });

  it('in 3.1 the packet may end before a user name or password its flags announce', () => {
    const neither = packet('10', "'MQIsdp' 03 c2 0000 'c'");
    expect(readPacket(neither, 0, neither.length, formatOf(3))).toMatchObject({
      username: undefined,
      password: undefined,
    });
    const userName = packet('10', "'MQIsdp' 03 c2 0000 'c' 'u'");
    expect(readPacket(userName, 0, userName.length, formatOf(3))).toMatchObject({ username: 'u', password: undefined });
  });
});

// What one packet may hold of things that can be many: nothing is made of what is beyond, and the peer is told.
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import { type PacketInput, readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { UserProperty } from '../../src/mqtt/properties.ts';
import type { ReadLimits } from '../../src/mqtt/read-limits.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';

const format = (protocolVersion: ProtocolVersion) => ({ protocolVersion, packetIdentifierSize: 2 }) as const;
const pairs = (count: number): UserProperty[] => Array.from({ length: count }, () => ['k', 'v']);
const PAIR_BYTES = 7;
const LIMITS = { userProperties: 3, userPropertyBytes: 3 * PAIR_BYTES, topicFilters: 2, topicAliasBytes: 10 };

const withPairs: Record<string, (userProperties: UserProperty[]) => PacketInput> = {
  publish: (userProperties) => ({ type: 'publish', topicName: 'a', properties: { userProperties } }),
  subscribe: (userProperties) => ({
    type: 'subscribe',
    packetIdentifier: 1,
    subscriptions: [{ topicFilter: 'a' }],
    properties: { userProperties },
  }),
  unsubscribe: (userProperties) => ({
    type: 'unsubscribe',
    packetIdentifier: 1,
    topicFilters: ['a'],
    properties: { userProperties },
  }),
  disconnect: (userProperties) => ({ type: 'disconnect', reasonCode: 4, properties: { userProperties } }),
};

function connected(protocolVersion: ProtocolVersion = 5, readLimits: ReadLimits = LIMITS): Connection {
  const connection = new Connection({ role: 'server', readLimits });
  connection.receive(writePacket({ type: 'connect', clientId: 'c', protocolVersion }, format(protocolVersion)), 0);
  connection.send({ type: 'connack' }, 0);
  return connection;
}

const errorOf = (events: ConnectionEvent<PublishInput>[]) =>
  events.flatMap((event) => (event.type === 'close' ? [event.error] : []))[0];

function sentBy(events: ConnectionEvent<PublishInput>[], version: ProtocolVersion = 5) {
  return events.flatMap((event) =>
    event.type === 'transmit' ? [readPacket(event.bytes, 0, event.bytes.length, format(version))] : [],
  );
}

describe('User Properties of one packet', () => {
  it.each(Object.entries(withPairs))('up to the limit are taken, one more is told with 0x97: %s', (_type, packet) => {
    const fitting = connected().receive(writePacket(packet(pairs(3)), format(5)), 0);
    expect(errorOf(fitting)).toBeUndefined();
    const events = connected().receive(writePacket(packet(pairs(4)), format(5)), 0);
    expect(errorOf(events)).toMatchObject({ code: 'QUOTA_EXCEEDED', reasonCode: 0x97 });
    expect(sentBy(events)).toMatchObject([{ type: 'disconnect', reasonCode: 0x97 }]);
    expect(events.some((event) => event.type === 'packet')).toBe(false);
  });

  it.each(Object.entries(withPairs))('few but large ones are too many bytes: %s', (_type, packet) => {
    const large: UserProperty = ['key', 'x'.repeat(20)];
    const events = connected().receive(writePacket(packet([large]), format(5)), 0);
    expect(errorOf(events)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  it.each(Object.entries(withPairs))('are not counted without limits: %s', (_type, packet) => {
    const connection = new Connection({ role: 'server' });
    connection.receive(writePacket({ type: 'connect', clientId: 'c' }, format(5)), 0);
    connection.send({ type: 'connack' }, 0);
    expect(errorOf(connection.receive(writePacket(packet(pairs(1_000)), format(5)), 0))).toBeUndefined();
  });

  it('of a CONNECT and of its will count together, and the CONNACK says so', () => {
    const connect = (own: number, will: number): PacketInput => ({
      type: 'connect',
      clientId: 'c',
      properties: { userProperties: pairs(own) },
      will: { topicName: 'w', payload: '', properties: { userProperties: pairs(will) } },
    });
    for (const [own, will, isTaken] of [
      [3, 0, true],
      [1, 2, true],
      [4, 0, false],
      [2, 2, false],
    ] as const) {
      const connection = new Connection({ role: 'server', readLimits: LIMITS });
      const events = connection.receive(writePacket(connect(own, will), format(5)), 0);
      expect(errorOf(events) === undefined).toBe(isTaken);
      expect(sentBy(events)).toMatchObject(isTaken ? [] : [{ type: 'connack', reasonCode: 0x97 }]);
    }
  });
});

describe('Topic Names with an alias', () => {
  const aliased = (topicName: string, topicAlias: number): Uint8Array =>
    writePacket({ type: 'publish', topicName, properties: { topicAlias } }, format(5));

  it('of one connection are limited in bytes; a name that is replaced counts no more', () => {
    const connection = new Connection({ role: 'server', readLimits: LIMITS });
    connection.receive(writePacket({ type: 'connect', clientId: 'c' }, format(5)), 0);
    connection.send({ type: 'connack', properties: { topicAliasMaximum: 5 } }, 0);
    for (const [name, alias] of [
      ['12345', 1],
      ['12345', 2],
      ['1234', 2],
      ['1', 3],
      ['', 1],
    ] as const) {
      expect(errorOf(connection.receive(aliased(name, alias), 0))).toBeUndefined();
    }
    expect(errorOf(connection.receive(aliased('1', 4), 0))).toMatchObject({ code: 'QUOTA_EXCEEDED', reasonCode: 0x97 });
  });

  it('are not limited in bytes without limits', () => {
    const connection = new Connection({ role: 'server' });
    connection.receive(writePacket({ type: 'connect', clientId: 'c' }, format(5)), 0);
    connection.send({ type: 'connack', properties: { topicAliasMaximum: 5 } }, 0);
    expect(errorOf(connection.receive(aliased('x'.repeat(60_000), 1), 0))).toBeUndefined();
  });
});

describe('Topic Filters of one packet', () => {
  it.each([3, 4, 5] as const)('up to the limit are taken, one more closes: version %i', (version) => {
    for (const count of [2, 3]) {
      const topicFilters = Array.from({ length: count }, (_, index) => `t/${index}`);
      const subscriptions = topicFilters.map((topicFilter) => ({ topicFilter, qos: 0 }) as const);
      for (const packet of [
        { type: 'subscribe', packetIdentifier: 1, subscriptions },
        { type: 'unsubscribe', packetIdentifier: 1, topicFilters },
      ] as const) {
        const events = connected(version).receive(writePacket(packet, format(version)), 0);
        expect(errorOf(events)?.code).toBe(count === 2 ? undefined : 'QUOTA_EXCEEDED');
        expect(sentBy(events, version)).toHaveLength(count === 3 && version === 5 ? 1 : 0);
      }
    }
  });
});

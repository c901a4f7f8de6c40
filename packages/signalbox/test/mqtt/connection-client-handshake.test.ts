import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { closing, connectedClient, Dialogue, got, gotTypes, publish, reconnect, sentHex } from '../support/dialogue.ts';

function client(options: Partial<ConnectionOptions<PublishInput>> = {}, version: ProtocolVersion = 5): Dialogue {
  return new Dialogue({ role: 'client', protocolVersion: version, ...options }, version);
}

const CONNECT = { type: 'connect', clientId: 'c' } as const;

describe('a client connects', () => {
  it.each([
    [3, '100f 0006 4d51 4973 6470 03 02 0000 0001 63'],
    [4, '100d 0004 4d51 5454 04 02 0000 0001 63'],
    [5, '100e 0004 4d51 5454 05 02 0000 00 0001 63'],
  ] as const)('in version %i', (version, hex) => {
    const dialogue = client({}, version);
    const events = dialogue.send(CONNECT);
    expect(sentHex(events)).toBe(hex.replaceAll(' ', ''));
    expect([dialogue.connection.state, dialogue.connection.side, dialogue.connection.protocolVersion]).toEqual([
      'connecting',
      'client',
      version,
    ]);
  });

  it('in the version CONNECT names, when the connection has none', () => {
    const dialogue = new Dialogue({ role: 'client' }, 4);
    dialogue.send({ ...CONNECT, protocolVersion: 4 });
    expect(dialogue.connection.protocolVersion).toBe(4);
    expect(() => client({}, 5).send({ ...CONNECT, protocolVersion: 4 })).toThrow(/protocol version 5/);
  });

  it('a CONNECT that cannot be written changes nothing', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(() => dialogue.send({ ...CONNECT, protocolVersion: 4, keepAlive: 70_000 })).toThrow(/keepAlive/);
    expect([dialogue.connection.state, dialogue.connection.side, dialogue.connection.protocolVersion]).toEqual([
      'idle',
      undefined,
      5,
    ]);
  });

  it('[MQTT-3.1.0-1] CONNECT is the first packet and [MQTT-3.1.0-2] the only one', () => {
    const dialogue = client();
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(/first packet/);
    dialogue.send(CONNECT);
    expect(() => dialogue.send(CONNECT)).toThrow(/second CONNECT/);
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(/CONNACK/);
    expect(() => dialogue.send(publish(1, 1))).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
  });

  it('may leave again before CONNACK', () => {
    const dialogue = client();
    dialogue.send(CONNECT);
    const events = dialogue.send({ type: 'disconnect' });
    expect([sentHex(events), closing(events)]).toEqual(['e000', undefined]);
  });

  it('[MQTT-3.2.0-1] [MQTT-3.14.0-1] pitfall: nothing of a server is taken before CONNACK', () => {
    for (const [hex, statement] of [
      ['30 03 0001 74', 'MQTT-3.2.0-1'],
      ['d000', 'MQTT-3.2.0-1'],
      ['e0 01 8b', 'MQTT-3.14.0-1'],
    ] as const) {
      const dialogue = client();
      dialogue.send(CONNECT);
      const events = dialogue.receive(hex);
      expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement }]);
    }
    const idle = client().receive('20020000');
    expect([sentHex(idle), closing(idle)]).toMatchObject(['', { code: 'PROTOCOL_ERROR' }]);
  });

  it.each([
    [5, 'e00182'],
    [4, ''],
  ] as const)(
    '[MQTT-3.2.0-2] pitfall: a second CONNACK closes with the right code in version %i',
    (version, answer) => {
      const dialogue = connectedClient({ version });
      const events = dialogue.receive({ type: 'connack' });
      expect([sentHex(events), closing(events)]).toMatchObject([
        answer,
        { code: 'PROTOCOL_ERROR', statement: 'MQTT-3.2.0-2' },
      ]);
    },
  );

  it('a refusal is reported and ends the connection', () => {
    const dialogue = client();
    dialogue.send(CONNECT);
    const events = dialogue.receive({ type: 'connack', reasonCode: 0x86 });
    expect([gotTypes(events), closing(events), dialogue.connection.state, sentHex(events)]).toEqual([
      ['connack'],
      undefined,
      'closed',
      '',
    ]);
    const old = client({}, 4);
    old.send(CONNECT);
    expect(closing(old.receive({ type: 'connack', reasonCode: 5 }))).toBeUndefined();
  });

  it('[MQTT-3.2.2-4] a session that is present after a clean start closes', () => {
    const dialogue = client();
    dialogue.send({ ...CONNECT, cleanStart: true });
    const events = dialogue.receive({ type: 'connack', sessionPresent: true });
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement: 'MQTT-3.2.2-4' }]);
    expect(gotTypes(events)).toEqual([]);
  });

  it('[MQTT-3.1.2-21] [MQTT-3.2.2-21] pitfall: the keep alive of the server overrides ours', () => {
    const connack = { properties: { serverKeepAlive: 20 } };
    const dialogue = connectedClient({ connect: { keepAlive: 60 }, connack });
    expect([dialogue.connection.keepAlive, dialogue.connection.deadline]).toEqual([20, dialogue.now + 15_000]);
    const none = connectedClient({ connect: { keepAlive: 60 }, connack: { properties: { serverKeepAlive: 0 } } });
    expect([none.connection.keepAlive, none.connection.deadline]).toEqual([0, Infinity]);
  });

  it('knows what the server takes', () => {
    const properties = { receiveMaximum: 3, maximumPacketSize: 500, topicAliasMaximum: 4, sessionExpiryInterval: 9 };
    const { connection } = connectedClient({
      connect: { properties: { receiveMaximum: 11 } },
      connack: { properties },
    });
    expect([connection.receiveMaximum, connection.maximumPacketSize, connection.topicAliasMaximum]).toEqual([
      3, 500, 4,
    ]);
    expect([
      connection.sessionExpiryInterval,
      connection.vacancy,
      connection.own.receiveMaximum,
      connection.peer.maximumQoS,
    ]).toEqual([9, 3, 11, 2]);
  });

  it('[MQTT-3.1.2-4] [MQTT-3.1.2-6@3.1.1] a clean start ends the session here, and says what is lost', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    session.received.add(5);
    const dialogue = client({ session });
    const events = dialogue.send({ ...CONNECT, cleanStart: true });
    expect(events.map(({ type }) => type)).toEqual(['transmit', 'dropped']);
    expect([session.outgoing.count, session.hasReceived]).toEqual([0, false]);
  });

  it('[MQTT-3.2.2-5] without a session at the server the one here is discarded', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    session.received.restore([5]);
    const dialogue = client({ session });
    const events = reconnect(dialogue, { sessionPresent: false });
    expect(got(events)).toMatchObject([{ type: 'connack' }]);
    expect(events.at(-1)).toMatchObject({ type: 'dropped', reason: 'session-lost' });
    expect([session.outgoing.count, session.hasReceived]).toEqual([0, false]);
  });

  it('3.1 does not say whether there is a session: who asked for it has it', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    const dialogue = client({ session }, 3);
    dialogue.send({ ...CONNECT, cleanStart: false });
    expect(sentHex(dialogue.receive('2002 0000'))).toBe('3a06000174000170');
    expect(session.outgoing.count).toBe(1);
  });
});

describe("role 'any'", () => {
  it('becomes a client by sending CONNECT, a server by receiving one, anew on each connection', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(dialogue.connection.side).toBeUndefined();
    dialogue.send(CONNECT);
    dialogue.receive({ type: 'connack' });
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual(['client', 'connected']);
    dialogue.end();
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual([undefined, 'idle']);
    dialogue.receive(CONNECT);
    dialogue.send({ type: 'connack' });
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual(['server', 'connected']);
  });

  it('sends nothing but CONNECT at first', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(() => dialogue.send({ type: 'connack' })).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
  });
});

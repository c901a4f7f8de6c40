import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { closing, connectedServer, Dialogue, publish, sentHex } from '../support/dialogue.ts';

function server(options: Partial<ConnectionOptions<PublishInput>> = {}, version: ProtocolVersion = 5): Dialogue {
  return new Dialogue({ role: 'server', ...options }, version);
}

const CONNECT = { type: 'connect', clientId: 'c' } as const;

describe('CONNACK from a server', () => {
  it('[MQTT-3.2.0-1] [MQTT-3.2.0-1@3.1.1] nothing but AUTH is sent before it', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    for (const packet of [
      publish(1, 1),
      { type: 'pingresp' },
      { type: 'suback', packetIdentifier: 1, reasonCodes: [0] },
    ] as const) {
      expect(() => dialogue.send(packet)).toThrow(/CONNACK/);
    }
    expect(() => server().send({ type: 'connack' })).toThrow(/before it has received CONNECT/);
  });

  it('[MQTT-3.2.0-2] is sent once', () => {
    const dialogue = connectedServer();
    expect(() => dialogue.send({ type: 'connack' })).toThrow(/second CONNACK/);
  });

  it('[MQTT-3.2.2-7] [MQTT-3.2.2-5@3.1.1] [MQTT-3.1.4-2] a refusal closes', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const events = dialogue.send({ type: 'connack', reasonCode: 0x87 });
    expect([sentHex(events), closing(events), dialogue.connection.state]).toEqual(['2003008700', undefined, 'closed']);
  });

  it('[MQTT-3.2.2-6] [MQTT-3.2.2-4@3.1.1] a refusal has no session', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: false });
    expect(() => dialogue.send({ type: 'connack', reasonCode: 0x87, sessionPresent: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('[MQTT-3.2.2-2] [MQTT-3.2.2-1@3.1.1] a clean start has no session', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: true });
    expect(() => dialogue.send({ type: 'connack', sessionPresent: true })).toThrow(/clean start/);
    expect(dialogue.connection.state).toBe('connecting');
  });

  it('[MQTT-3.1.3-7] [MQTT-3.2.2-16] who has no client identifier is given one', () => {
    const dialogue = server();
    dialogue.receive({ type: 'connect', clientId: '' });
    expect(() => dialogue.send({ type: 'connack' })).toThrow(/assignedClientIdentifier/);
    expect(sentHex(dialogue.send({ type: 'connack', properties: { assignedClientIdentifier: 'x' } }))).toBe(
      '200700000412000178',
    );
    const old = server({}, 4);
    old.receive({ type: 'connect', protocolVersion: 4, clientId: '' });
    expect(sentHex(old.send({ type: 'connack' }))).toBe('20020000');
  });

  it('[MQTT-3.1.2-28] response information only for who asked for it', () => {
    const properties = { responseInformation: 'r' };
    const dialogue = server();
    dialogue.receive(CONNECT);
    expect(() => dialogue.send({ type: 'connack', properties })).toThrow(/response information/);
    const asking = server();
    asking.receive({ ...CONNECT, properties: { requestResponseInformation: true } });
    expect(sentHex(asking.send({ type: 'connack', properties }))).toBe('20070000041a000172');
  });

  it('[MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.1.2-24] explanations are left out of a CONNACK that would be too large', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, properties: { maximumPacketSize: 20 } });
    const properties = { reasonString: 'a long reason', userProperties: [['a', 'b']] as [string, string][] };
    expect(sentHex(dialogue.send({ type: 'connack', properties }))).toBe('2003000000');
  });

  it('[MQTT-3.1.2-24] throws when even so it is too large, and nothing has changed', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, properties: { maximumPacketSize: 4 } });
    expect(() => dialogue.send({ type: 'connack' })).toThrow(expect.objectContaining({ code: 'PACKET_TOO_LARGE' }));
    expect([dialogue.connection.state, dialogue.connection.writer.length]).toEqual(['connecting', 0]);
  });

  it('[MQTT-3.2.2-22] the keep alive is that of CONNECT, or what the server says', () => {
    expect(connectedServer({ connect: { keepAlive: 30 } }).connection.keepAlive).toBe(30);
    expect(
      connectedServer({ connect: { keepAlive: 30 }, connack: { properties: { serverKeepAlive: 7 } } }).connection
        .keepAlive,
    ).toBe(7);
  });

  it('a session is attached before it, and of the same kind', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const session = new Session();
    dialogue.connection.attach(session);
    expect(() => dialogue.connection.attach(new Session({ packetIdentifierSize: 4 }))).toThrow(/another size/);
    dialogue.send({ type: 'connack' });
    expect(dialogue.connection.session).toBe(session);
    expect(() => dialogue.connection.attach(new Session())).toThrow(/before CONNACK/);
  });

  it('[MQTT-3.2.2-3] [MQTT-3.2.2-2@3.1.1] [MQTT-3.2.2-3@3.1.1] without the session what was in flight is dropped, and says so', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: false });
    dialogue.connection.attach(session);
    const events = dialogue.send({ type: 'connack', sessionPresent: false });
    expect(events.at(-1)).toMatchObject({ type: 'dropped', reason: 'session-lost', stored: { packetIdentifier: 1 } });
    expect(session.outgoing.count).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  gotTypes,
  lastingClient,
  publish,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

describe('DISCONNECT', () => {
  it.each([4, 5] as const)(
    '[MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.4-1@3.1.1] [MQTT-3.14.4-2@3.1.1] is the last packet, then the connection is closed (version %i)',
    (version) => {
      const client = connectedClient({ version });
      const events = client.send({ type: 'disconnect' });
      expect([sentHex(events), closing(events), client.connection.state]).toEqual(['e000', undefined, 'closed']);
      for (const packet of [{ type: 'pingreq' }, { type: 'disconnect' }, publish(1, 1), { type: 'connect' }] as const)
        expect(() => client.send(packet)).toThrow(usage('NOT_ALLOWED'));
      expect(client.receive('d000')).toEqual([]);
      expect(client.tick(1e9)).toEqual([]);
    },
  );

  it('[MQTT-4.13.2-1] [MQTT-3.14.4-3@3.1.1] received, it is reported and closes', () => {
    for (const dialogue of [connectedServer(), connectedServer({ version: 4 }), connectedClient()]) {
      const events = dialogue.receive({ type: 'disconnect' });
      expect([gotTypes(events), sentHex(events), closing(events), dialogue.connection.state]).toEqual([
        ['disconnect'],
        '',
        undefined,
        'closed',
      ]);
      expect(dialogue.receive('c000')).toEqual([]);
    }
    expect(gotTypes(connectedServer().receive('e000 c000'))).toEqual(['disconnect']);
  });

  it('pitfall: lengths 0 and 1 are understood in both roles', () => {
    for (const dialogue of [connectedServer(), connectedClient()]) {
      expect(gotTypes(dialogue.receive('e001 81'))).toEqual(['disconnect']);
    }
  });

  it('before 5.0 only a client has it', () => {
    const events = connectedClient({ version: 4 }).receive('e000');
    expect([gotTypes(events), closing(events)]).toMatchObject([[], { code: 'PROTOCOL_ERROR' }]);
    expect(() => connectedServer({ version: 4 }).send({ type: 'disconnect' })).toThrow(usage('NOT_ALLOWED'));
  });

  it('[MQTT-3.14.0-1] a server sends it only after CONNACK', () => {
    const server = new Dialogue({ role: 'server' }, 5);
    server.receive({ type: 'connect' });
    expect(() => server.send({ type: 'disconnect', reasonCode: 0x8b })).toThrow(/only after CONNACK/);
    expect(sentHex(connectedServer().send({ type: 'disconnect', reasonCode: 0x8b }))).toBe('e0018b');
  });

  it('[MQTT-3.14.2-2] a server sends no Session Expiry Interval', () => {
    const packet = { type: 'disconnect', properties: { sessionExpiryInterval: 5 } } as const;
    expect(() => connectedServer().send(packet)).toThrow(usage('INVALID_PROPERTY'));
    expect(closing(lastingClient().receive(packet))).toMatchObject({ statement: 'MQTT-3.14.2-2' });
  });

  it('a client can change how long its session lasts, but not revive one that is to end', () => {
    const packet = { type: 'disconnect', properties: { sessionExpiryInterval: 5 } } as const;
    const client = lastingClient();
    client.send(packet);
    expect(client.connection.sessionExpiryInterval).toBe(5);
    const server = connectedServer({ connect: { properties: { sessionExpiryInterval: 9 } } });
    server.receive(packet);
    expect(server.connection.sessionExpiryInterval).toBe(5);
    expect(() => connectedClient().send(packet)).toThrow(usage('INVALID_PROPERTY'));
    expect(closing(connectedServer().receive(packet))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    const zero = { type: 'disconnect', properties: { sessionExpiryInterval: 0 } } as const;
    expect(closing(connectedClient().send(zero))).toBeUndefined();
    expect(closing(connectedServer().receive(zero))).toBeUndefined();
  });

  it('[MQTT-3.14.2-1] [MQTT-3.14.2-3] [MQTT-3.14.2-4] has its own reason codes, and room for explanations', () => {
    const server = connectedServer({ connect: { properties: { maximumPacketSize: 12 } } });
    expect(() => server.send({ type: 'disconnect', reasonCode: 0x10 })).toThrow(usage('INVALID_ARGUMENT'));
    expect(server.connection.state).toBe('connected');
    const properties = { reasonString: 'a long reason' };
    expect(sentHex(server.send({ type: 'disconnect', reasonCode: 0x98, properties }))).toBe('e00198');
    const informed = connectedServer({ connect: { properties: { requestProblemInformation: false } } });
    expect(sentHex(informed.send({ type: 'disconnect', reasonCode: 0x98, properties: { reasonString: 'r' } }))).toBe(
      'e00698041f000172',
    );
  });
});

describe('the end of the network', () => {
  it('pitfall: half a packet never leaks into the next connection', () => {
    const server = connectedServer();
    server.receive('30 10 0001 74');
    server.end();
    expect(gotTypes(server.receive({ type: 'connect', clientId: 'c' }))).toEqual(['connect']);
  });

  it('pitfall: nor does the death of the framer', () => {
    const server = connectedServer();
    server.receive('00 00');
    expect(server.receive('c000')).toEqual([]);
    server.end();
    expect(gotTypes(server.receive({ type: 'connect', clientId: 'c' }))).toEqual(['connect']);
  });

  it('everything negotiated is forgotten', () => {
    const properties = { receiveMaximum: 3, maximumPacketSize: 100, topicAliasMaximum: 5 };
    const client = lastingClient({ connect: { keepAlive: 9, properties }, connack: { properties } });
    client.end();
    const { connection } = client;
    expect([connection.state, connection.keepAlive, connection.vacancy, connection.deadline]).toEqual([
      'idle',
      0,
      0,
      Infinity,
    ]);
    expect([
      connection.maximumPacketSize,
      connection.topicAliasMaximum,
      connection.receiveMaximum,
      connection.own.receiveMaximum,
    ]).toEqual([268_435_460, 0, 65_535, 65_535]);
    reconnect(client);
    expect(gotTypes(client.receive({ type: 'publish', topicName: 't', payload: new Uint8Array(200) }))).toEqual([
      'publish',
    ]);
  });

  it('[MQTT-3.1.2-23] a session that lasts stays; one that does not ends, and says what is lost', () => {
    for (const version of [4, 5] as const) {
      const lasting = lastingClient({ version });
      lasting.send({ type: 'publish', topicName: 't', qos: 1 });
      expect([lasting.end(), lasting.connection.session.outgoing.count]).toEqual([[], 1]);
      const passing = connectedClient({ version });
      passing.send({ type: 'publish', topicName: 't', qos: 1 });
      expect([passing.end()[0], passing.connection.session.outgoing.count]).toMatchObject([
        { type: 'dropped', reason: 'session-ended' },
        0,
      ]);
    }
  });

  it('a session is not ended by a connection that never came to be', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    client.send({ type: 'connect', clientId: 'c', cleanStart: false });
    expect([client.end(), client.connection.session.outgoing.count]).toEqual([[], 1]);
  });

  it("a server's sessions are its owner's", () => {
    const server = connectedServer();
    server.connection.admit(1, publish(1, 1), 0);
    expect([server.end(), server.connection.session.outgoing.count]).toEqual([[], 1]);
  });

  it('the late end of a connection does not disturb the one that took the session over', () => {
    const first = connectedServer({ connect: { cleanStart: false } });
    const { session } = first.connection;
    first.connection.admit(1, publish(1, 1), 0);
    const second = new Dialogue({ role: 'server' }, 5);
    second.receive({ type: 'connect', clientId: 'c', cleanStart: false });
    second.connection.attach(session);
    second.send({ type: 'connack', sessionPresent: true });
    const { vacancy } = second.connection;
    first.end();
    expect([second.connection.vacancy, session.outgoing.held]).toEqual([vacancy, 0]);
  });

  it('may come at any time, also twice and at once', () => {
    const server = new Dialogue({ role: 'server' }, 5);
    expect([server.end(), server.end()]).toEqual([[], []]);
  });
});

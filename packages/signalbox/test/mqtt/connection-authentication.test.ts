import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  gotTypes,
  publish,
  sentHex,
} from '../support/dialogue.ts';

const METHOD = { properties: { authenticationMethod: 'M' } };
const CONTINUE = { type: 'auth', reasonCode: 0x18, ...METHOD } as const;
const AGAIN = { type: 'auth', reasonCode: 0x19, ...METHOD } as const;
const DONE = { type: 'auth', reasonCode: 0, ...METHOD } as const;

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

/** A client that sent CONNECT, a server that received it. */
function connecting(connect: object = METHOD): { client: Dialogue; server: Dialogue } {
  const client = new Dialogue({ role: 'client' }, 5);
  const server = new Dialogue({ role: 'server' }, 5);
  const packet = { type: 'connect', clientId: 'c', ...connect } as const;
  client.send(packet);
  server.receive(packet);
  return { client, server };
}

describe('enhanced authentication', () => {
  it('[MQTT-4.12.0-2] [MQTT-4.12.0-3] goes back and forth before CONNACK, in both roles', () => {
    const { client, server } = connecting();
    for (let round = 0; round < 2; round++) {
      expect(sentHex(server.send(CONTINUE))).toBe('f00618041500014d');
      expect(gotTypes(client.receive(CONTINUE))).toEqual(['auth']);
      client.send(CONTINUE);
      expect(gotTypes(server.receive(CONTINUE))).toEqual(['auth']);
    }
    server.send({ type: 'connack', ...METHOD });
    client.receive({ type: 'connack', ...METHOD });
    expect([client.connection.state, server.connection.state]).toEqual(['connected', 'connected']);
  });

  it('[MQTT-4.12.0-4] [MQTT-4.12.0-1] can be refused at any point', () => {
    const { server } = connecting();
    server.send(CONTINUE);
    expect(closing(server.send({ type: 'connack', reasonCode: 0x8c }))).toBeUndefined();
  });

  it('[MQTT-3.1.2-30] a client sends only AUTH and DISCONNECT until CONNACK', () => {
    const { client, server } = connecting();
    for (const packet of [publish(1, 1), { type: 'pingreq' }] as const)
      expect(() => client.send(packet)).toThrow(usage('NOT_ALLOWED'));
    const events = server.receive({ type: 'pingreq' });
    expect([sentHex(events), closing(events)]).toMatchObject(['2003008200', { statement: 'MQTT-3.1.2-30' }]);
    const leaving = connecting().server.receive({ type: 'disconnect' });
    expect([gotTypes(leaving), closing(leaving)]).toEqual([['disconnect'], undefined]);
  });

  it('[MQTT-4.12.0-5] the method stays the same', () => {
    const other = { properties: { authenticationMethod: 'N' } };
    const { client, server } = connecting();
    expect(() => server.send({ ...CONTINUE, ...other })).toThrow(usage('NOT_ALLOWED'));
    expect(() => server.send({ type: 'connack', ...other })).toThrow(usage('INVALID_PROPERTY'));
    expect(() => server.send({ type: 'connack' })).toThrow(usage('INVALID_PROPERTY'));
    expect(closing(server.receive({ ...CONTINUE, ...other }))).toMatchObject({ statement: 'MQTT-4.12.0-5' });
    expect(closing(client.receive({ type: 'connack' }))).toMatchObject({ statement: 'MQTT-4.12.0-5' });
    expect(closing(connecting().client.receive({ ...CONTINUE, ...other }))).toMatchObject({
      statement: 'MQTT-4.12.0-5',
    });
  });

  it('[MQTT-4.12.0-6] [MQTT-4.12.0-7] without a method in CONNECT there is none of it', () => {
    const { client, server } = connecting({});
    expect(() => client.send(CONTINUE)).toThrow(usage('NOT_ALLOWED'));
    expect(() => server.send(CONTINUE)).toThrow(usage('NOT_ALLOWED'));
    expect(() => server.send({ type: 'connack', ...METHOD })).toThrow(usage('INVALID_PROPERTY'));
    const atServer = server.receive(CONTINUE);
    expect([sentHex(atServer), closing(atServer)]).toMatchObject(['2003008200', { statement: 'MQTT-4.12.0-7' }]);
    const atClient = client.receive(CONTINUE);
    expect([sentHex(atClient), closing(atClient)]).toMatchObject(['e00182', { statement: 'MQTT-4.12.0-6' }]);
    expect(closing(connecting({}).client.receive({ type: 'connack', ...METHOD }))).toMatchObject({
      statement: 'MQTT-4.12.0-6',
    });
  });

  it('there is none before 5.0', () => {
    const events = connectedServer({ version: 4 }).receive('f000');
    expect([sentHex(events), closing(events)]).toMatchObject(['', { code: 'MALFORMED_PACKET' }]);
    expect(() => connectedClient({ version: 4 }).send(DONE)).toThrow(usage('NOT_ALLOWED'));
  });

  it('a refused client is not asked for its method', () => {
    const { client } = connecting();
    const events = client.receive({ type: 'connack', reasonCode: 0x8c });
    expect([gotTypes(events), closing(events)]).toEqual([['connack'], undefined]);
  });
});

describe('re-authentication', () => {
  function connected(): { client: Dialogue; server: Dialogue } {
    return {
      client: connectedClient({ connect: METHOD, connack: METHOD }),
      server: connectedServer({ connect: METHOD, connack: METHOD }),
    };
  }

  it('[MQTT-4.12.1-1] is started by the client, and works in both roles', () => {
    const { client, server } = connected();
    const exchange = (from: Dialogue, to: Dialogue, packet: PacketInput): void => {
      from.send(packet);
      expect(gotTypes(to.receive(packet))).toEqual(['auth']);
    };
    for (let round = 0; round < 2; round++) {
      exchange(client, server, AGAIN);
      exchange(server, client, CONTINUE);
      exchange(client, server, CONTINUE);
      exchange(server, client, DONE);
    }
    client.send(AGAIN);
    server.receive(AGAIN);
    expect(sentHex(server.send({ type: 'auth' }))).toBe('f000');
    expect(gotTypes(client.receive('f000'))).toEqual(['auth']); // pitfall: an AUTH of length 0 is success
  });

  it('messages go on meanwhile', () => {
    const { client, server } = connected();
    client.send(AGAIN);
    server.receive(AGAIN);
    expect(gotTypes(server.receive(publish(1, 1)))).toEqual(['publish']);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
  });

  it('[MQTT-4.12.1-1] out of turn it is refused to the caller and closes for the peer', () => {
    const { client, server } = connected();
    expect(() => server.send(AGAIN)).toThrow(usage('NOT_ALLOWED'));
    expect(() => client.send(CONTINUE)).toThrow(usage('NOT_ALLOWED'));
    const events = server.receive(CONTINUE);
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement: 'MQTT-4.12.1-1' }]);
    expect(closing(client.receive(AGAIN))).toMatchObject({ statement: 'MQTT-4.12.1-1' });
  });

  it('[MQTT-4.12.1-2] a failed one ends with DISCONNECT', () => {
    const { server } = connected();
    server.receive(AGAIN);
    const events = server.send({ type: 'disconnect', reasonCode: 0x87 });
    expect([sentHex(events), closing(events)]).toEqual(['e00187', undefined]);
  });

  it('[MQTT-3.15.2-1] [MQTT-3.15.2-2] [MQTT-3.15.2-3] an AUTH that cannot be written changes nothing, an explanation that does not fit is left out', () => {
    const { client } = connected();
    expect(() =>
      client.send({ ...AGAIN, properties: { authenticationMethod: 'M', authenticationData: 5 as unknown as string } }),
    ).toThrow(usage('INVALID_ARGUMENT'));
    client.send(AGAIN);
    const small = connectedServer({
      connect: { properties: { authenticationMethod: 'M', maximumPacketSize: 12 } },
      connack: METHOD,
    });
    small.receive(AGAIN);
    expect(
      sentHex(small.send({ ...CONTINUE, properties: { authenticationMethod: 'M', reasonString: 'a reason' } })),
    ).toBe('f00618041500014d');
  });
});

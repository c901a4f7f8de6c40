import { describe, expect, it } from 'vitest';
import { Session } from '../../src/mqtt/session.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  got,
  gotTypes,
  lastingClient,
  publish,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

describe('a received PUBLISH', () => {
  it('is handed on, with its Topic Name and payload', () => {
    const server = connectedServer();
    expect(got(server.receive({ type: 'publish', topicName: 'a/b', payload: 'hi', retain: true }))).toMatchObject([
      { topicName: 'a/b', qos: 0, retain: true },
    ]);
  });

  it('uses the table of Topic Names it is given', () => {
    const names = new TopicNames();
    const server = connectedServer({ names });
    server.receive({ type: 'publish', topicName: 'a/b' });
    expect(names.size).toBe(1);
  });

  it('[MQTT-3.1.4-1] that is malformed closes with its reason code', () => {
    const events = connectedServer().receive('36 05 0001 74 0001');
    expect([sentHex(events), closing(events)]).toMatchObject(['e00181', { statement: 'MQTT-3.3.1-4' }]);
    expect(sentHex(connectedServer().receive('30 04 0001 23 00'))).toBe('e00190');
    expect(sentHex(connectedServer({ version: 4 }).receive('30 03 0001 23'))).toBe('');
  });

  it('an error of ours is not taken for one of the peer', () => {
    const names = new TopicNames();
    names.intern = () => {
      throw new RangeError('ours');
    };
    expect(() => connectedServer({ names }).receive({ type: 'publish', topicName: 'a' })).toThrow(RangeError);
  });

  it('[MQTT-3.3.4-6] from a client has no Subscription Identifier', () => {
    const packet = { type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [1] } } as const;
    const events = connectedServer().receive(packet);
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement: 'MQTT-3.3.4-6' }]);
    expect(gotTypes(connectedClient().receive(packet))).toEqual(['publish']);
  });

  it('[MQTT-3.2.2-11] [MQTT-3.2.2-14] beyond what we announced closes with the reason', () => {
    const connack = { properties: { maximumQoS: 1, retainAvailable: false } } as const;
    expect(sentHex(connectedServer({ connack }).receive(publish(1, 2)))).toBe('e0019b');
    expect(sentHex(connectedServer({ connack }).receive({ type: 'publish', topicName: 't', retain: true }))).toBe(
      'e0019a',
    );
    expect(gotTypes(connectedServer({ connack }).receive(publish(1, 1)))).toEqual(['publish']);
  });
});

describe('QoS 2', () => {
  it.each([4, 5] as const)(
    '[MQTT-4.3.3-10] pitfall: a duplicate is answered with PUBREC and not delivered again (version %i)',
    (version) => {
      const server = connectedServer({ version, connect: { cleanStart: false } });
      expect(gotTypes(server.receive(publish(5, 2)))).toEqual(['publish']);
      expect(sentHex(server.acknowledge(5))).toBe('50020005');
      const again = server.receive(publish(5, 2, { duplicate: true }));
      expect([gotTypes(again), sentHex(again)]).toEqual([[], '50020005']);
    },
  );

  it('a duplicate before the owner has accepted waits for it too', () => {
    const server = connectedServer();
    server.receive(publish(5, 2));
    expect(server.receive(publish(5, 2, { duplicate: true }))).toEqual([]);
    expect(sentHex(server.acknowledge(5))).toBe('50020005');
  });

  it('pitfall: the received identifiers survive with the session', () => {
    const client = lastingClient();
    client.receive(publish(5, 2));
    client.acknowledge(5);
    client.end();
    reconnect(client);
    const again = client.receive(publish(5, 2, { duplicate: true }));
    expect([gotTypes(again), sentHex(again)]).toEqual([[], '50020005']);
  });

  it('pitfall: and are cleared with it: after session present 0 or a clean start the same identifier is a new message', () => {
    for (const connect of [{ cleanStart: true }, { cleanStart: false }]) {
      const client = lastingClient();
      client.receive(publish(5, 2));
      client.acknowledge(5);
      client.end();
      reconnect(client, { sessionPresent: false }, connect);
      expect(gotTypes(client.receive(publish(5, 2)))).toEqual(['publish']);
    }
    const session = new Session();
    session.received.restore([5]);
    const server = new Dialogue({ role: 'server', session }, 5);
    server.receive({ type: 'connect', clientId: 'c' });
    server.send({ type: 'connack' });
    expect(gotTypes(server.receive(publish(5, 2)))).toEqual(['publish']);
  });

  it('[MQTT-4.3.3-12] after PUBCOMP the identifier is free again', () => {
    const server = connectedServer();
    for (let round = 0; round < 2; round++) {
      expect(gotTypes(server.receive(publish(5, 2)))).toEqual(['publish']);
      server.acknowledge(5);
      expect(gotTypes(server.receive('62 02 0005'))).toEqual(['pubrel']);
      expect(sentHex(server.acknowledge(5))).toBe('70020005');
    }
  });

  it.each([
    [5, '7003000992'],
    [4, '70020009'],
  ] as const)(
    '[MQTT-4.3.3-11] pitfall: an unknown PUBREL gets PUBCOMP and nothing worse (version %i)',
    (version, answer) => {
      const server = connectedServer({ version });
      const events = server.receive('62 02 0009');
      expect([sentHex(events), gotTypes(events), closing(events)]).toEqual([answer, [], 'open']);
      server.receive(publish(5, 2));
      expect(sentHex(server.receive('62 02 0009'))).toBe(answer);
    },
  );

  it('a second PUBREL before PUBCOMP is not reported again', () => {
    const server = connectedServer();
    server.receive(publish(5, 2));
    server.acknowledge(5);
    expect(gotTypes(server.receive('62 02 0005 62 02 0005'))).toEqual(['pubrel']);
    expect(sentHex(server.acknowledge(5))).toBe('70020005');
  });

  it('PUBREL before PUBREC is a protocol error', () => {
    const events = connectedServer().receive(publish(5, 2), '62 02 0005');
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { code: 'PROTOCOL_ERROR' }]);
  });

  it('PUBREL that was answered by nobody comes again on the next connection', () => {
    const client = lastingClient();
    client.receive(publish(5, 2));
    client.acknowledge(5);
    expect(gotTypes(client.receive('62 02 0005'))).toEqual(['pubrel']);
    client.end();
    reconnect(client);
    expect(gotTypes(client.receive({ type: 'pubrel', packetIdentifier: 5, reasonCode: 0x92 }))).toEqual(['pubrel']);
    expect(sentHex(client.acknowledge(5))).toBe('70020005');
  });

  it('a message the owner had not accepted when the network went is still its own', () => {
    const client = lastingClient();
    client.receive(publish(5, 2));
    client.end();
    reconnect(client);
    expect(client.receive(publish(5, 2, { duplicate: true }))).toEqual([]);
    expect(sentHex(client.acknowledge(5))).toBe('50020005');
    expect(gotTypes(client.receive('62 02 0005'))).toEqual(['pubrel']);
  });
});

describe('our Receive Maximum', () => {
  const two = { connack: { properties: { receiveMaximum: 2 } } };

  it('[MQTT-3.3.4-7] [MQTT-3.3.4-9] pitfall: a peer that exceeds it is closed with 0x93', () => {
    for (const [first, second, third] of [
      [publish(1, 1), publish(2, 1), publish(3, 1)],
      [publish(1, 2), publish(2, 1), publish(3, 2)],
    ] as const) {
      const server = connectedServer(two);
      expect(gotTypes(server.receive(first, second))).toEqual(['publish', 'publish']);
      const events = server.receive(third);
      expect([sentHex(events), gotTypes(events), closing(events)]).toMatchObject([
        'e00193',
        [],
        { code: 'RECEIVE_MAXIMUM_EXCEEDED' },
      ]);
    }
    const client = connectedClient({ connect: { properties: { receiveMaximum: 1 } } });
    expect(sentHex(client.receive(publish(1, 1), publish(2, 2)))).toBe('e00193');
  });

  it('is free again with PUBACK, PUBCOMP, and PUBREC of 0x80 and above', () => {
    const server = connectedServer(two);
    server.receive(publish(1, 1), publish(2, 2));
    server.acknowledge(1);
    server.acknowledge(2);
    expect(closing(server.receive(publish(3, 1)))).toBe('open');
    server.acknowledge(3);
    server.receive('62 02 0002');
    server.acknowledge(2);
    server.receive(publish(4, 2), publish(5, 2));
    server.acknowledge(4, 0x97);
    expect(closing(server.receive(publish(6, 1)))).toBe('open');
    expect(closing(server.receive(publish(7, 1)))).toMatchObject({ code: 'RECEIVE_MAXIMUM_EXCEEDED' });
  });

  it('a PUBLISH of an earlier connection counts when it comes again, its PUBREL does not', () => {
    const client = lastingClient();
    client.receive(publish(1, 2), publish(2, 2), publish(3, 2));
    for (const packetIdentifier of [1, 2, 3]) client.acknowledge(packetIdentifier);
    client.end();
    client.send({
      type: 'connect',
      clientId: 'c',
      cleanStart: false,
      properties: { sessionExpiryInterval: 9, receiveMaximum: 1 },
    });
    client.receive({ type: 'connack', sessionPresent: true });
    expect(closing(client.receive(publish(1, 2, { duplicate: true })))).toBe('open');
    expect(closing(client.receive('62 02 0002'))).toBe('open');
    client.acknowledge(2);
    expect(sentHex(client.receive(publish(3, 2, { duplicate: true })))).toBe('e00193');
  });
});

describe('automatic responses', () => {
  it('[MQTT-3.3.4-1] [MQTT-4.5.0-2] every PUBLISH is answered at once', () => {
    const server = connectedServer({ automaticAcknowledge: true });
    const events = server.receive(
      publish(1, 1),
      publish(2, 2),
      publish(2, 2, { duplicate: true }),
      '62 02 0002',
      publish(3, 0, { packetIdentifier: 0 }),
    );
    expect(sentHex(events)).toBe('40020001 50020002 50020002 70020002');
    expect(gotTypes(events)).toEqual(['publish', 'publish', 'pubrel', 'publish']);
  });

  it('not when the owner has ended the connection meanwhile', () => {
    for (const before of [publish(1, 1), publish(1, 2)]) {
      const server = connectedServer({ automaticAcknowledge: true });
      const log: string[] = [];
      server.connection.receive(server.write(before), 0, {
        transmit: () => log.push('transmit'),
        packet: () => void server.connection.end(0),
        close() {},
      });
      expect(log).toEqual([]);
    }
    const server = connectedServer({ automaticAcknowledge: true });
    server.receive(publish(1, 2));
    const log: string[] = [];
    server.connection.receive(server.write('62 02 0001'), 0, {
      transmit: () => log.push('transmit'),
      packet() {},
      close() {},
      released: () => void server.connection.end(0),
    });
    expect(log).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import {
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

describe('acknowledge', () => {
  it('[MQTT-4.3.2-4] [MQTT-4.3.3-8] comes after the owner has accepted, not before', () => {
    const server = connectedServer();
    expect(sentHex(server.receive(publish(1, 1), publish(2, 2)))).toBe('');
    expect([sentHex(server.acknowledge(1)), sentHex(server.acknowledge(2))]).toEqual(['40020001', '50020002']);
  });

  it('[MQTT-4.6.0-2] PUBACKs leave in the order of the messages', () => {
    const server = connectedServer();
    server.receive(publish(1, 1), publish(2, 1), publish(3, 1));
    expect([
      sentHex(server.acknowledge(3)),
      sentHex(server.acknowledge(2, 0x10)),
      sentHex(server.acknowledge(1)),
    ]).toEqual(['', '', '40020001 4003000210 40020003']);
  });

  it('[MQTT-4.6.0-3] PUBRECs leave in the order of the messages', () => {
    const server = connectedServer();
    server.receive(publish(1, 2), publish(2, 2), publish(3, 2));
    expect([
      sentHex(server.acknowledge(2)),
      sentHex(server.acknowledge(3, 0x97)),
      sentHex(server.acknowledge(1)),
    ]).toEqual(['', '', '50020001 50020002 5003000397']);
    expect([2, 3].map((identifier) => server.connection.session.received.has(identifier))).toEqual([true, false]);
  });

  it('each QoS has its own order, and PUBCOMP has none', () => {
    const server = connectedServer();
    server.receive(publish(1, 2), publish(2, 2), publish(3, 1));
    expect(sentHex(server.acknowledge(3))).toBe('40020003');
    server.acknowledge(1);
    server.acknowledge(2);
    server.receive('62 02 0001 62 02 0002');
    expect([sentHex(server.acknowledge(2)), sentHex(server.acknowledge(1))]).toEqual(['70020002', '70020001']);
  });

  it('an answer that stands waits behind one that was not given', () => {
    const server = connectedServer();
    server.receive(publish(1, 2));
    server.acknowledge(1);
    server.receive(publish(2, 2));
    expect(sentHex(server.receive(publish(1, 2, { duplicate: true })))).toBe('');
    expect(sentHex(server.acknowledge(2))).toBe('50020002 50020001');
  });

  it('[MQTT-4.3.3-9] a refused QoS 2 message was never here', () => {
    const server = connectedServer();
    server.receive(publish(1, 2));
    expect(sentHex(server.acknowledge(1, 0x87))).toBe('5003000187');
    expect(gotTypes(server.receive(publish(1, 2)))).toEqual(['publish']);
  });

  it('[MQTT-4.3.2-5] the same identifier again is a new message of QoS 1, and answered again', () => {
    const server = connectedServer();
    expect(gotTypes(server.receive(publish(1, 1), publish(1, 1, { duplicate: true })))).toEqual(['publish', 'publish']);
    expect([sentHex(server.acknowledge(1)), sentHex(server.acknowledge(1))]).toEqual(['40020001', '40020001']);
    expect(() => server.acknowledge(1)).toThrow(usage('PACKET_IDENTIFIER_UNKNOWN'));
  });

  it('[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.7.2-1] a reason code the packet does not have is refused, at once and changing nothing', () => {
    const server = connectedServer();
    server.receive(publish(1, 1), publish(2, 1), publish(3, 2), publish(4, 2));
    for (const identifier of [1, 2, 3, 4])
      expect(() => server.acknowledge(identifier, 0x8e)).toThrow(usage('INVALID_ARGUMENT'));
    expect([1, 2, 3, 4].map((identifier) => sentHex(server.acknowledge(identifier)))).toEqual([
      '40020001',
      '40020002',
      '50020003',
      '50020004',
    ]);
    server.receive('62 02 0003');
    expect(() => server.acknowledge(3, 0x97)).toThrow(usage('INVALID_ARGUMENT'));
    expect(sentHex(server.acknowledge(3, 0x92))).toBe('7003000392');
  });

  it('[MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.1.2-29] explanations only for who wants and can take them', () => {
    const response = {
      reasonCode: 0x97,
      properties: { reasonString: 'why', userProperties: [['a', 'b']] as [string, string][] },
    };
    const answer = (properties: object): string => {
      const server = connectedServer({ connect: { properties } });
      server.receive(publish(1, 1), publish(2, 2));
      const events = [
        ...server.connection.acknowledge(1, 0, undefined, response),
        ...server.connection.acknowledge(2, 0, undefined, response),
      ];
      return sentHex(events);
    };
    expect(answer({})).toBe('40110001970d1f000377687926000161000162 50110002970d1f000377687926000161000162');
    for (const properties of [{ maximumPacketSize: 10 }, { requestProblemInformation: false }])
      expect(answer(properties)).toBe('4003000197 5003000297');
    const server = connectedServer({ connect: { properties: { requestProblemInformation: false } } });
    server.receive(publish(1, 2));
    server.acknowledge(1);
    server.receive('62 02 0001');
    expect(
      sentHex(
        server.connection.acknowledge(1, 0, undefined, { reasonCode: 0x92, properties: { reasonString: 'gone' } }),
      ),
    ).toBe('7003000192');
  });

  it('before 5.0 every acknowledgement is plain', () => {
    const server = connectedServer({ version: 4 });
    server.receive(publish(1, 1), publish(2, 2));
    expect([sentHex(server.acknowledge(1, 0x97)), sentHex(server.acknowledge(2, 0x97))]).toEqual([
      '40020001',
      '50020002',
    ]);
    expect(server.connection.session.received.has(2)).toBe(true);
  });

  it('of what nobody sent is refused; of QoS 2 twice is forgiven', () => {
    const server = connectedServer();
    expect(() => server.acknowledge(1)).toThrow(usage('PACKET_IDENTIFIER_UNKNOWN'));
    server.receive(publish(1, 2));
    server.acknowledge(1);
    expect(server.acknowledge(1)).toEqual([]);
    expect(() => server.acknowledge(2)).toThrow(usage('PACKET_IDENTIFIER_UNKNOWN'));
  });

  it('within a call it goes to the sink of that call', () => {
    const server = connectedServer();
    const log: number[] = [];
    server.connection.receive(server.write(publish(1, 1)), 0, {
      transmit: (start, end) => log.push(end - start),
      packet: () => void expect(server.connection.acknowledge(1, 0)).toEqual([]),
      close() {},
    });
    expect(log).toEqual([4]);
  });
});

describe('when the network is gone', () => {
  it('an accepted QoS 2 message is remembered, so that its duplicate is none', () => {
    const client = lastingClient();
    client.receive(publish(5, 2), publish(6, 2), publish(7, 1));
    client.end();
    for (const identifier of [5, 7, 8]) expect(client.acknowledge(identifier)).toEqual([]);
    client.acknowledge(6, 0x97);
    client.acknowledge(5);
    expect(client.connection.session.received.accepted()).toEqual([5]);
    reconnect(client);
    const events = client.receive(publish(5, 2, { duplicate: true }), publish(6, 2), publish(7, 1));
    expect([gotTypes(events), sentHex(events)]).toEqual([['publish', 'publish'], '50020005']);
  });

  it('one that is refused then was never here, in every version', () => {
    for (const version of [4, 5] as const) {
      const server = connectedServer({ version, connect: { cleanStart: false } });
      server.receive(publish(5, 2), { type: 'disconnect' });
      server.acknowledge(5, 0x80);
      expect(server.connection.session.hasReceived).toBe(false);
    }
  });

  it('a released one is complete, and its PUBREL unknown', () => {
    const client = lastingClient();
    client.receive(publish(5, 2));
    client.acknowledge(5);
    client.receive('62 02 0005');
    client.end();
    client.acknowledge(5);
    expect(client.connection.session.hasReceived).toBe(false);
    reconnect(client);
    expect(sentHex(client.receive('62 02 0005'))).toBe('7003000592');
  });

  it('accepted on the next connection before the peer has asked again', () => {
    const client = lastingClient();
    client.receive(publish(5, 2), publish(6, 2));
    client.end();
    reconnect(client);
    expect([client.acknowledge(5), client.acknowledge(6, 0x97)]).toEqual([[], []]);
    const events = client.receive(publish(5, 2, { duplicate: true }), publish(6, 2, { duplicate: true }));
    expect([sentHex(events), gotTypes(events)]).toEqual(['50020005', ['publish']]);
  });

  /** A server's connection, and the next one of the same session. */
  function takenOver(version: 4 | 5 = 5): [first: Dialogue, second: Dialogue] {
    const first = connectedServer({ version, connect: { cleanStart: false } });
    first.receive(publish(5, 2), publish(6, 2), publish(7, 2));
    first.acknowledge(7);
    const second = new Dialogue({ role: 'server' }, version);
    second.receive({ type: 'connect', protocolVersion: version, clientId: 'c', cleanStart: false });
    return [first, second];
  }

  function takeOver(first: Dialogue, second: Dialogue): void {
    first.end();
    second.connection.attach(first.connection.session);
    second.send({ type: 'connack', sessionPresent: true });
  }

  it('pitfall: accepted late, on the connection it came on, it is answered on the one where it was asked again', () => {
    for (const version of [4, 5] as const) {
      const [first, second] = takenOver(version);
      takeOver(first, second);
      expect(second.receive(publish(5, 2, { duplicate: true }), publish(6, 2, { duplicate: true }))).toEqual([]);
      first.acknowledge(6, 0x97);
      expect([first.acknowledge(5), second.connection.deadline]).toEqual([[], 0]);
      expect(sentHex(second.tick(0))).toBe(version === 5 ? '50020005 5003000697' : '50020005 50020006');
      expect(second.connection.deadline).toBe(Infinity);
      expect(second.connection.session.received.has(6)).toBe(false);
    }
  });

  it('at the next bytes at the latest, and never twice', () => {
    const [first, second] = takenOver();
    takeOver(first, second);
    first.acknowledge(6); // not asked again yet
    expect(second.connection.deadline).toBe(Infinity);
    second.receive(publish(5, 2, { duplicate: true }));
    first.acknowledge(5);
    expect(sentHex(second.receive('c000'))).toBe('50020005 d000');
    expect(sentHex(second.receive(publish(6, 2, { duplicate: true })))).toBe('50020006');
  });

  it('pitfall: a release that is answered late does not take the answer from the next connection', () => {
    const [first, second] = takenOver();
    first.acknowledge(5);
    first.receive('62 02 0005');
    takeOver(first, second);
    expect(gotTypes(second.receive('62 02 0005'))).toEqual(['pubrel']);
    expect(first.acknowledge(5)).toEqual([]);
    expect(sentHex(second.acknowledge(5))).toBe('70020005');
  });

  it('there may be no session yet', () => {
    expect(new Dialogue({ role: 'server' }, 5).acknowledge(1)).toEqual([]);
  });
});

describe('acknowledgements sent as packets', () => {
  it('do the same', () => {
    const server = connectedServer();
    server.receive(publish(1, 1), publish(2, 2));
    expect(sentHex(server.send({ type: 'puback', packetIdentifier: 1, reasonCode: 0x10 }))).toBe('4003000110');
    expect(sentHex(server.send({ type: 'pubrec', packetIdentifier: 2 }))).toBe('50020002');
    server.receive('62 02 0002');
    expect(sentHex(server.send({ type: 'pubcomp', packetIdentifier: 2, properties: { reasonString: 'ok' } }))).toBe(
      '7009000200051f00026f6b',
    );
  });

  it('but only the kind that is waited for', () => {
    const server = connectedServer();
    server.receive(publish(1, 1), publish(2, 2));
    for (const packet of [
      { type: 'pubrec', packetIdentifier: 1 },
      { type: 'puback', packetIdentifier: 2 },
      { type: 'pubcomp', packetIdentifier: 2 },
      { type: 'puback', packetIdentifier: 3 },
    ] as const) {
      expect(() => server.send(packet)).toThrow(usage('PACKET_IDENTIFIER_UNKNOWN'));
    }
    expect(() => connectedServer().send({ type: 'puback', packetIdentifier: 1 })).toThrow(
      usage('PACKET_IDENTIFIER_UNKNOWN'),
    );
  });

  it('stop at a sink that ends the connection', () => {
    const server = connectedServer();
    server.receive(publish(1, 1), publish(2, 1));
    server.acknowledge(2);
    const log: string[] = [];
    const sink = {
      transmit: () => {
        log.push('transmit');
        server.connection.end(0);
      },
      packet() {},
      close() {},
    };
    server.connection.acknowledge(1, 0, sink);
    expect(log).toEqual(['transmit']);
  });
});

import { describe, expect, it } from 'vitest';
import {
  closing,
  connectedClient,
  connectedServer,
  type Dialogue,
  gotTypes,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

function subscribe(dialogue: Dialogue, ...topicFilters: string[]): string {
  return sentHex(
    dialogue.send({ type: 'subscribe', subscriptions: topicFilters.map((topicFilter) => ({ topicFilter })) }),
  );
}

describe('a client subscribes', () => {
  it('with an identifier of its own or one it has acquired', () => {
    const client = connectedClient({ version: 4 });
    expect([subscribe(client, 'a'), subscribe(client, 'b')]).toEqual(['8206000100016100', '8206000200016200']);
    const packetIdentifier = client.connection.session.identifiers.acquire();
    expect(sentHex(client.send({ type: 'unsubscribe', topicFilters: ['a'], packetIdentifier }))).toBe('a2050003000161');
    expect(client.connection.session.identifiers.count).toBe(3);
  });

  it('pitfall: an identifier in use is refused, whatever uses it', () => {
    const client = connectedClient();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    subscribe(client, 'a');
    for (const packetIdentifier of [1, 2]) {
      expect(() => client.send({ type: 'unsubscribe', topicFilters: ['a'], packetIdentifier })).toThrow(
        usage('PACKET_IDENTIFIER_IN_USE'),
      );
    }
  });

  it('pitfall: an identifier is free again after every early error', () => {
    const client = connectedClient();
    expect(() => subscribe(client, 'a/#/b')).toThrow(usage('INVALID_TOPIC_FILTER'));
    expect(() => subscribe(client)).toThrow(usage('INVALID_ARGUMENT'));
    expect(client.connection.session.identifiers.count).toBe(0);
  });

  it('[MQTT-3.8.4-1] [MQTT-3.10.4-4] the answers free the identifier', () => {
    const client = connectedClient();
    subscribe(client, 'a', 'b');
    client.send({ type: 'unsubscribe', topicFilters: ['a'] });
    expect(
      gotTypes(
        client.receive(
          { type: 'suback', packetIdentifier: 1, reasonCodes: [0, 0x80] },
          { type: 'unsuback', packetIdentifier: 2, reasonCodes: [0x11] },
        ),
      ),
    ).toEqual(['suback', 'unsuback']);
    expect(client.connection.session.identifiers.count).toBe(0);
    const old = connectedClient({ version: 4 });
    old.send({ type: 'unsubscribe', topicFilters: ['a'] });
    expect(gotTypes(old.receive({ type: 'unsuback', packetIdentifier: 1 }))).toEqual(['unsuback']);
  });

  it('[MQTT-3.8.4-2] [MQTT-3.10.4-5] an answer to nothing that was asked closes', () => {
    for (const [answer, statement] of [
      [{ type: 'suback', packetIdentifier: 1, reasonCodes: [0] }, 'MQTT-3.8.4-2'],
      [{ type: 'unsuback', packetIdentifier: 2, reasonCodes: [0] }, 'MQTT-3.10.4-5'],
    ] as const) {
      const client = connectedClient();
      expect(closing(client.receive(answer))).toMatchObject({ statement });
      const other = connectedClient();
      other.send({ type: 'unsubscribe', topicFilters: ['a'] });
      subscribe(other, 'a');
      expect([sentHex(other.receive(answer)), other.connection.state]).toEqual(['e00182', 'closed']);
    }
  });

  it('[MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-3.11.3-1] an answer has a code for each topic filter', () => {
    const client = connectedClient();
    subscribe(client, 'a', 'b');
    expect(closing(client.receive({ type: 'suback', packetIdentifier: 1, reasonCodes: [0] }))).toMatchObject({
      statement: 'MQTT-3.8.4-6',
    });
    const other = connectedClient();
    other.send({ type: 'unsubscribe', topicFilters: ['a'] });
    expect(closing(other.receive({ type: 'unsuback', packetIdentifier: 1, reasonCodes: [0, 0] }))).toMatchObject({
      statement: 'MQTT-3.11.3-1',
    });
  });

  it('pitfall: obeys what CONNACK says is not available', () => {
    const client = connectedClient({
      connack: {
        properties: {
          wildcardSubscriptionAvailable: false,
          sharedSubscriptionAvailable: false,
          subscriptionIdentifiersAvailable: false,
        },
      },
    });
    for (const topicFilter of ['a/+', '#', '$share/g/a']) {
      expect(() => subscribe(client, 'x', topicFilter)).toThrow(usage('NOT_SUPPORTED_BY_PEER'));
    }
    const subscriptions = [{ topicFilter: 'a' }];
    expect(() =>
      client.send({ type: 'subscribe', subscriptions, properties: { subscriptionIdentifiers: [1] } }),
    ).toThrow(usage('NOT_SUPPORTED_BY_PEER'));
    expect(client.connection.session.identifiers.count).toBe(0);
    client.send({ type: 'subscribe', subscriptions, properties: { subscriptionIdentifiers: [] } });
    const able = connectedClient();
    able.send({
      type: 'subscribe',
      subscriptions: [{ topicFilter: '$share/g/#' }],
      properties: { subscriptionIdentifiers: [1] },
    });
  });

  it('[MQTT-3.2.2-15] a SUBSCRIBE larger than the server takes is refused whole', () => {
    const client = connectedClient({ connack: { properties: { maximumPacketSize: 30 } } });
    const request = {
      type: 'subscribe',
      subscriptions: [{ topicFilter: 'a' }],
      properties: { userProperties: [['name', 'a long value, too long']] as [string, string][] },
    } as const;
    expect(() => client.send(request)).toThrow(usage('PACKET_TOO_LARGE'));
    expect(client.connection.session.identifiers.count).toBe(0);
  });

  it('the end of the connection frees what was not answered, and only that', () => {
    const client = connectedClient();
    const { identifiers } = client.connection.session;
    const acquired = identifiers.acquire();
    subscribe(client, 'a');
    client.end();
    expect([identifiers.count, identifiers.isHeld(acquired)]).toEqual([1, true]);
    reconnect(client, { sessionPresent: false });
    expect(closing(client.receive({ type: 'suback', packetIdentifier: 2, reasonCodes: [0] }))).toMatchObject({
      statement: 'MQTT-3.8.4-2',
    });
  });
});

describe('a server answers', () => {
  const SUBSCRIBE = {
    type: 'subscribe',
    packetIdentifier: 7,
    subscriptions: [{ topicFilter: 'a' }, { topicFilter: 'b' }],
  } as const;
  const UNSUBSCRIBE = { type: 'unsubscribe', packetIdentifier: 8, topicFilters: ['a'] } as const;

  it('[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5] what was asked, once', () => {
    const server = connectedServer();
    expect(gotTypes(server.receive(SUBSCRIBE, UNSUBSCRIBE))).toEqual(['subscribe', 'unsubscribe']);
    expect(() => server.send({ type: 'suback', packetIdentifier: 8, reasonCodes: [0] })).toThrow(
      usage('PACKET_IDENTIFIER_UNKNOWN'),
    );
    expect(sentHex(server.send({ type: 'suback', packetIdentifier: 7, reasonCodes: [1, 0x80] }))).toBe(
      '90050007000180',
    );
    expect(sentHex(server.send({ type: 'unsuback', packetIdentifier: 8, reasonCodes: [0] }))).toBe('b00400080000');
    expect(() => server.send({ type: 'suback', packetIdentifier: 7, reasonCodes: [1, 1] })).toThrow(
      usage('PACKET_IDENTIFIER_UNKNOWN'),
    );
    expect(() => connectedServer().send({ type: 'unsuback', packetIdentifier: 7, reasonCodes: [0] })).toThrow(
      usage('PACKET_IDENTIFIER_UNKNOWN'),
    );
  });

  it('[MQTT-3.8.4-6] [MQTT-3.9.3-2] [MQTT-3.11.3-2] [MQTT-3.8.4-5@3.1.1] with a code for each topic filter', () => {
    const server = connectedServer();
    server.receive(SUBSCRIBE, UNSUBSCRIBE);
    expect(() => server.send({ type: 'suback', packetIdentifier: 7, reasonCodes: [1] })).toThrow(
      usage('INVALID_ARGUMENT'),
    );
    expect(() => server.send({ type: 'unsuback', packetIdentifier: 8 })).toThrow(usage('INVALID_ARGUMENT'));
    const old = connectedServer({ version: 4 });
    old.receive(UNSUBSCRIBE);
    expect(sentHex(old.send({ type: 'unsuback', packetIdentifier: 8 }))).toBe('b0020008');
  });

  it('[MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] leaving out explanations that do not fit', () => {
    const server = connectedServer({ connect: { properties: { maximumPacketSize: 10 } } });
    server.receive(SUBSCRIBE, UNSUBSCRIBE);
    const properties = { reasonString: 'a long reason' };
    expect(sentHex(server.send({ type: 'suback', packetIdentifier: 7, reasonCodes: [1, 1], properties }))).toBe(
      '90050007000101',
    );
    expect(sentHex(server.send({ type: 'unsuback', packetIdentifier: 8, reasonCodes: [0], properties }))).toBe(
      'b00400080000',
    );
  });

  it('pitfall: closes on what it said is not available, with the code for it', () => {
    const connack = {
      properties: {
        wildcardSubscriptionAvailable: false,
        sharedSubscriptionAvailable: false,
        subscriptionIdentifiersAvailable: false,
      },
    };
    const ask = (topicFilters: string[], properties = {}): string => {
      const server = connectedServer({ connack });
      const subscriptions = topicFilters.map((topicFilter) => ({ topicFilter }));
      const events = server.receive({ type: 'subscribe', packetIdentifier: 1, subscriptions, properties });
      return `${gotTypes(events)}${sentHex(events)}`;
    };
    expect(ask(['a'])).toBe('subscribe');
    expect(ask(['a', '$share/g/#', '+'])).toBe('e0019e');
    expect(ask(['a', 'b/+', '$share/g/a'])).toBe('e001a2');
    expect(ask(['a'], { subscriptionIdentifiers: [1] })).toBe('e001a1');
    expect(ask(['#'], { subscriptionIdentifiers: [1] })).toBe('e001a2');
  });
});

import { describe, expect, it } from 'vitest';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import {
  connectedClient,
  connectedServer,
  Dialogue,
  lastingClient,
  publish,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

describe('sending a PUBLISH', () => {
  it('[MQTT-4.3.1-1] QoS 0 has no identifier and is not kept', () => {
    const client = connectedClient();
    expect(sentHex(client.send({ type: 'publish', topicName: 't', payload: 'p' }))).toBe('30050001740070');
    expect(client.connection.session.outgoing.count).toBe(0);
    expect(() => client.send({ type: 'publish', topicName: 't', packetIdentifier: 1 })).toThrow(
      usage('INVALID_ARGUMENT'),
    );
  });

  it('[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.3-1] [MQTT-4.3.3-2] gets an unused identifier and no DUP', () => {
    const client = connectedClient({ version: 4 });
    const { identifiers, outgoing } = client.connection.session;
    identifiers.register(2);
    const events = [1, 2, 1].flatMap((qos) =>
      client.send({ type: 'publish', topicName: 't', payload: 'p', qos: qos as 1 | 2 }),
    );
    expect(sentHex(events)).toBe('3206000174000170 3406000174000370 3206000174000470');
    expect(outgoing.entries().map(({ packetIdentifier, stage }) => [packetIdentifier, stage])).toEqual([
      [1, 'puback'],
      [3, 'pubrec'],
      [4, 'puback'],
    ]);
  });

  it('takes an identifier that was acquired, registered or is free', () => {
    const client = connectedClient();
    const { identifiers } = client.connection.session;
    const acquired = identifiers.acquire();
    identifiers.register(50);
    for (const packetIdentifier of [acquired, 50, 60]) client.send(publish(packetIdentifier, 1));
    expect([identifiers.isHeld(acquired), identifiers.isHeld(50), identifiers.count]).toEqual([false, false, 3]);
    expect(() => client.send(publish(50, 1))).toThrow(usage('PACKET_IDENTIFIER_IN_USE'));
    expect(() => client.send(publish(65_536, 1))).toThrow(usage('INVALID_ARGUMENT'));
  });

  it('an identifier that a SUBSCRIBE waits with is in use', () => {
    const client = connectedClient();
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'x' }] });
    expect(() => client.send(publish(1, 1))).toThrow(usage('PACKET_IDENTIFIER_IN_USE'));
  });

  it('says when every identifier is in use', () => {
    const client = connectedClient({ version: 4 });
    const { identifiers } = client.connection.session;
    while (identifiers.acquire() !== 0);
    expect(() => client.send({ type: 'publish', topicName: 't', qos: 1 })).toThrow(
      usage('PACKET_IDENTIFIERS_EXHAUSTED'),
    );
    expect(() => client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'x' }] })).toThrow(
      usage('PACKET_IDENTIFIERS_EXHAUSTED'),
    );
    expect(client.connection.admit(1, undefined, 0)).toBe(0);
  });

  it('a new message is no duplicate', () => {
    expect(() => connectedClient().send({ ...publish(1, 1), duplicate: true })).toThrow(usage('INVALID_ARGUMENT'));
  });

  it('returns the identifier to a sink, and keeps what the owner wants kept', () => {
    const { connection } = connectedClient();
    const sink = { transmit() {}, packet() {}, close() {} };
    const own: PublishInput = { type: 'publish', topicName: 'kept' };
    expect(connection.send({ type: 'publish', topicName: 't', qos: 1 }, 0, sink, own)).toBe(1);
    expect(connection.session.outgoing.storedOf(1)).toBe(own);
    expect(connection.send({ type: 'publish', topicName: 't' }, 0, sink)).toBe(0);
  });

  it('pitfall: what is kept does not change when the caller goes on with the buffer', () => {
    const client = lastingClient();
    const payload = Uint8Array.of(1, 2, 3);
    const correlationData = Uint8Array.of(4);
    client.send({ type: 'publish', topicName: 't', qos: 1, payload, properties: { correlationData } });
    payload.fill(9);
    correlationData.fill(9);
    expect(client.connection.session.outgoing.storedOf(1)).toMatchObject({
      payload: Uint8Array.of(1, 2, 3),
      properties: { correlationData: Uint8Array.of(4) },
    });
    client.end();
    expect(client.sent(reconnect(client))[0]).toMatchObject({ payload: Uint8Array.of(1, 2, 3) });
  });

  it("can be kept in a form of one's own", () => {
    const client = new Dialogue(
      {
        role: 'client',
        publishToStore: (kept) => ({ ...kept, contentType: 'x' }) as PublishInput,
        storedPublish: (kept) => ({ ...kept, topicName: 'other' }),
      },
      5,
    );
    reconnect(client);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    expect(client.connection.session.outgoing.storedOf(1)).toMatchObject({ contentType: 'x' });
    client.end();
    expect(client.sent(reconnect(client))).toMatchObject([{ topicName: 'other', duplicate: true }]);
  });
});

describe('the limits of the peer', () => {
  it('[MQTT-3.2.2-11] pitfall: QoS above the Maximum QoS of the server', () => {
    const client = connectedClient({ connack: { properties: { maximumQoS: 1 } } });
    expect(() => client.send({ type: 'publish', topicName: 't', qos: 2 })).toThrow(usage('NOT_SUPPORTED_BY_PEER'));
    client.send({ type: 'publish', topicName: 't', qos: 1 });
  });

  it('[MQTT-3.2.2-14] pitfall: RETAIN where nothing is retained', () => {
    const client = connectedClient({ connack: { properties: { retainAvailable: false } } });
    expect(() => client.send({ type: 'publish', topicName: 't', retain: true })).toThrow(
      usage('NOT_SUPPORTED_BY_PEER'),
    );
  });

  it('[MQTT-3.2.2-15] [MQTT-3.1.2-24] pitfall: larger than the peer takes fails only this message', () => {
    for (const dialogue of [
      connectedClient({ connack: { properties: { maximumPacketSize: 20 } } }),
      connectedServer({ connect: { properties: { maximumPacketSize: 20 } } }),
    ]) {
      const large = { type: 'publish', topicName: 't', payload: 'x'.repeat(20) } as const;
      expect(() => dialogue.send({ ...large, qos: 1 })).toThrow(usage('PACKET_TOO_LARGE'));
      expect(() => dialogue.send(large)).toThrow(usage('PACKET_TOO_LARGE'));
      expect([
        dialogue.connection.session.identifiers.count,
        dialogue.connection.writer.length,
        dialogue.connection.state,
      ]).toEqual([0, 0, 'connected']);
      dialogue.send({ ...large, payload: 'x'.repeat(13) });
    }
  });

  it('[MQTT-3.3.4-6] a client sends no Subscription Identifiers', () => {
    const packet = { type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [1] } } as const;
    expect(() => connectedClient().send(packet)).toThrow(usage('INVALID_PROPERTY'));
    connectedServer().send(packet);
    connectedClient().send({ type: 'publish', topicName: 't', properties: { subscriptionIdentifiers: [] } });
  });

  it('[MQTT-3.3.4-7] [MQTT-3.3.4-9] [MQTT-4.9.0-2] pitfall: no more than the Receive Maximum of the peer', () => {
    for (const dialogue of [
      connectedClient({ connack: { properties: { receiveMaximum: 2 } } }),
      connectedServer({ connect: { properties: { receiveMaximum: 2 } } }),
    ]) {
      expect(dialogue.connection.vacancy).toBe(2);
      for (const qos of [1, 2] as const) dialogue.send({ type: 'publish', topicName: 't', qos });
      expect([dialogue.connection.vacancy, dialogue.connection.admit(1, undefined, 0)]).toEqual([0, 0]);
      expect(() => dialogue.send({ type: 'publish', topicName: 't', qos: 1 })).toThrow(
        usage('RECEIVE_MAXIMUM_EXCEEDED'),
      );
      expect(dialogue.connection.session.identifiers.count).toBe(2);
    }
  });

  it('[MQTT-3.3.4-8] [MQTT-3.3.4-10] [MQTT-4.9.0-3] pitfall: everything but PUBLISH bypasses the quota', () => {
    const client = connectedClient({
      connack: { properties: { receiveMaximum: 1 } },
      connect: { properties: { sessionExpiryInterval: 5 } },
    });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive(publish(9, 1));
    const events = [
      ...client.send({ type: 'publish', topicName: 't' }),
      ...client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'x' }] }),
      ...client.send({ type: 'pingreq' }),
      ...client.acknowledge(9),
      ...client.receive('50 02 0001'),
      ...client.send({ type: 'disconnect' }),
    ];
    expect(client.sent(events).map(({ type }) => type)).toEqual([
      'publish',
      'subscribe',
      'pingreq',
      'puback',
      'pubrel',
      'disconnect',
    ]);
  });

  it("[MQTT-4.9.0-1] a limit of one's own below that of the peer", () => {
    const client = connectedClient({ maximumInFlight: 1, connack: { properties: { receiveMaximum: 5 } } });
    expect(client.connection.vacancy).toBe(1);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    expect(client.connection.vacancy).toBe(0);
    for (const maximumInFlight of [0, -1, Number.NaN]) {
      expect(() => new Dialogue({ role: 'client', maximumInFlight }, 5)).toThrow(usage('INVALID_ARGUMENT'));
    }
  });

  it('pitfall: the quota is 65,535 again when the next CONNACK omits Receive Maximum', () => {
    const client = lastingClient({ connack: { properties: { receiveMaximum: 2 } } });
    client.end();
    expect(client.connection.vacancy).toBe(0);
    reconnect(client);
    expect(client.connection.vacancy).toBe(65_535);
  });
});

describe('admit', () => {
  it('takes identifiers for messages that the owner writes itself', () => {
    const { connection } = connectedServer();
    const stored: PublishInput = { type: 'publish', topicName: 't' };
    expect([
      connection.admit(1, stored, 0),
      connection.admit(2, undefined, 700),
      connection.admit(1, undefined, 5),
    ]).toEqual([1, 700, 701]);
    expect([connection.session.outgoing.storedOf(1), connection.session.outgoing.stageOf(700)]).toEqual([
      stored,
      'pubrec',
    ]);
  });

  it('has no vacancy without a connection', () => {
    const { connection } = new Dialogue({ role: 'server' }, 5);
    expect([connection.admit(1, undefined, 0), connection.vacancy]).toEqual([0, 0]);
  });
});

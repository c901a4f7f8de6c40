// A received message that gets no answer on this network connection: those behind it do, and it comes again later.
import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../../src/mqtt/client-connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import { EventCollector } from '../../src/mqtt/connection-events.ts';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { QoS } from '../../src/mqtt/wire-format.ts';

const FORMAT = { protocolVersion: 5, packetIdentifierSize: 2 } as const;

function connected(client = new ClientConnection<PublishInput>(), sessionPresent = false) {
  client.send({ type: 'connect', clientId: 'c', cleanStart: !sessionPresent }, 0);
  client.receive(writePacket({ type: 'connack', sessionPresent }, FORMAT), 0);
  return client;
}

function receive(client: ClientConnection<PublishInput>, qos: QoS, packetIdentifier: number, duplicate = false) {
  const packet = { type: 'publish', topicName: 't', qos, packetIdentifier, duplicate } as const;
  return client.receive(writePacket(packet, FORMAT), 0).map(({ type }) => type);
}

function abandon(client: ClientConnection<PublishInput>, packetIdentifier: number): ConnectionEvent<PublishInput>[] {
  const collector = new EventCollector<PublishInput>(client.writer);
  client.abandon(packetIdentifier, 0, collector);
  return collector.events;
}

const sent = (events: ConnectionEvent<PublishInput>[]) =>
  events.map((event) => (event.type === 'transmit' ? [event.bytes[0]! >> 4, event.bytes[3]] : event.type));

describe('abandon', () => {
  it.each([
    [1, 4],
    [2, 5],
  ] as const)('at QoS %i acknowledgements of later messages do not wait for it', (qos, type) => {
    const client = connected();
    for (const packetIdentifier of [1, 2, 3]) receive(client, qos, packetIdentifier);
    expect(sent(client.acknowledge(2, 0))).toEqual([]);
    expect(sent(abandon(client, 1))).toEqual([[type, 2]]);
    expect(sent(client.acknowledge(3, 0))).toEqual([[type, 3]]);
  });

  it('counts against our Receive Maximum until the connection ends', () => {
    const client = new ClientConnection<PublishInput>();
    client.send({ type: 'connect', clientId: 'c', properties: { receiveMaximum: 1 } }, 0);
    client.receive(writePacket({ type: 'connack' }, FORMAT), 0);
    receive(client, 1, 1);
    abandon(client, 1);
    expect(receive(client, 1, 2)).toEqual(['transmit', 'close']);
  });

  it('a QoS 2 message is new when it comes again on the next connection', () => {
    const client = connected();
    receive(client, 2, 7);
    abandon(client, 7);
    client.end(0);
    connected(client, true);
    expect(receive(client, 2, 7, true)).toEqual(['packet']);
    expect(sent(client.acknowledge(7, 0))).toEqual([[5, 7]]);
  });

  it('works after the connection is gone, too', () => {
    const client = new ClientConnection<PublishInput>();
    client.send({ type: 'connect', clientId: 'c', properties: { sessionExpiryInterval: 60 } }, 0);
    client.receive(writePacket({ type: 'connack' }, FORMAT), 0);
    receive(client, 2, 7);
    client.end(0);
    expect(abandon(client, 7)).toEqual([]);
    connected(client, true);
    expect(receive(client, 2, 7, true)).toEqual(['packet']);
  });

  it('has no effect for what waits for no answer', () => {
    const client = connected();
    expect(abandon(client, 9)).toEqual([]);
    receive(client, 1, 1);
    expect(abandon(client, 9)).toEqual([]);
    expect(sent(client.acknowledge(1, 0))).toEqual([[4, 1]]);
    expect(abandon(client, 1)).toEqual([]);
    expect(abandon(new ClientConnection<PublishInput>(), 1)).toEqual([]);
  });
});

describe('receiveMaximumSlack', () => {
  it('overlooks so many messages beyond the Receive Maximum, and no more', () => {
    const client = new ClientConnection<PublishInput>({ receiveMaximumSlack: 2 });
    client.send({ type: 'connect', clientId: 'c', properties: { receiveMaximum: 1 } }, 0);
    client.receive(writePacket({ type: 'connack' }, FORMAT), 0);
    for (const packetIdentifier of [1, 2, 3]) expect(receive(client, 1, packetIdentifier)).toEqual(['packet']);
    expect(receive(client, 1, 4)).toEqual(['transmit', 'close']);
  });
});

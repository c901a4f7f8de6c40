// Messages sent again after a reconnection, no faster than the owner wants.
import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../../src/mqtt/client-connection.ts';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';

const FORMAT = { protocolVersion: 5, packetIdentifierSize: 2 } as const;
const CONNECT = {
  type: 'connect',
  clientId: 'c',
  cleanStart: false,
  properties: { sessionExpiryInterval: 60 },
} as const;

function resumed(resendIntervalMs: number | undefined, receiveMaximum = 65_535) {
  const client = new ClientConnection<PublishInput>({ resendIntervalMs });
  client.send(CONNECT, 0);
  client.receive(writePacket({ type: 'connack' }, FORMAT), 0);
  for (let count = 0; count < 3; count++) client.send({ type: 'publish', topicName: 't', qos: 1 }, 0);
  client.end(1);
  client.send(CONNECT, 1_000);
  const connack = writePacket({ type: 'connack', sessionPresent: true, properties: { receiveMaximum } }, FORMAT);
  return { client, events: client.receive(connack, 1_000) };
}

const count = (events: readonly { readonly type: string }[]) => events.filter(({ type }) => type === 'transmit').length;

describe('resendIntervalMs', () => {
  it('without it everything is sent again at once', () => {
    const { client, events } = resumed(undefined);
    expect(count(events)).toBe(3);
    expect(client.deadline).toBe(Infinity);
  });

  it('one message each interval, and nothing new before them', () => {
    const { client, events } = resumed(100);
    expect(count(events)).toBe(1);
    expect(client.vacancy).toBe(0);
    expect(client.deadline).toBe(1_100);
    expect(count(client.tick(1_099))).toBe(0);
    expect(count(client.tick(1_100))).toBe(1);
    expect(count(client.tick(1_200))).toBe(1);
    expect(client.deadline).toBe(Infinity);
    expect(client.vacancy).toBeGreaterThan(0);
  });

  it('waits for the quota, not for the time, where the quota is what lacks', () => {
    const { client } = resumed(100, 1);
    expect(client.deadline).toBe(Infinity);
    expect(count(client.receive(writePacket({ type: 'puback', packetIdentifier: 1 }, FORMAT), 1_050))).toBe(0);
    expect(client.deadline).toBe(1_100);
    expect(count(client.tick(1_100))).toBe(1);
  });

  it('begins anew with each connection', () => {
    const { client } = resumed(100);
    client.end(1_010);
    client.send(CONNECT, 1_020);
    expect(count(client.receive(writePacket({ type: 'connack', sessionPresent: true }, FORMAT), 1_020))).toBe(1);
  });
});

// What CONNACK announces is what is enforced: for each property both are looked at, with defaults and as configured. Keep
// Alive and Session Expiry Interval, which depend on what the client asks for, are in connection-limits.test.ts.
import { describe, expect, it } from 'vitest';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import type { ConnackPacket } from '../../src/mqtt/packets/connack.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { ConnackProperties } from '../../src/mqtt/properties.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

async function open(limits: Partial<BrokerLimits>) {
  const { transport, broker } = await startBroker({ limits });
  const client = new RawClient(transport());
  client.write({ type: 'connect', clientId: 'client' });
  const connack = (await client.next()) as ConnackPacket;
  return { client, connack, broker };
}

const publish = (more: object): PacketInput => ({ type: 'publish', topicName: 'a', ...more });

/** As many QoS 2 messages as are announced, never released: none of them is done. */
const many = (count: number): PacketInput[] =>
  Array.from({ length: count }, (_, index) => publish({ qos: 2, packetIdentifier: index + 1 }));

interface Row {
  readonly limits: Partial<BrokerLimits>;
  readonly announced: Partial<ConnackProperties>;
  readonly fitting: readonly PacketInput[];
  readonly tooMuch: PacketInput;
  readonly reasonCode: number;
}

const sized = (size: number): PacketInput =>
  publish({ payload: new Uint8Array(size - 1 - (size > 16_386 ? 3 : 2) - 4) });

const TABLE: Record<string, Row> = {
  'Receive Maximum, default': {
    limits: {},
    announced: { receiveMaximum: DEFAULT_LIMITS.receiveMaximum },
    fitting: many(DEFAULT_LIMITS.receiveMaximum),
    tooMuch: publish({ qos: 2, packetIdentifier: 5_000 }),
    reasonCode: 0x93,
  },
  'Receive Maximum, configured': {
    limits: { receiveMaximum: 3 },
    announced: { receiveMaximum: 3 },
    fitting: many(3),
    tooMuch: publish({ qos: 1, packetIdentifier: 4 }),
    reasonCode: 0x93,
  },
  'Maximum Packet Size, configured': {
    limits: { packetSize: 20_000 },
    announced: { maximumPacketSize: 20_000 },
    fitting: [sized(20_000)],
    tooMuch: sized(20_001),
    reasonCode: 0x95,
  },
  'Topic Alias Maximum, default': {
    limits: {},
    announced: { topicAliasMaximum: DEFAULT_LIMITS.topicAliases },
    fitting: [publish({ properties: { topicAlias: DEFAULT_LIMITS.topicAliases } })],
    tooMuch: publish({ properties: { topicAlias: DEFAULT_LIMITS.topicAliases + 1 } }),
    reasonCode: 0x94,
  },
  'Topic Alias Maximum, none': {
    limits: { topicAliases: 0 },
    announced: { topicAliasMaximum: 0 },
    fitting: [],
    tooMuch: publish({ properties: { topicAlias: 1 } }),
    reasonCode: 0x94,
  },
  'Retain Available 0, by number': {
    limits: { retainedMessages: 0 },
    announced: { retainAvailable: false },
    fitting: [publish({ retain: false })],
    tooMuch: publish({ retain: true }),
    reasonCode: 0x9a,
  },
  'Retain Available 0, by bytes': {
    limits: { retainedBytes: 0 },
    announced: { retainAvailable: false },
    fitting: [],
    tooMuch: publish({ retain: true, qos: 2, packetIdentifier: 1 }),
    reasonCode: 0x9a,
  },
};

describe('CONNACK announces what is enforced', () => {
  it.each(Object.entries(TABLE))('%s', async (_name, { limits, announced, fitting, tooMuch, reasonCode }) => {
    const { client, connack } = await open(limits);
    expect(connack.properties).toMatchObject(announced);
    client.write(...fitting, { type: 'pingreq' });
    const count = fitting.filter((packet) => 'qos' in packet && packet.qos === 2).length + 1;
    const answers = await client.take(count);
    expect(answers.map(({ type }) => type).sort()).toEqual(['pingresp', ...Array(count - 1).fill('pubrec')]);
    client.write(tooMuch);
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode });
  });

  it('what is not announced is available: retained messages, wildcards, sharing, identifiers, QoS 2', async () => {
    const { client, connack, broker } = await open({});
    const { properties } = connack;
    for (const name of [
      'retainAvailable',
      'wildcardSubscriptionAvailable',
      'sharedSubscriptionAvailable',
      'subscriptionIdentifiersAvailable',
      'maximumQoS',
    ] as const) {
      expect(properties[name]).toBeUndefined();
    }
    expect(properties.maximumPacketSize).toBe(DEFAULT_LIMITS.packetSize);
    client.write(publish({ payload: 'kept', retain: true, qos: 2, packetIdentifier: 1 }), {
      type: 'subscribe',
      packetIdentifier: 2,
      subscriptions: [
        { topicFilter: '$share/group/+/#', qos: 2 },
        { topicFilter: '#', qos: 2 },
      ],
      properties: { subscriptionIdentifiers: [7] },
    });
    const answers = await client.take(3); // a SUBSCRIBE that takes long on a busy machine lets others go before
    expect(answers).toContainEqual(expect.objectContaining({ type: 'suback', reasonCodes: [2, 2] }));
    expect(answers).toContainEqual(expect.objectContaining({ type: 'pubrec' }));
    const identified = expect.objectContaining({ subscriptionIdentifiers: [7] });
    expect(answers).toContainEqual(expect.objectContaining({ type: 'publish', properties: identified }));
    expect(broker.statistics.connected).toBe(1);
  });

  it('a will with RETAIN is delivered where nothing is retained, and refused to nobody', async () => {
    const { transport, broker } = await startBroker({ limits: { retainedMessages: 0 } });
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', will: { topicName: 'w', payload: '', retain: true } });
    expect(await client.next()).toMatchObject({ type: 'connack' });
    expect(broker.statistics.dropped).toEqual({});
  });
});

// Whatever the peer sends, well-formed or not, in whatever order: receive() does not throw, an error closes once and for
// all, and the object serves the next network connection as if nothing had been.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { closing, connectedClient, connectedServer, Dialogue, type Events, gotTypes } from '../support/dialogue.ts';

const packetIdentifier = fc.integer({ min: 1, max: 4 });
const reasonCode = fc.constantFrom(0, 0x10, 0x80, 0x97);
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);

const packet: fc.Arbitrary<PacketInput> = fc.oneof(
  fc
    .record({
      type: fc.constant('publish' as const),
      topicName: fc.constantFrom('a', 'b/c'),
      payload: fc.string({ maxLength: 5 }),
      qos,
      packetIdentifier,
      topicAlias: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ topicAlias, packetIdentifier: identifier, ...publish }) => ({
      ...publish,
      packetIdentifier: publish.qos === 0 ? 0 : identifier,
      properties: topicAlias === 0 ? {} : { topicAlias },
    })),
  fc.record({ type: fc.constantFrom('puback' as const, 'pubrec' as const), packetIdentifier, reasonCode }),
  fc.record({
    type: fc.constantFrom('pubrel' as const, 'pubcomp' as const),
    packetIdentifier,
    reasonCode: fc.constantFrom(0, 0x92),
  }),
  fc.record({
    type: fc.constant('subscribe' as const),
    packetIdentifier,
    subscriptions: fc.constant([{ topicFilter: 'a/#' }]),
  }),
  fc.record({ type: fc.constant('unsubscribe' as const), packetIdentifier, topicFilters: fc.constant(['a']) }),
  fc.record({ type: fc.constant('suback' as const), packetIdentifier, reasonCodes: fc.constant([0]) }),
  fc.record({ type: fc.constant('unsuback' as const), packetIdentifier, reasonCodes: fc.constant([0]) }),
  fc.record({ type: fc.constantFrom('pingreq' as const, 'pingresp' as const) }),
  fc.record({ type: fc.constant('disconnect' as const) }),
  fc.record({ type: fc.constant('connack' as const) }),
  fc.record({ type: fc.constant('connect' as const), clientId: fc.constant('c') }),
  fc.record({
    type: fc.constant('auth' as const),
    reasonCode: fc.constantFrom(0x18, 0x19),
    properties: fc.constant({ authenticationMethod: 'M' }),
  }),
);

const START = {
  'a connected server': (options: object) =>
    connectedServer({ ...options, connack: { properties: { topicAliasMaximum: 2, receiveMaximum: 3 } } }),
  'a connected client': (options: object) =>
    connectedClient({ ...options, connect: { properties: { topicAliasMaximum: 2, receiveMaximum: 3 } } }),
  'a client with messages in flight': (options: object) => {
    const client = connectedClient(options);
    for (const each of [1, 2, 2, 1] as const) client.send({ type: 'publish', topicName: 't', qos: each });
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'x' }] });
    return client;
  },
  'a server before CONNACK': (options: object) => {
    const server = new Dialogue({ role: 'server', ...options }, 5);
    server.receive({ type: 'connect', clientId: 'c', properties: { authenticationMethod: 'M' } });
    return server;
  },
  'nobody yet': (options: object) => new Dialogue({ role: 'any', ...options }, 5),
} as const;

function expectUnharmed(dialogue: Dialogue, events: Events): void {
  const closes = events.filter(({ type }) => type === 'close').length;
  expect(closes).toBe(dialogue.connection.state === 'closed' ? 1 : 0);
  if (closing(events) !== 'open') expect(dialogue.receive('c000')).toEqual([]);
  dialogue.end();
  expect(dialogue.connection.state).toBe('idle');
  if (dialogue.connection.side !== 'client')
    expect(gotTypes(dialogue.receive({ type: 'connect', clientId: 'next' }))).toEqual(['connect']);
}

describe('any packets in any order', () => {
  it.each(Object.keys(START) as (keyof typeof START)[])('%s is not harmed', (start) => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30, size: 'max' }), fc.boolean(), (packets, automaticAcknowledge) => {
        const dialogue = START[start]({ automaticAcknowledge });
        expectUnharmed(dialogue, dialogue.receive(...packets));
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.keys(START) as (keyof typeof START)[])('nor when bytes of them are wrong: %s', (start) => {
    const damage = fc.record({ at: fc.nat(400), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.array(packet, { minLength: 1, maxLength: 12, size: 'max' }),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        (packets, damages) => {
          const dialogue = START[start]({});
          const stream = Uint8Array.from(packets.flatMap((each) => [...dialogue.write(each)]));
          for (const { at, value } of damages) stream[at % stream.length] = value;
          expectUnharmed(dialogue, dialogue.receive(stream));
        },
      ),
      { numRuns: 200 },
    );
  });
});

// A client's connection that learns to publish and to authenticate when it is asked to.
import { describe, expect, it } from 'vitest';
import { ALIASES } from '../../src/mqtt/connection-aliases.ts';
import { AUTHENTICATION } from '../../src/mqtt/connection-authentication.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import { PUBLISHING } from '../../src/mqtt/connection-publishing.ts';
import { InFlight } from '../../src/mqtt/in-flight.ts';
import { ListeningConnection } from '../../src/mqtt/listening-connection.ts';

function connected(connection = new ListeningConnection()): ListeningConnection {
  connection.send({ type: 'connect', clientId: 'c' }, 0);
  connection.receive(Uint8Array.of(0x20, 3, 0, 0, 0), 0);
  expect(connection.state).toBe('connected');
  return connection;
}

const typesOf = (events: readonly ConnectionEvent<unknown>[]) =>
  events.map((event) => (event.type === 'packet' ? event.packet.type : event.type));

describe('a connection that only listens', () => {
  it('subscribes, receives and acknowledges', () => {
    const connection = connected();
    const sent = connection.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a' }] }, 0);
    expect(typesOf(sent)).toEqual(['transmit']);
    expect(typesOf(connection.receive(Uint8Array.of(0x90, 4, 0, 1, 0, 0), 0))).toEqual(['suback']);
    expect(typesOf(connection.receive(Uint8Array.of(0x32, 6, 0, 1, 0x61, 0, 7, 0), 0))).toEqual(['publish']);
    expect(connection.acknowledge(7, 0)).toEqual([{ type: 'transmit', bytes: Uint8Array.of(0x40, 2, 0, 7) }]);
    expect(connection.deadline).toBe(Infinity);
    connection.tick(1);
  });

  it.each([
    ['PUBACK', Uint8Array.of(0x40, 2, 0, 1)],
    ['AUTH', Uint8Array.of(0xf0, 0)],
  ])('takes %s for a mistake of the server: nothing was sent that it could answer', (type, bytes) => {
    const events = connected().receive(bytes, 0);
    expect(typesOf(events)).toEqual(['transmit', 'close']);
    expect(events[1]).toMatchObject({
      error: { code: 'PROTOCOL_ERROR', message: `${type} for nothing that was sent` },
    });
  });

  it('takes a Topic Alias for a mistake as well, until it has learned what they are', () => {
    const aliased = Uint8Array.of(0x30, 8, 0, 1, 0x61, 3, 0x23, 0, 1, 0x78);
    expect(connected().receive(aliased, 0).at(-1)).toMatchObject({ error: { code: 'TOPIC_ALIAS_INVALID' } });
    const connection = new ListeningConnection();
    connection.extend(ALIASES);
    connection.send({ type: 'connect', clientId: 'c', properties: { topicAliasMaximum: 1 } }, 0);
    connection.receive(Uint8Array.of(0x20, 3, 0, 0, 0), 0);
    expect(typesOf(connection.receive(aliased, 0))).toEqual(['publish']);
  });

  it('has a session with nothing in flight, which a lost one leaves as it is', () => {
    const { session } = new ListeningConnection();
    const { outgoing } = session;
    expect([outgoing.count, outgoing.held, outgoing.has(1), outgoing.entries(), outgoing.slots()]).toEqual([
      0,
      0,
      false,
      [],
      [],
    ]);
    expect(session.clear()).toEqual([]);
  });

  it('publishes as soon as it has learned it, also on a connection that stands', () => {
    const connection = connected();
    connection.extend(PUBLISHING);
    connection.session.publishes(new InFlight(2));
    connection.send({ type: 'publish', topicName: 'a', qos: 1 }, 0);
    expect(typesOf(connection.receive(Uint8Array.of(0x40, 2, 0, 1), 0))).toEqual(['puback', 'settled']);
  });

  it('authenticates when it has learned that', () => {
    const connection = new ListeningConnection();
    connection.extend(AUTHENTICATION);
    connection.send({ type: 'connect', clientId: 'c', properties: { authenticationMethod: 'm' } }, 0);
    const auth = Uint8Array.of(0xf0, 6, 0x18, 4, 0x15, 0, 1, 0x6d);
    expect(typesOf(connection.receive(auth, 0))).toEqual(['auth']);
  });
});

import { describe, expect, it } from 'vitest';
import { Session } from '../../src/mqtt/session.ts';
import { closing, Dialogue, type Events, lastingClient, publish, reconnect } from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

/** `12d` is PUBLISH 12 with DUP, `12` without, `r12` is PUBREL 12. */
function outline(dialogue: Dialogue, events: Events): string {
  const sent = dialogue.sent(events).map((packet) => {
    if (packet.type === 'publish') return `${packet.packetIdentifier}${packet.duplicate ? 'd' : ''}`;
    return packet.type === 'pubrel' ? `r${packet.packetIdentifier}` : packet.type;
  });
  return sent.join(' ');
}

function dropped(events: Events): string[] {
  return events.flatMap((event) =>
    event.type === 'dropped' ? [`${event.stored.packetIdentifier} ${event.reason}`] : [],
  );
}

describe('a resume', () => {
  it.each([4, 5] as const)(
    '[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-3.3.1-1@3.1.1] [MQTT-4.6.0-1] pitfall: sends again with DUP, the same identifiers, in the original order (version %i)',
    (version) => {
      const client = lastingClient({ version });
      for (const qos of [1, 2, 1, 2] as const) client.send({ type: 'publish', topicName: 't', qos });
      client.receive('50 02 0002');
      client.end();
      expect(outline(client, reconnect(client))).toBe('r2 1d 3d 4d');
      client.end();
      expect(outline(client, reconnect(client))).toBe('r2 1d 3d 4d');
    },
  );

  it('a server resumes when it says that the session is present', () => {
    const session = new Session();
    session.outgoing.addSent(7, 2, publish(7, 2));
    session.outgoing.push(8, 6, publish(8, 2));
    const server = new Dialogue({ role: 'server' }, 5);
    server.receive({ type: 'connect', clientId: 'c', cleanStart: false });
    server.connection.attach(session);
    expect(outline(server, server.send({ type: 'connack', sessionPresent: true }))).toBe('connack r8 7d');
  });

  it('[MQTT-4.3.3-6] pitfall: once PUBREL was sent, never PUBLISH again', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive('50 02 0001');
    client.end();
    expect(outline(client, reconnect(client))).toBe('r1');
    expect(client.receive('70 02 0001').at(-1)).toMatchObject({ type: 'settled' });
  });

  it('pitfall: obeys the quota, resent packets count, and PUBREL does not wait for it', () => {
    const client = lastingClient();
    for (let count = 0; count < 4; count++) client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive('50 02 0005');
    client.end();
    const events = reconnect(client, { properties: { receiveMaximum: 3 } });
    expect([outline(client, events), client.connection.vacancy]).toEqual(['r5 1d 2d', 0]);
    expect(() => client.send({ type: 'publish', topicName: 't', qos: 1 })).toThrow(usage('RECEIVE_MAXIMUM_EXCEEDED'));
    expect(client.connection.admit(1, undefined, 0)).toBe(0);
    expect(outline(client, client.receive('40 02 0001'))).toBe('3d');
    expect(outline(client, client.receive('40 02 0002'))).toBe('4d');
    expect(client.connection.vacancy).toBe(0);
    client.receive('40 02 0003');
    expect(client.connection.vacancy).toBe(1);
  });

  it('pitfall: the first acknowledgement after a resume does not make more room than there is', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive('50 02 0002');
    client.end();
    reconnect(client, { properties: { receiveMaximum: 1 } });
    expect(client.connection.vacancy).toBe(0);
    client.receive('70 02 0002');
    expect(client.connection.vacancy).toBe(0);
    client.receive('40 02 0001');
    expect(client.connection.vacancy).toBe(1);
  });

  it('pitfall: a message this peer does not take fails alone, once, and what is behind it goes on', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 1, payload: 'x'.repeat(30) });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.send({ type: 'publish', topicName: 't', qos: 1, retain: true });
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    const properties = { receiveMaximum: 1, maximumPacketSize: 20, maximumQoS: 1, retainAvailable: false } as const;
    const events = reconnect(client, { properties });
    expect([outline(client, events), dropped(events)]).toEqual([
      '4d',
      ['1 packet-too-large', '2 not-supported', '3 not-supported'],
    ]);
    expect([closing(events), client.connection.session.identifiers.count]).toEqual(['open', 1]);
    client.end();
    expect([outline(client, reconnect(client))]).toEqual(['4d']);
  });

  it('what the owner has no more of is dropped; what it never gave is forgotten', () => {
    const client = new Dialogue(
      { role: 'client', storedPublish: (kept) => (kept.packetIdentifier === 1 ? undefined : kept) },
      5,
    );
    reconnect(client);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.connection.admit(1, undefined, 0);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    const events = reconnect(client);
    expect([outline(client, events), dropped(events), client.connection.session.identifiers.count]).toEqual([
      '3d',
      ['1 expired'],
      1,
    ]);
  });

  it('an error of the owner is not swallowed', () => {
    const client = new Dialogue(
      {
        role: 'client',
        storedPublish: () => {
          throw new RangeError('mine');
        },
      },
      5,
    );
    reconnect(client);
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    expect(() => reconnect(client)).toThrow(RangeError);
    class Broken extends Uint8Array {
      override get length(): number {
        throw new RangeError('mine');
      }
    }
    const broken = new Dialogue({ role: 'client', storedPublish: (kept) => ({ ...kept, payload: new Broken() }) }, 5);
    reconnect(broken);
    broken.send({ type: 'publish', topicName: 't', qos: 1 });
    broken.end();
    expect(() => reconnect(broken)).toThrow(RangeError);
  });

  it('an owner that ends the connection while it is told of the session gets nothing sent', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    client.send({ type: 'connect', clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 5 } });
    const transmitted: number[] = [];
    const sink = {
      transmit: (start: number, end: number) => transmitted.push(end - start),
      packet: () => void client.connection.end(0),
      close() {},
    };
    client.connection.receive(client.write({ type: 'connack', sessionPresent: true }), 0, sink);
    expect(transmitted).toEqual([]);
    expect(outline(client, reconnect(client))).toBe('1d');
  });
});

import { describe, expect, it } from 'vitest';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  type Events,
  lastingClient,
  publish,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

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

describe('Topic Aliases we send', () => {
  const aliases = { connack: { properties: { topicAliasMaximum: 2 } } };

  function send(client: Dialogue, topicName: string, more: Partial<PublishInput> = {}): string {
    const [packet] = client.sent(client.send({ type: 'publish', topicName, payload: 'p', ...more }));
    if (packet?.type !== 'publish') throw new Error('no PUBLISH');
    return `${packet.topicName}=${packet.properties.topicAlias ?? 0}`;
  }

  it('pitfall: automatic mapping replaces the least recently used, touched on use', () => {
    const client = connectedClient({ ...aliases, mapTopicAliases: true });
    expect(['a', 'b', 'a', 'c', 'b'].map((name) => send(client, name))).toEqual(['a=1', 'b=2', '=1', 'c=2', 'b=1']);
  });

  it('[MQTT-3.1.2-27] [MQTT-3.2.2-18] pitfall: a maximum of 0 or none means none', () => {
    for (const connack of [{}, { properties: { topicAliasMaximum: 0 } }]) {
      const client = connectedClient({ connack, mapTopicAliases: true });
      expect(send(client, 'a')).toBe('a=0');
      expect(() => send(client, 'a', { properties: { topicAlias: 1 } })).toThrow(usage('INVALID_PROPERTY'));
    }
  });

  it('there are none before 5.0', () => {
    const client = connectedClient({ version: 4, mapTopicAliases: true });
    expect([send(client, 'a'), send(client, 'a')]).toEqual(['a=0', 'a=0']);
  });

  it('by hand: first with the name, then without', () => {
    const client = connectedClient(aliases);
    expect(send(client, 'a', { properties: { topicAlias: 2 } })).toBe('a=2');
    expect(send(client, '', { properties: { topicAlias: 2 } })).toBe('=2');
    expect(() => send(client, '', { properties: { topicAlias: 1 } })).toThrow(usage('INVALID_TOPIC_NAME'));
    expect(send(client, 'a')).toBe('a=0');
  });

  it('[MQTT-3.3.2-9] [MQTT-3.3.2-11] [MQTT-3.2.2-17] [MQTT-3.1.2-26] pitfall: never above the maximum of the peer', () => {
    const client = connectedClient(aliases);
    expect(() => send(client, 'a', { properties: { topicAlias: 3 } })).toThrow(usage('INVALID_PROPERTY'));
    const server = connectedServer({ connect: { properties: { topicAliasMaximum: 1 } }, mapTopicAliases: true });
    expect([send(server, 'a'), send(server, 'a')]).toEqual(['a=1', '=1']);
    expect(() => send(server, 'a', { properties: { topicAlias: 2 } })).toThrow(usage('INVALID_PROPERTY'));
  });

  it('automatic replacement uses the aliases that were given by hand, and gives none', () => {
    const client = connectedClient({ ...aliases, replaceTopicAliases: true });
    expect(send(client, 'a')).toBe('a=0');
    send(client, 'a', { properties: { topicAlias: 2 } });
    expect([send(client, 'a'), send(client, 'b')]).toEqual(['=2', 'b=0']);
  });

  it('pitfall: size is checked with the alias; one that makes a packet too large is not used', () => {
    const client = connectedClient({
      connack: { properties: { topicAliasMaximum: 2, maximumPacketSize: 10 } },
      mapTopicAliases: true,
    });
    expect(send(client, 'abcd')).toBe('abcd=0');
    expect(send(client, 'a')).toBe('a=1');
    expect(() => send(client, 'a', { payload: 'x'.repeat(9) })).toThrow(usage('PACKET_TOO_LARGE'));
    expect(() => send(client, 'z', { payload: 'x'.repeat(9) })).toThrow(usage('PACKET_TOO_LARGE'));
    expect(() => send(client, 'z', { payload: 7 as unknown as string })).toThrow(usage('INVALID_ARGUMENT'));
    expect(send(client, 'b')).toBe('b=2');
  });

  it('[MQTT-3.3.2-7] pitfall: they live per network connection', () => {
    const client = lastingClient({ ...aliases, mapTopicAliases: true });
    send(client, 'a');
    client.end();
    reconnect(client, { properties: { topicAliasMaximum: 2 } });
    expect(send(client, 'a')).toBe('a=1');
  });

  it('pitfall: what is kept has its Topic Name and no alias', () => {
    const client = lastingClient({ ...aliases, mapTopicAliases: true });
    send(client, 'a', { qos: 1, properties: { topicAlias: 1, contentType: 'x' } });
    send(client, '', { qos: 1, properties: { topicAlias: 1 } });
    send(client, 'a', { qos: 2 });
    const stored = client.connection.session.outgoing.entries().map((entry) => entry.stored);
    expect(stored.map((kept) => [kept?.topicName, kept?.properties])).toEqual([
      ['a', { contentType: 'x' }],
      ['a', {}],
      ['a', {}],
    ]);
  });

  it('preparation for storing can be asked for', () => {
    const client = connectedClient(aliases);
    send(client, 'a', { properties: { topicAlias: 1 } });
    expect(
      client.connection.prepareForStoring({
        type: 'publish',
        topicName: '',
        properties: { topicAlias: 1, correlationData: 'd' },
      }),
    ).toMatchObject({ topicName: 'a', properties: { correlationData: 'd' } });
    expect(() =>
      client.connection.prepareForStoring({ type: 'publish', topicName: '', properties: { topicAlias: 2 } }),
    ).toThrow(usage('INVALID_TOPIC_NAME'));
    expect(() => client.connection.prepareForStoring({ type: 'publish', topicName: '' })).toThrow(
      usage('INVALID_TOPIC_NAME'),
    );
    expect(() =>
      new Dialogue({ role: 'client' }, 5).connection.prepareForStoring({
        type: 'publish',
        topicName: '',
        properties: { topicAlias: 2 },
      }),
    ).toThrow(usage('INVALID_TOPIC_NAME'));
  });
});

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

describe('publishing offline', () => {
  function offline(): Dialogue {
    return new Dialogue({ role: 'client', protocolVersion: 5, offlinePublish: true, mapTopicAliases: true }, 5);
  }

  it('pitfall: what was queued is not in flight: sent first without DUP, with DUP when it was sent once', () => {
    const client = offline();
    for (const qos of [1, 2] as const) expect(client.send({ type: 'publish', topicName: 't', qos })).toEqual([]);
    client.connection.session.outgoing.entries();
    expect(outline(client, reconnect(client, { sessionPresent: false }))).toBe('1 2');
    client.end();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    expect(outline(client, reconnect(client))).toBe('1d 2d 3');
  });

  it('pitfall: the loss of the session drops what was in flight, not what was queued', () => {
    const client = offline();
    reconnect(client, { sessionPresent: false });
    client.send({ type: 'publish', topicName: 'in flight', qos: 1 });
    client.end();
    client.send({ type: 'publish', topicName: 'queued', qos: 1 });
    const events = reconnect(client, { sessionPresent: false });
    expect([dropped(events), outline(client, events)]).toEqual([['1 session-lost'], '2']);
  });

  it('works while connecting and after the connection was closed, for QoS 1 and 2 only', () => {
    const client = offline();
    client.send({ type: 'connect', clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 9 } });
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    expect(() => client.send({ type: 'publish', topicName: 't' })).toThrow(usage('NOT_ALLOWED'));
    expect(outline(client, client.receive({ type: 'connack' }))).toBe('1');
    client.send({ type: 'disconnect' });
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.end();
    expect(outline(client, reconnect(client))).toBe('1d 2');
  });

  it('what cannot be written or has no Topic Name is refused at once', () => {
    const client = offline();
    expect(() => client.send({ type: 'publish', topicName: 'a/#', qos: 1 })).toThrow(usage('INVALID_TOPIC_NAME'));
    expect(() => client.send({ type: 'publish', topicName: '', qos: 1, properties: { topicAlias: 1 } })).toThrow(
      usage('INVALID_TOPIC_NAME'),
    );
    expect(client.connection.session.identifiers.count).toBe(0);
    client.send({ type: 'publish', topicName: 'a', qos: 1, properties: { topicAlias: 1 } });
    expect(client.connection.session.outgoing.storedOf(1)?.properties).toEqual({});
  });

  it('is off by default', () => {
    expect(() => new Dialogue({ role: 'client' }, 5).send({ type: 'publish', topicName: 't', qos: 1 })).toThrow(
      usage('NOT_ALLOWED'),
    );
  });

  it('what expired while it waited can be erased', () => {
    const client = offline();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    expect(client.connection.session.erase(1)).toBe(true);
    expect(outline(client, reconnect(client))).toBe('2');
  });

  it('a server keeps nothing for later', () => {
    const server = new Dialogue({ role: 'server', offlinePublish: true }, 5);
    expect(() => server.send({ type: 'publish', topicName: 't', qos: 1 })).toThrow(usage('NOT_ALLOWED'));
  });
});

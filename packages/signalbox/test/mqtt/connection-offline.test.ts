import { describe, expect, it } from 'vitest';
import { Dialogue, type Events, reconnect } from '../support/dialogue.ts';

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

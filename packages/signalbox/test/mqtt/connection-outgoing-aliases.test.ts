import { describe, expect, it } from 'vitest';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { connectedClient, connectedServer, Dialogue, lastingClient, reconnect } from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

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

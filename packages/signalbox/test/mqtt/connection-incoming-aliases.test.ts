import { describe, expect, it } from 'vitest';
import { closing, connectedClient, connectedServer, type Dialogue, got, sentHex } from '../support/dialogue.ts';

describe('Topic Aliases of the peer', () => {
  const three = { connack: { properties: { topicAliasMaximum: 3 } } };

  function topics(server: Dialogue, ...sent: [topicName: string, topicAlias?: number][]): string[] {
    const packets = sent.map(
      ([topicName, topicAlias]) =>
        ({ type: 'publish', topicName, properties: topicAlias === undefined ? {} : { topicAlias } }) as const,
    );
    return got(server.receive(...packets)).map((packet) =>
      packet.type === 'publish' ? packet.topicName : packet.type,
    );
  }

  it('[MQTT-3.3.2-10] [MQTT-3.3.2-12] are resolved up to the maximum', () => {
    const server = connectedServer(three);
    expect(topics(server, ['a', 3], ['', 3], ['b', 1], ['', 3], ['c', 3], ['', 3], ['', 1])).toEqual([
      'a',
      'a',
      'b',
      'a',
      'c',
      'c',
      'b',
    ]);
    const client = connectedClient({ connect: { properties: { topicAliasMaximum: 1 } } });
    expect(topics(client, ['a', 1], ['', 1])).toEqual(['a', 'a']);
  });

  it('[MQTT-3.3.2-8] pitfall: 0 and above the maximum close with 0x94', () => {
    expect(sentHex(connectedServer(three).receive('30 07 0001 74 { 23 0000 } 70'.replace('07', '08')))).toBe('e00194');
    for (const [dialogue, topicAlias] of [
      [connectedServer(three), 4],
      [connectedServer(), 1],
      [connectedClient(), 1],
    ] as const) {
      const events = dialogue.receive({ type: 'publish', topicName: 't', properties: { topicAlias } });
      expect([sentHex(events), closing(events)]).toMatchObject(['e00194', { code: 'TOPIC_ALIAS_INVALID' }]);
    }
  });

  it('an alias without a Topic Name yet is a protocol error', () => {
    expect(
      sentHex(connectedServer(three).receive({ type: 'publish', topicName: '', properties: { topicAlias: 2 } })),
    ).toBe('e00182');
  });

  it('[MQTT-3.3.2-7] are forgotten with the network connection', () => {
    const server = connectedServer(three);
    topics(server, ['a', 1]);
    server.end();
    server.receive({ type: 'connect', clientId: 'c' });
    server.send({ type: 'connack', properties: { topicAliasMaximum: 3 } });
    expect(closing(server.receive({ type: 'publish', topicName: '', properties: { topicAlias: 1 } }))).toMatchObject({
      code: 'PROTOCOL_ERROR',
    });
  });
});

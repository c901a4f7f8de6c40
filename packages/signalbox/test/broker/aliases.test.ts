// Topic Aliases in both directions. §3.3.2.3.4
import { describe, expect, it } from 'vitest';
import type { PublishPacket } from '../../src/mqtt/packets/publish.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

/** A PUBLISH of QoS 0 with an alias; without a name it must be known. */
function aliased(topicAlias: number, topicName = '', payload = '') {
  return { type: 'publish', topicName, payload, properties: { topicAlias } } as const;
}

describe('aliases of the client', () => {
  it('[MQTT-3.3.2-12] every alias from 1 to the maximum of CONNACK stands for its name', async () => {
    const { connect, transport } = await startBroker({ limits: { topicAliases: 5 } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' });
    expect(await client.next()).toMatchObject({ properties: { topicAliasMaximum: 5 } });
    for (let alias = 1; alias <= 5; alias++) client.write(aliased(alias, `t/${alias}`, 'named'));
    for (let alias = 5; alias >= 1; alias--) client.write(aliased(alias, '', 'alias'));
    client.write(aliased(3, 'other', 'named'), aliased(3, '', 'alias'), { type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
    expect(await watcher.messages()).toEqual([
      ...[1, 2, 3, 4, 5].map((alias) => `t/${alias}=named`),
      ...[5, 4, 3, 2, 1].map((alias) => `t/${alias}=alias`),
      'other=named',
      'other=alias',
    ]);
  });

  it('[MQTT-3.3.2-12] one above the maximum ends the connection with 0x94', async () => {
    const { transport } = await startBroker({ limits: { topicAliases: 5 } });
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, aliased(6, 'a'));
    expect((await client.closed).at(-1)).toMatchObject({
      type: 'disconnect',
      reasonCode: ReasonCode.TopicAliasInvalid,
    });
  });

  it('a maximum of 0 takes none', async () => {
    const { transport } = await startBroker({ limits: { topicAliases: 0 } });
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, aliased(1, 'a'));
    expect(await client.closed).toMatchObject([
      { type: 'connack' },
      { type: 'disconnect', reasonCode: ReasonCode.TopicAliasInvalid },
    ]);
  });

  it('[MQTT-3.3.2-7] they end with the connection: an unknown one is a protocol error', async () => {
    const { transport } = await startBroker();
    const first = new RawClient(transport());
    const connect = { type: 'connect', clientId: 'client', ...LASTING } as const;
    first.write(connect, aliased(1, 'a'), aliased(1), { type: 'pingreq' });
    await first.take(2);
    const second = new RawClient(transport());
    second.write(connect, aliased(1));
    expect((await second.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: ReasonCode.ProtocolError });
  });

  it('what was published by alias waits for others, and is retained, under its name', async () => {
    const { connect, transport } = await startBroker();
    const away = await connect('away', { connect: LASTING });
    await away.subscribe('a', 1);
    await away.disconnect();
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, aliased(1, 'a', 'name'));
    client.write({ ...aliased(1, '', 'alias'), qos: 1, packetIdentifier: 1, retain: true });
    expect((await client.take(2))[1]).toMatchObject({ type: 'puback', reasonCode: 0 });
    const back = await connect('away', { connect: LASTING });
    expect(await back.messages()).toEqual(['a=alias']);
    const late = await connect('late');
    await late.subscribe('a', 0);
    const message = await late.message();
    expect(message).toMatchObject({ topicName: 'a', text: 'alias', properties: {} });
  });
});

describe('aliases of the broker', () => {
  /** A raw client with this Topic Alias Maximum that has subscribed to everything, and a publisher. */
  async function start(topicAliasMaximum: number | undefined, options: object = {}) {
    const started = await startBroker(options);
    const properties = { ...LASTING.properties, ...(topicAliasMaximum === undefined ? {} : { topicAliasMaximum }) };
    const connect = { type: 'connect', clientId: 'client', cleanStart: false, properties } as const;
    const client = new RawClient(started.transport());
    client.write(connect, { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 1 }] });
    await client.take(2);
    return { ...started, client, connect, publisher: await started.connect('publisher'), again: started.transport };
  }

  it('[MQTT-3.1.2-26] [MQTT-3.3.2-11] [MQTT-3.3.2-8] stay within the maximum of CONNECT and stand for their names', async () => {
    const { client, publisher } = await start(2);
    const names = ['name/a', 'name/b', 'name/c', 'name/a', 'name/b', 'name/c', 'name/c', 'name/a', 'b', 'b'];
    for (const topicName of names) await publisher.publish(topicName, topicName);
    const known = new Map<number, string>();
    const packets = (await client.take(names.length)) as PublishPacket[];
    const resolved = packets.map(({ topicName, properties }) => {
      const { topicAlias } = properties;
      if (topicAlias === undefined) return topicName;
      expect(topicAlias).toBeGreaterThanOrEqual(1);
      expect(topicAlias).toBeLessThanOrEqual(2);
      if (topicName !== '') known.set(topicAlias, topicName);
      return known.get(topicAlias);
    });
    expect(resolved).toEqual(names);
    expect(packets.some(({ topicName }) => topicName === '')).toBe(true); // they are used
  });

  for (const maximum of [undefined, 0]) {
    it(`[MQTT-3.1.2-27] there is none when the client's maximum is ${maximum ?? 'absent'}`, async () => {
      const { client, publisher } = await start(maximum);
      for (let i = 0; i < 3; i++) await publisher.publish('a', String(i));
      const packets = (await client.take(3)) as PublishPacket[];
      for (const packet of packets) expect(packet).toMatchObject({ topicName: 'a', properties: {} });
      expect(packets.every(({ properties }) => properties.topicAlias === undefined)).toBe(true);
    });
  }

  it('[MQTT-3.3.2-7] what is sent again on the next connection has its name', async () => {
    const { client, connect, publisher, again } = await start(10);
    for (let i = 0; i < 2; i++) await publisher.publish('name/a', String(i), { qos: 1 });
    await client.take(2);
    client.transport.destroy();
    await client.closed;
    await publisher.publish('name/a', '2', { qos: 1 });
    const next = new RawClient(again());
    next.write(connect);
    const packets = (await next.take(4)).slice(1) as PublishPacket[];
    expect(packets.map(({ topicName }) => topicName)).toEqual(['name/a', 'name/a', 'name/a']);
  });

  it('a packet that is too large only with an alias is sent without', async () => {
    const { connect, transport } = await startBroker();
    const client = new RawClient(transport());
    const properties = { topicAliasMaximum: 10, maximumPacketSize: 40 };
    client.write(
      { type: 'connect', clientId: 'client', properties },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '#', qos: 0 }] },
    );
    await client.take(2);
    const publisher = await connect('publisher');
    const overhead = 2 + 2 + 6 + 1; // without an alias
    const sizes = [40, 38, 37, 41, 39].map((size) => size - overhead);
    for (const size of sizes) await publisher.publish('name/a', 'x'.repeat(size));
    const packets = (await client.take(5)) as PublishPacket[];
    const found = packets.map(({ payload, properties, topicName }) => [
      payload.length,
      properties.topicAlias,
      topicName,
    ]);
    expect(found).toEqual([
      [sizes[0], undefined, 'name/a'], // 43 with an alias
      [sizes[1], undefined, 'name/a'],
      [sizes[2], 1, 'name/a'],
      [sizes[3], 1, ''], // 41 without the alias, which is known now
      [sizes[4], 1, ''],
    ]);
  });
});

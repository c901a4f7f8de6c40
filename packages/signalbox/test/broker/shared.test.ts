// Shared Subscriptions at the broker. §4.8.2
import { describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';
import type { TestClient } from '../support/test-client.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

async function publishMany(publisher: TestClient, topicName: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await publisher.publish(topicName, String(i), { qos: 1 });
}

describe('a shared group', () => {
  it('gives each message to one member in turn', async () => {
    const { connect } = await startBroker();
    const members = [await connect('one'), await connect('two'), await connect('three')];
    for (const member of members) await member.subscribe('$share/g/a', 1);
    await publishMany(await connect('publisher'), 'a', 9);
    const received = await Promise.all(members.map((member) => member.messages()));
    expect(received.map((messages) => messages.length)).toEqual([3, 3, 3]);
    expect(new Set(received.flat()).size).toBe(9);
  });

  it('is one per share name and filter, besides ordinary subscriptions', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    const filters = ['$share/g/a', '$share/h/a', '$share/g/+', 'a', '#'];
    for (const topicFilter of filters) await client.subscribe(topicFilter, 1);
    const publisher = await connect('publisher');
    await publisher.publish('a', 'x', { qos: 1 });
    expect(await client.messages()).toHaveLength(4); // three groups, and one for 'a' and '#'
  });

  it('[MQTT-4.8.2-3] each member gets the message with the QoS granted to it', async () => {
    const { connect } = await startBroker();
    const members = [];
    for (const qos of [0, 1, 2] as const) {
      const member = await connect(`member-${qos}`);
      await member.subscribe('$share/g/a', qos);
      members.push(member);
    }
    const publisher = await connect('publisher');
    for (let i = 0; i < 6; i++) await publisher.publish('a', '', { qos: 2 });
    for (const [qos, member] of members.entries()) {
      expect((await member.message()).qos).toBe(qos);
      expect((await member.message()).qos).toBe(qos);
    }
  });

  it('goes on without a member that is gone, and with one that came', async () => {
    const { connect } = await startBroker();
    const [one, two] = [await connect('one'), await connect('two')];
    await one.subscribe('$share/g/a', 1);
    await two.subscribe('$share/g/a', 1);
    await two.destroy();
    const publisher = await connect('publisher');
    await publishMany(publisher, 'a', 4);
    expect(await one.messages()).toHaveLength(4);
    const three = await connect('three');
    await three.subscribe('$share/g/a', 1);
    await publishMany(publisher, 'a', 4);
    expect(await one.messages()).toHaveLength(2);
    expect(await three.messages()).toHaveLength(2);
  });

  it('prefers members that are there; a session that lasts gets it when nobody is', async () => {
    const { connect } = await startBroker();
    const away = await connect('away', { connect: LASTING });
    await away.subscribe('$share/g/a', 1);
    await away.disconnect();
    const here = await connect('here');
    await here.subscribe('$share/g/a', 1);
    const publisher = await connect('publisher');
    await publishMany(publisher, 'a', 3);
    expect(await here.messages()).toHaveLength(3);
    await here.disconnect();
    await publisher.publish('a', 'kept', { qos: 1 });
    const again = await connect('away', { connect: LASTING });
    expect(await again.messages()).toEqual(['a=kept']);
  });

  it('knows its members after they reconnect, once each', async () => {
    const { connect } = await startBroker();
    for (let round = 0; round < 3; round++) {
      const member = await connect('member', { connect: LASTING });
      await member.subscribe('$share/g/a', 1);
      await member.disconnect();
    }
    const member = await connect('member', { connect: LASTING });
    await (await connect('publisher')).publish('a', 'once', { qos: 1 });
    expect(await member.messages()).toEqual(['a=once']);
  });

  it('unsubscribing one filter leaves the other groups alone', async () => {
    const { connect } = await startBroker();
    const [one, two] = [await connect('one'), await connect('two')];
    for (const client of [one, two]) {
      for (const topicFilter of ['$share/g/a', '$share/h/a', '$share/g/b', 'a']) await client.subscribe(topicFilter, 1);
    }
    one.send({ type: 'unsubscribe', topicFilters: ['$share/g/a'] });
    expect((await one.next('unsuback')).reasonCodes).toEqual([0]);
    const publisher = await connect('publisher');
    await publishMany(publisher, 'a', 4);
    expect((await one.messages()).length).toBe(4 + 2); // 'a', and half of h
    expect((await two.messages()).length).toBe(4 + 4 + 2); // 'a', all of g, half of h
    await publishMany(publisher, 'b', 4);
    expect(await one.messages()).toHaveLength(2);
    expect(await two.messages()).toHaveLength(2);
  });

  it('a group that all members left is no receiver', async () => {
    const { connect, broker } = await startBroker();
    const member = await connect('member');
    await member.subscribe('$share/g/a', 1);
    await member.disconnect();
    const publisher = await connect('publisher');
    expect(await publisher.publish('a', '', { qos: 1 })).toBe(0x10);
    expect(broker.statistics.dropped).toEqual({});
  });

  it('gets no retained messages (§4.8.2)', async () => {
    const { connect } = await startBroker();
    await (await connect('publisher')).publish('a', 'kept', { qos: 1, retain: true });
    const member = await connect('member');
    await member.subscribe('$share/g/a', 1);
    expect(await member.messages()).toEqual([]);
  });

  it('[MQTT-4.8.2-6] a message that a member refuses goes to nobody else', async () => {
    const { connect, transport, broker } = await startBroker();
    const refusing = new RawClient(transport());
    refusing.write(
      { type: 'connect', clientId: 'refusing' },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: '$share/g/a', qos: 2 }] },
    );
    await refusing.take(2);
    const publisher = await connect('publisher');
    await publisher.publish('a', '1', { qos: 1 });
    const { packetIdentifier } = (await refusing.next()) as { type: string; packetIdentifier: number };
    const other = await connect('other');
    await other.subscribe('$share/g/a', 2);
    refusing.write({ type: 'puback', packetIdentifier, reasonCode: 0x97 }, { type: 'pingreq' });
    expect((await refusing.next()).type).toBe('pingresp');
    expect(await other.messages()).toEqual([]);
    expect(broker.statistics.dropped).toEqual({ refused: 1 });
  });

  it('[MQTT-4.8.2-4] [MQTT-4.8.2-5] QoS 2 begun with a member is finished with it after it came back, or dies with its session', async () => {
    for (const connectAs of [LASTING, { cleanStart: true }]) {
      const { connect } = await startBroker();
      const first = await connect('first', { connect: connectAs, silent: true });
      await first.subscribe('$share/g/a', 2);
      const publisher = await connect('publisher');
      await publisher.publish('a', 'begun', { qos: 2 });
      const { packetIdentifier } = await first.message();
      const other = await connect('other');
      await other.subscribe('$share/g/a', 2);
      await first.destroy();
      const again = await connect('first', { connect: connectAs });
      expect(await other.messages()).toEqual([]);
      if (connectAs === LASTING)
        expect(await again.message()).toMatchObject({ text: 'begun', packetIdentifier, duplicate: true });
      else expect(await again.messages()).toEqual([]);
    }
  });

  it('QoS 1 sent to a member stays with it as long as its session lasts, and goes to another one then', async () => {
    for (const outcome of ['comes back', 'begins anew'] as const) {
      const { connect, broker } = await startBroker();
      const silent = await connect('silent', { connect: LASTING, silent: true });
      await silent.subscribe('$share/g/a', 1);
      await publishMany(await connect('publisher'), 'a', 3);
      expect(await silent.messages()).toHaveLength(3);
      await silent.destroy();
      const other = await connect('other');
      await other.subscribe('$share/g/a', 1);
      const cleanStart = outcome === 'begins anew';
      const again = await connect('silent', { connect: { ...LASTING, cleanStart }, session: silent.session });
      expect(await again.messages()).toHaveLength(cleanStart ? 0 : 3);
      expect(await other.messages()).toHaveLength(cleanStart ? 3 : 0);
      expect(broker.statistics.dropped).toEqual({});
    }
  });

  it('shares QoS 0, 1 and 2 among clients of 3.1.1 and 5.0 without loss', async () => {
    const { connect } = await startBroker();
    const members = [
      await connect('old', { protocolVersion: 4 }),
      await connect('new'),
      await connect('slow', { connect: { properties: { receiveMaximum: 1 } } }),
    ];
    for (const member of members) await member.subscribe('$share/g/#', 2);
    const publisher = await connect('publisher');
    const sent: string[] = [];
    for (let i = 0; i < 300; i++) {
      void publisher.publish(`t/${i}`, '', { qos: (i % 3) as 0 | 1 | 2 });
      sent.push(`t/${i}=`);
    }
    await publisher.messages();
    const received: string[] = [];
    while (received.length < sent.length) {
      const before = received.length;
      for (const member of members) received.push(...(await member.messages()));
      expect(received.length).toBeGreaterThan(before);
    }
    expect(received.sort()).toEqual(sent.sort());
  });
});

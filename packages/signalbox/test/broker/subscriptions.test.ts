// SUBSCRIBE and UNSUBSCRIBE. §3.8.4, §3.10.4
import { describe, expect, it } from 'vitest';
import type { SubscribeInput } from '../../src/mqtt/packets/subscribe.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

function filters(...topicFilters: string[]): SubscribeInput['subscriptions'] {
  return topicFilters.map((topicFilter) => ({ topicFilter, qos: 1 }) as const);
}

describe('SUBSCRIBE', () => {
  for (const protocolVersion of [3, 4, 5] as const) {
    it(`[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-1@3.1.1] [MQTT-3.8.4-2@3.1.1] is answered by SUBACK with its identifier (version ${protocolVersion})`, async () => {
      const { transport } = await startBroker();
      const client = new RawClient(transport(), protocolVersion);
      client.write({ type: 'connect', clientId: 'client', protocolVersion });
      await client.next();
      for (const packetIdentifier of [1, 77, 0xffff]) {
        client.write({ type: 'subscribe', packetIdentifier, subscriptions: filters('a') });
        expect(await client.next()).toMatchObject({ type: 'suback', packetIdentifier, reasonCodes: [1] });
      }
    });

    it(`[MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] [MQTT-3.8.4-4@3.1.1] [MQTT-3.8.4-5@3.1.1] [MQTT-3.9.3-1@3.1.1] one code for each filter in their order (version ${protocolVersion})`, async () => {
      const { connect } = await startBroker();
      const client = await connect('client', { protocolVersion });
      const subscriptions = [2, 0, 1, 0, 2].map((qos, i) => ({ topicFilter: `t/${i}`, qos: qos as 0 | 1 | 2 }));
      client.send({ type: 'subscribe', subscriptions });
      expect((await client.next('suback')).reasonCodes).toEqual([2, 0, 1, 0, 2]);
      const publisher = await connect('publisher');
      for (let i = 0; i < 5; i++) await publisher.publish(`t/${i}`, String(i), { qos: 2 });
      for (const [i, qos] of [2, 0, 1, 0, 2].entries()) {
        const message = await client.next('publish');
        expect(message.topicName).toBe(`t/${i}`);
        expect(message.qos).toBe(qos);
      }
    });
  }

  it('[MQTT-3.8.4-3] [MQTT-3.8.4-3@3.1.1] the same filter again replaces the subscription', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const { connect } = await startBroker();
      const client = await connect('client', { protocolVersion });
      await client.subscribe('a/+', 0);
      await client.subscribe('a/+', 2);
      const publisher = await connect('publisher');
      await publisher.publish('a/b', 'x', { qos: 2 });
      expect((await client.message()).qos).toBe(2);
      expect(await client.messages()).toEqual([]);
      client.send({ type: 'unsubscribe', topicFilters: ['a/+'] });
      await client.next('unsuback');
      await publisher.publish('a/b', 'x', { qos: 2 });
      expect(await client.messages()).toEqual([]);
    }
  });

  it('[MQTT-3.8.4-4] no message is lost while it is replaced again and again', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('a', 1);
    const publisher = await connect('publisher');
    const expected: string[] = [];
    for (let i = 0; i < 200; i++) {
      void publisher.publish('a', String(i), { qos: 1 });
      client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a', qos: (1 + (i % 2)) as 1 | 2 }] });
      expected.push(String(i));
    }
    const received: string[] = [];
    for (let i = 0; i < 200; i++) received.push((await client.message()).text);
    expect(received).toEqual(expected);
  });

  it('the filters of one packet that are the same leave one subscription', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    client.send({ type: 'subscribe', subscriptions: filters('a', 'a', 'a') });
    expect((await client.next('suback')).reasonCodes).toEqual([1, 1, 1]);
    await (await connect('publisher')).publish('a', 'once');
    expect(await client.messages()).toEqual(['a=once']);
  });

  it('[MQTT-3.3.4-2] [MQTT-3.3.5-1@3.1.1] overlapping filters give one message with the highest QoS', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const { connect } = await startBroker();
      const client = await connect('client', { protocolVersion });
      await client.subscribe('a/#', 0);
      await client.subscribe('a/+', 2);
      await client.subscribe('a/b', 1);
      await (await connect('publisher')).publish('a/b', 'one', { qos: 2 });
      expect(await client.message()).toMatchObject({ text: 'one', qos: 2 });
      expect(await client.messages()).toEqual([]);
    }
  });

  it('[MQTT-3.8.3-3] No Local: not what the client published itself, also after it came back', async () => {
    const { connect } = await startBroker();
    let client = await connect('client', { connect: LASTING });
    await client.subscribe('a', 1, { noLocal: true });
    const other = await connect('other');
    for (let round = 0; round < 2; round++) {
      await client.publish('a', 'own', { qos: 1 });
      await other.publish('a', 'foreign', { qos: 1 });
      expect(await client.messages()).toEqual(['a=foreign']);
      await client.disconnect();
      client = await connect('client', { connect: LASTING });
    }
  });

  it('[MQTT-3.8.3-3] No Local on one of two overlapping filters leaves the other', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('a', 2, { noLocal: true });
    await client.subscribe('+', 1);
    await client.publish('a', 'own', { qos: 2 });
    expect(await client.message()).toMatchObject({ text: 'own', qos: 1 });
    await (await connect('other')).publish('a', 'foreign', { qos: 2 });
    expect(await client.message()).toMatchObject({ text: 'foreign', qos: 2 });
  });

  it('[MQTT-3.8.3-4] No Local on a shared subscription is a protocol error', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, '82 10 0001 00 000a 2473686172652f672f61 05');
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x82 });
  });

  it('[MQTT-3.8.3-5] [MQTT-3.8.3-4@3.1.1] reserved options and QoS 3 close the connection', async () => {
    for (const [protocolVersion, bytes, reasonCode] of [
      [5, '82 07 0001 00 0001 61 40', 0x81],
      [5, '82 07 0001 00 0001 61 03', 0x82],
      [4, '82 06 0001 0001 61 04', undefined],
      [4, '82 06 0001 0001 61 03', undefined],
    ] as const) {
      const { transport } = await startBroker();
      const client = new RawClient(transport(), protocolVersion);
      client.write({ type: 'connect', clientId: 'client', protocolVersion }, bytes);
      const answers = (await client.closed).slice(1);
      if (reasonCode !== undefined) expect(answers).toMatchObject([{ type: 'disconnect', reasonCode }]);
      else expect(answers).toEqual([]);
    }
  });
});

describe('UNSUBSCRIBE', () => {
  it('[MQTT-3.10.4-1] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] one code for each filter in their order', async () => {
    const { connect } = await startBroker();
    const client = await connect('client');
    client.send({ type: 'subscribe', subscriptions: filters('a', 'b/+', 'b/c', '$share/g/d') });
    await client.next('suback');
    client.send({ type: 'unsubscribe', topicFilters: ['none', 'b/+', 'B/C', 'd', '$share/g/d', 'b/+'] });
    expect((await client.next('unsuback')).reasonCodes).toEqual([0x11, 0, 0x11, 0x11, 0, 0x11]);
    const publisher = await connect('publisher');
    for (const topic of ['a', 'b/c', 'b/d', 'd']) await publisher.publish(topic, 'x');
    expect(await client.messages()).toEqual(['a=x', 'b/c=x']);
  });

  it('[MQTT-3.10.4-4@3.1.1] [MQTT-3.10.4-5@3.1.1] [MQTT-3.10.4-6@3.1.1] in 3.1.1 UNSUBACK has no codes, and comes for unknown filters, too', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport(), 4);
    client.write({ type: 'connect', clientId: 'client', protocolVersion: 4 });
    await client.next();
    client.write({ type: 'unsubscribe', packetIdentifier: 9, topicFilters: ['x', 'y'] });
    expect(await client.next()).toEqual({ type: 'unsuback', packetIdentifier: 9, reasonCodes: [], properties: {} });
  });

  it('[MQTT-3.10.4-2] [MQTT-3.10.4-3] [MQTT-3.10.4-3@3.1.1] what was begun is finished, what comes later is not sent', async () => {
    const { connect, transport } = await startBroker();
    const client = new RawClient(transport());
    client.write(
      { type: 'connect', clientId: 'client' },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 2 }] },
    );
    await client.take(2);
    const publisher = await connect('publisher');
    await publisher.publish('a', 'begun', { qos: 2 });
    const { packetIdentifier } = (await client.next()) as { packetIdentifier: number } & { type: string };
    client.write({ type: 'unsubscribe', packetIdentifier: 2, topicFilters: ['a'] });
    expect((await client.next()).type).toBe('unsuback');
    await publisher.publish('a', 'late', { qos: 2 });
    client.write({ type: 'pubrec', packetIdentifier });
    expect(await client.next()).toMatchObject({ type: 'pubrel', packetIdentifier });
    client.write({ type: 'pubcomp', packetIdentifier }, { type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
  });

  it('a session without a connection keeps its subscriptions, and only those', async () => {
    const { connect } = await startBroker();
    const client = await connect('client', { connect: LASTING });
    await client.subscribe('kept', 1);
    await client.subscribe('gone', 1);
    client.send({ type: 'unsubscribe', topicFilters: ['gone'] });
    await client.next('unsuback');
    await client.disconnect();
    const publisher = await connect('publisher');
    expect(await publisher.publish('gone', 'x', { qos: 1 })).toBe(0x10);
    expect(await publisher.publish('kept', 'x', { qos: 1 })).toBe(0);
    const again = await connect('client', { connect: LASTING });
    expect(await again.messages()).toEqual(['kept=x']);
  });
});

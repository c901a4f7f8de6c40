// How connections end: DISCONNECT of either side, and what is no MQTT. §3.14, §4.13
import { describe, expect, it } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const WILL = { topicName: 'will', payload: 'gone' } as const;

/** Bytes that end the connection, with the code 5.0 has for them. */
const BREACHES: readonly (readonly [id: string, what: string, bytes: string, reasonCode: number])[] = [
  ['[MQTT-3.14.1-1]', 'flags in DISCONNECT', 'e1 00', ReasonCode.MalformedPacket],
  ['[MQTT-3.15.1-1]', 'flags in AUTH', 'f1 00', ReasonCode.MalformedPacket],
  ['[MQTT-3.6.1-1]', 'PUBREL without its flags', '60 02 0001', ReasonCode.MalformedPacket],
  ['[MQTT-3.8.1-1]', 'SUBSCRIBE without its flags', '80 07 0001 00 0001 61 00', ReasonCode.MalformedPacket],
  ['[MQTT-3.10.1-1]', 'UNSUBSCRIBE without its flags', 'a0 06 0001 00 0001 61', ReasonCode.MalformedPacket],
  ['[MQTT-3.8.3-2]', 'SUBSCRIBE without a filter', '82 03 0001 00', ReasonCode.ProtocolError],
  ['[MQTT-3.10.3-2]', 'UNSUBSCRIBE without a filter', 'a2 03 0001 00', ReasonCode.ProtocolError],
  ['[MQTT-3.3.1-4]', 'PUBLISH of QoS 3', '36 06 0001 61 0001 00', ReasonCode.MalformedPacket],
  ['[MQTT-3.3.2-2]', 'PUBLISH to a wildcard', '30 04 0001 23 00', ReasonCode.TopicNameInvalid],
  ['[MQTT-3.3.4-6]', 'PUBLISH with a Subscription Identifier', '30 06 0001 61 02 0b01', ReasonCode.ProtocolError],
  ['[MQTT-4.7.3-1]', 'PUBLISH without topic and alias', '30 03 0000 00', ReasonCode.ProtocolError],
  ['[MQTT-1.5.4-2]', 'U+0000 in a topic', '30 04 0001 00 00', ReasonCode.MalformedPacket],
  ['[MQTT-1.5.4-1]', 'a surrogate in a topic', '30 06 0003 eda080 00', ReasonCode.MalformedPacket],
  ['[MQTT-1.5.5-1]', 'a length in more bytes than it needs', 'c0 80 00', ReasonCode.MalformedPacket],
  ['[MQTT-2.1.3-1]', 'flags in PINGREQ', 'c1 00', ReasonCode.MalformedPacket],
  ['[MQTT-4.12.0-7]', 'AUTH without a method in CONNECT', 'f0 00', ReasonCode.ProtocolError],
  ['[MQTT-4.13.1-1]', 'a packet of the server', 'd0 00', ReasonCode.ProtocolError],
  ['[MQTT-4.13.1-1]', 'packet type 0', '00 00', ReasonCode.MalformedPacket],
];

/** The same for 3.1.1. */
const OLD_BREACHES: readonly (readonly [ids: string, what: string, bytes: string])[] = [
  ['[MQTT-3.14.1-1@3.1.1]', 'flags in DISCONNECT', 'e1 00'],
  ['[MQTT-2.2.2-2@3.1.1] [MQTT-3.6.1-1@3.1.1]', 'PUBREL without its flags', '60 02 0001'],
  ['[MQTT-3.8.1-1@3.1.1]', 'SUBSCRIBE without its flags', '80 06 0001 0001 61 00'],
  ['[MQTT-3.10.1-1@3.1.1]', 'UNSUBSCRIBE without its flags', 'a0 05 0001 0001 61'],
  ['[MQTT-3.8.3-3@3.1.1]', 'SUBSCRIBE without a filter', '82 02 0001'],
  ['[MQTT-3.8.3-4@3.1.1]', 'reserved bits beside the QoS', '82 06 0001 0001 61 04'],
  ['[MQTT-3.3.1-4@3.1.1]', 'PUBLISH of QoS 3', '36 05 0001 61 0001'],
  ['[MQTT-3.3.2-2@3.1.1] [MQTT-4.7.1-1@3.1.1]', 'PUBLISH to a wildcard', '30 03 0001 23'],
  ['[MQTT-1.5.3-1@3.1.1]', 'a surrogate in a topic', '30 05 0003 eda080'],
  ['[MQTT-4.8.0-1@3.1.1]', 'AUTH', 'f0 00'],
];

describe('a breach of the protocol in 5.0', () => {
  for (const [id, what, bytes, reasonCode] of BREACHES) {
    it(`${id} ${what} is told, closes, and lets the will go out`, async () => {
      const { connect, transport } = await startBroker();
      const watcher = await connect('watcher');
      await watcher.subscribe('#', 0);
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client', will: WILL }, bytes, { type: 'publish', topicName: 'after' });
      expect(await client.closed).toMatchObject([{ type: 'connack' }, { type: 'disconnect', reasonCode }]);
      expect((await watcher.message()).topicName).toBe('will');
      expect(await watcher.messages()).toEqual([]);
    });
  }
});

describe('a breach of the protocol in 3.1.1', () => {
  for (const [ids, what, bytes] of OLD_BREACHES) {
    it(`${ids} ${what} closes without a word, and the will goes out`, async () => {
      const { connect, transport } = await startBroker();
      const watcher = await connect('watcher');
      await watcher.subscribe('#', 0);
      const client = new RawClient(transport(), 4);
      const first = { type: 'connect', protocolVersion: 4, clientId: 'client', will: WILL } as const;
      client.write(first, bytes, { type: 'publish', topicName: 'after' });
      expect(await client.closed).toMatchObject([{ type: 'connack' }]);
      expect((await watcher.message()).topicName).toBe('will');
      expect(await watcher.messages()).toEqual([]);
    });
  }
});

describe('DISCONNECT of the client', () => {
  for (const protocolVersion of [4, 5] as const) {
    it(`[MQTT-3.14.4-2] closes, and what follows is not processed, version ${protocolVersion}`, async () => {
      const { broker, connect, transport } = await startBroker();
      const watcher = await connect('watcher');
      await watcher.subscribe('#', 0);
      const errors: unknown[] = [];
      broker.on('disconnected', ({ client, error }) => {
        if (client.clientId === 'client') errors.push(error);
      });
      const client = new RawClient(transport(), protocolVersion);
      const publish = { type: 'publish', topicName: 'a', qos: 0 } as const;
      const connection = { type: 'connect', protocolVersion, clientId: 'client' } as const;
      client.write(
        connection,
        { ...publish, payload: 'before' },
        { type: 'disconnect' },
        { ...publish, payload: 'after' },
      );
      expect(await client.closed).toMatchObject([{ type: 'connack' }]);
      expect(await watcher.messages()).toEqual(['a=before']);
      expect(errors).toEqual([undefined]);
    });
  }

  it('is taken with every length: none, a code, properties', async () => {
    const { transport } = await startBroker();
    for (const bytes of ['e0 00', 'e0 01 00', 'e0 02 00 00', 'e0 07 00 05 1100000000']) {
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client' }, bytes);
      expect(await client.closed).toMatchObject([{ type: 'connack' }]); // no DISCONNECT: nothing was wrong
    }
  });
});

/** No Session Expiry Interval among them. [MQTT-3.14.2-2] */
const EXPLAINED = { reasonString: expect.any(String) };

describe('DISCONNECT of the broker', () => {
  it('[MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1] says why, is the last packet, and closes', async () => {
    const { broker, transport } = await startBroker();
    for (const reasonCode of [ReasonCode.AdministrativeAction, ReasonCode.ServerBusy, ReasonCode.UseAnotherServer]) {
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client' });
      await client.next();
      expect(broker.disconnect('client', reasonCode)).toBe(true);
      expect((await client.closed).slice(1)).toEqual([{ type: 'disconnect', reasonCode, properties: EXPLAINED }]);
    }
    expect(broker.disconnect('client')).toBe(false);
  });

  it('[MQTT-3.14.0-1] [MQTT-3.14.2-2] when it shuts down: 0x8B to those that are connected, nothing to others', async () => {
    const { broker, transport } = await startBroker();
    const five = new RawClient(transport());
    const four = new RawClient(transport(), 4);
    const silent = new RawClient(transport());
    five.write({ type: 'connect', clientId: 'five', cleanStart: false, properties: { sessionExpiryInterval: 9 } });
    four.write({ type: 'connect', protocolVersion: 4, clientId: 'four' });
    await Promise.all([five.next(), four.next()]);
    await broker.close();
    const last = { type: 'disconnect', reasonCode: ReasonCode.ServerShuttingDown, properties: EXPLAINED };
    expect((await five.closed).slice(1)).toEqual([last]);
    expect((await four.closed).slice(1)).toEqual([]);
    expect(await silent.closed).toEqual([]);
  });

  it.each([
    ['a breach', 'e1 00', ['disconnect']],
    ['DISCONNECT', 'e0 00', []],
  ])('[MQTT-3.14.4-1] nothing follows it while a message before %s still waits for a hook', async (_, end, last) => {
    const pending = new PendingHook<boolean>();
    const { broker, transport, connect } = await startBroker({ hooks: { onPublish: pending.ask } });
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' });
    client.write({ type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] });
    await client.take(2);
    client.write({ type: 'publish', topicName: 'slow', qos: 1, packetIdentifier: 2 }, end);
    await pending.asked;
    await broker.publish({ topicName: 'a', payload: 'too late' });
    await (await connect('other')).messages();
    pending.answer(true);
    expect((await client.closed).slice(2).map(({ type }) => type)).toEqual(last);
  });

  it('what was on its way to the client leaves before it', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('a', 0);
    const publisher = await connect('publisher');
    for (let i = 0; i < 100; i++) void publisher.publish('a', String(i));
    await publisher.publish('a', 'last', { qos: 1 });
    broker.disconnect('client');
    await client.next('disconnect');
    expect(client.inbox.filter(({ type }) => type === 'publish')).toHaveLength(101);
  });
});

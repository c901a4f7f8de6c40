// Accept, keep, then acknowledge: nothing is acknowledged before the store has it. §4.3
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/broker/store/store-error.ts';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import { HeldStore } from '../support/held-store.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;
const CONNECT = { type: 'connect', clientId: 'client', ...LASTING } as const;
const OLD_CONNECT = { type: 'connect', protocolVersion: 4, clientId: 'client', cleanStart: false } as const;
const FIRST = { type: 'publish', topicName: 'a', payload: 'one', qos: 1, packetIdentifier: 1 } as const;
const SECOND = { type: 'publish', topicName: 'a', payload: 'two', qos: 2, packetIdentifier: 2 } as const;

/** What a store says, and what a client of 5.0 hears of it. */
const FAILURES = [
  [new StoreError('STORE_FULL', 'the disk is full'), 0x97],
  [new Error('the disk is broken'), 0x80],
] as const;

/** A broker on a store that can be held, somebody away for whom messages are kept, and a raw client. */
async function start(protocolVersion: 4 | 5 = 5) {
  const store = new HeldStore();
  const started = await startBroker({ store });
  const errors: unknown[] = [];
  started.broker.on('error', ({ error }) => errors.push(error));
  const away = await started.connect('away', { connect: LASTING });
  await away.subscribe('a', 2);
  await away.disconnect();
  const client = new RawClient(started.transport(), protocolVersion);
  client.write(protocolVersion === 5 ? CONNECT : OLD_CONNECT);
  expect(await client.next()).toMatchObject({ type: 'connack', reasonCode: 0 });
  return { ...started, store, errors, client };
}

/** What a packet is and which one it answers. */
function name(packet: Packet): string {
  return 'packetIdentifier' in packet ? `${packet.type} ${packet.packetIdentifier}` : packet.type;
}

describe('acknowledgements', () => {
  it('[MQTT-3.3.4-1] [MQTT-3.3.4-1@3.1.1] none for QoS 0, PUBACK for 1, PUBREC for 2, with the identifier', async () => {
    const { client } = await start();
    client.write({ type: 'publish', topicName: 'a' }, FIRST, SECOND, { type: 'pingreq' });
    const names = (await client.take(3)).map(name);
    expect(names.sort()).toEqual(['pingresp', 'puback 1', 'pubrec 2']);
    client.write({ type: 'pubrel', packetIdentifier: 2 });
    expect(name(await client.next())).toBe('pubcomp 2');
  });

  it('[MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.2-2@3.1.1] come when the store has committed, not before', async () => {
    const { client, store } = await start();
    const isHeld = store.hold();
    client.write(FIRST, SECOND);
    await isHeld;
    client.write({ type: 'pingreq' });
    expect(name(await client.next())).toBe('pingresp'); // and nothing else
    expect(kept(store)).toEqual([]);
    store.release();
    expect((await client.take(2)).map(name)).toEqual(['puback 1', 'pubrec 2']);
    expect(kept(store)).toEqual(['one', 'two']);
  });

  it('[MQTT-4.6.0-2] [MQTT-4.6.0-3] leave in the order of the messages, over several commits', async () => {
    const { client, store } = await start();
    void store.hold();
    for (let i = 1; i <= 5; i++) {
      client.write({ ...FIRST, packetIdentifier: i }, { ...SECOND, packetIdentifier: 10 + i }, { type: 'pingreq' });
      expect(name(await client.next())).toBe('pingresp');
    }
    store.release();
    const names = (await client.take(10)).map(name);
    expect(names.filter((each) => each.startsWith('puback'))).toEqual([1, 2, 3, 4, 5].map((i) => `puback ${i}`));
    expect(names.filter((each) => each.startsWith('pubrec'))).toEqual([11, 12, 13, 14, 15].map((i) => `pubrec ${i}`));
  });

  it('[MQTT-4.3.3-11] PUBCOMP comes when the store knows that the identifier is free', async () => {
    const { client, store } = await start();
    client.write(SECOND);
    expect(name(await client.next())).toBe('pubrec 2');
    const isHeld = store.hold();
    client.write({ type: 'pubrel', packetIdentifier: 2 });
    await isHeld;
    client.write({ type: 'pubrel', packetIdentifier: 2 }, { type: 'pingreq' });
    expect(name(await client.next())).toBe('pingresp');
    store.release();
    expect(name(await client.next())).toBe('pubcomp 2');
  });

  it('SUBACK and UNSUBACK wait for the store as well', async () => {
    const { client, store } = await start();
    for (const type of ['suback', 'unsuback'] as const) {
      const isHeld = store.hold();
      const subscriptions = [{ topicFilter: 'b', qos: 1 }] as const;
      if (type === 'suback') client.write({ type: 'subscribe', packetIdentifier: 5, subscriptions });
      else client.write({ type: 'unsubscribe', packetIdentifier: 5, topicFilters: ['b'] });
      await isHeld;
      client.write({ type: 'pingreq' });
      expect(name(await client.next())).toBe('pingresp');
      store.release();
      expect(name(await client.next())).toBe(`${type} 5`);
    }
  });
});

describe('a store that fails', () => {
  it('[MQTT-4.3.3-3] [MQTT-4.3.3-6] lets no QoS 2 message and no PUBREL out that it does not know of', async () => {
    const { client, connect, store, transport } = await start();
    const receiver = new RawClient(transport());
    receiver.write({ ...CONNECT, clientId: 'away' });
    await receiver.next();
    client.write(SECOND);
    const publish = await receiver.next();
    expect(publish).toMatchObject({ type: 'publish', qos: 2 });
    if (publish.type !== 'publish') return;
    let isHeld = store.hold();
    receiver.write({ type: 'pubrec', packetIdentifier: publish.packetIdentifier });
    await isHeld;
    await new Promise(setImmediate); // what is to be sent waits now
    await store.failOnce();
    expect((await receiver.closed).map(({ type }) => type)).toEqual(['connack', 'publish', 'disconnect']);
    const again = new RawClient(transport());
    again.write({ ...CONNECT, clientId: 'away' });
    expect((await again.take(2)).map(name)).toEqual(['connack', `pubrel ${publish.packetIdentifier}`]);
    isHeld = store.hold();
    await (await connect('publisher')).publish('a', 'lost', { qos: 0 });
    void (await connect('other')).publish('a', 'lost', { qos: 2 });
    await isHeld;
    await new Promise(setImmediate); // what is to be sent waits now
    await store.failOnce();
    expect((await again.closed).map(({ type }) => type)).toEqual(['connack', 'pubrel', 'publish', 'disconnect']);
  });

  it('[MQTT-4.8.0-2@3.1.1] closes the connection of 3.1.1 without an acknowledgement; the messages come again', async () => {
    const { client, errors, store, transport } = await start(4);
    const isHeld = store.hold();
    client.write(FIRST, SECOND);
    await isHeld;
    store.fail();
    expect((await client.closed).map(name)).toEqual(['connack']);
    expect(errors).toEqual([new Error('the disk is full')]);
    expect(kept(store)).toEqual([]);
    const refused = new RawClient(transport(), 4);
    refused.write(OLD_CONNECT);
    expect(await refused.closed).toMatchObject([{ type: 'connack', reasonCode: 3 }]);
    store.release();
    const again = new RawClient(transport(), 4);
    again.write(OLD_CONNECT, { ...FIRST, duplicate: true }, { ...SECOND, duplicate: true });
    expect((await again.take(3)).map(name).sort()).toEqual(['connack', 'puback 1', 'pubrec 2']);
    expect(kept(store)).toEqual(['one', 'two', 'one']); // QoS 1 may come twice, QoS 2 may not
  });

  it('refuses in 5.0, and the connection lives: 0x97 where there is no room, 0x80 otherwise', async () => {
    const { client, errors, store } = await start();
    for (const [error, code] of FAILURES) {
      const isHeld = store.hold();
      client.write(FIRST, SECOND);
      await isHeld;
      store.fail(error);
      expect(await client.next()).toMatchObject({ type: 'puback', reasonCode: code });
      // From now on nothing is begun that could not be kept.
      client.write({ ...FIRST, packetIdentifier: 8 }, { ...SECOND, packetIdentifier: 9 });
      expect(await client.take(1)).toMatchObject([{ type: 'puback', reasonCode: code }]);
      client.write({ type: 'publish', topicName: 'nobody', qos: 1, packetIdentifier: 7 });
      expect(await client.next()).toMatchObject({ type: 'puback', reasonCode: 0x10 });
      // What was routed at QoS 2 stays, and is acknowledged when it is kept; what was refused follows in order.
      store.release();
      expect(await client.take(2)).toMatchObject([
        { type: 'pubrec', packetIdentifier: 2, reasonCode: 0 },
        { type: 'pubrec', packetIdentifier: 9, reasonCode: code },
      ]);
      client.write({ type: 'pubrel', packetIdentifier: 2 });
      expect(name(await client.next())).toBe('pubcomp 2');
    }
    expect(errors).toEqual(FAILURES.map(([error]) => error));
    const [session] = [...store.kept.open().sessions].filter(({ clientId }) => clientId === 'client');
    expect(session?.received).toEqual([]);
    expect(kept(store)).toEqual(['one', 'two', 'one', 'two']);
  });

  it('cannot refuse a PUBREL: PUBCOMP comes when the store can again, ahead of what follows', async () => {
    const { client, store } = await start();
    client.write(SECOND);
    expect(name(await client.next())).toBe('pubrec 2');
    const isHeld = store.hold();
    client.write({ type: 'pubrel', packetIdentifier: 2 });
    await isHeld;
    store.fail();
    store.fail();
    client.write({ type: 'pingreq' });
    expect(name(await client.next())).toBe('pingresp');
    store.release();
    expect(name(await client.next())).toBe('pubcomp 2');
  });

  it('refuses subscriptions and their end in 5.0, each by its code', async () => {
    const { client, store } = await start();
    const subscribe = {
      type: 'subscribe',
      packetIdentifier: 5,
      subscriptions: [{ topicFilter: 'b', qos: 1 }],
    } as const;
    const unsubscribe = { type: 'unsubscribe', packetIdentifier: 6, topicFilters: ['b'] } as const;
    for (const [error, code] of FAILURES) {
      let isHeld = store.hold();
      client.write(subscribe);
      await isHeld;
      store.fail(error);
      client.write(subscribe);
      for (const suback of await client.take(2)) expect(suback).toMatchObject({ type: 'suback', reasonCodes: [code] });
      store.release();
      isHeld = store.hold();
      client.write(unsubscribe);
      await isHeld;
      store.fail(error);
      client.write(unsubscribe);
      for (const unsuback of await client.take(2)) {
        expect(unsuback).toMatchObject({ type: 'unsuback', reasonCodes: [0x80] });
      }
      store.release();
    }
  });

  it('refuses who connects with something to keep, and nobody else', async () => {
    const { connect, store, transport } = await start();
    for (const [error, code] of FAILURES) {
      const isHeld = store.hold();
      const newcomer = new RawClient(transport());
      newcomer.write({ ...CONNECT, clientId: 'new' });
      await isHeld;
      store.fail(error);
      const next = new RawClient(transport());
      next.write({ ...CONNECT, clientId: 'next' });
      const reasonCode = code === 0x80 ? 0x88 : code;
      for (const { closed } of [newcomer, next]) expect(await closed).toMatchObject([{ type: 'connack', reasonCode }]);
      await (await connect('fleeting')).disconnect();
      store.release();
    }
  });
});

describe('a connection that breaks while the store works', () => {
  for (const outcome of ['kept', 'lost'] as const) {
    it(`[MQTT-4.3.3-10] [MQTT-4.3.3-9] a QoS 2 message that was ${outcome} is acknowledged when it comes again`, async () => {
      const { client, store, transport } = await start();
      const isHeld = store.hold();
      client.write(SECOND);
      await isHeld;
      client.transport.destroy();
      await client.closed;
      if (outcome === 'kept') store.release();
      else await store.failOnce();
      const again = new RawClient(transport());
      again.write(CONNECT, { ...SECOND, duplicate: true });
      expect((await again.take(2)).map(name)).toEqual(['connack', 'pubrec 2']);
      again.write({ type: 'pubrel', packetIdentifier: 2 });
      expect(name(await again.next())).toBe('pubcomp 2');
      expect(kept(store)).toEqual(['two']);
    });
  }

  it('[MQTT-4.3.3-10] it is acknowledged on the next connection when that is there first', async () => {
    const { client, store, transport } = await start();
    const isHeld = store.hold();
    client.write(SECOND);
    await isHeld;
    const again = new RawClient(transport());
    again.write(CONNECT, { ...SECOND, duplicate: true });
    await client.closed; // taken over, and the new connection waits for the store too
    store.release();
    expect((await again.take(2)).map(name)).toEqual(['connack', 'pubrec 2']);
    expect(kept(store)).toEqual(['two']);
  });

  it('[MQTT-3.2.0-1] [MQTT-3.2.0-1@3.1.1] nothing is sent before CONNACK while the store keeps the session', async () => {
    const { client, store, connect, transport } = await start();
    client.write({ type: 'subscribe', packetIdentifier: 5, subscriptions: [{ topicFilter: 'live', qos: 0 }] });
    expect(name(await client.next())).toBe('suback 5');
    client.transport.destroy();
    await client.closed;
    const publisher = await connect('publisher');
    const isHeld = store.hold();
    const again = new RawClient(transport());
    again.write(CONNECT);
    await isHeld;
    await publisher.publish('live', 'early');
    await publisher.messages();
    store.release();
    await publisher.publish('live', 'later');
    const packets = await again.take(2);
    expect(packets[0]).toMatchObject({ type: 'connack', sessionPresent: true });
    expect(packets[1]!.type).toBe('publish');
  });
});

describe('a hook that fails', () => {
  for (const kind of ['throws', 'rejects'] as const) {
    it(`[MQTT-4.3.3-9] leaves no trace of the message when it ${kind}: it may come again`, async () => {
      let isBroken = true;
      const onPublish = () => {
        if (!isBroken) return true;
        if (kind === 'throws') throw new Error('no');
        return Promise.reject(new Error('no'));
      };
      const { broker, transport } = await startBroker({ hooks: { onPublish } });
      broker.on('error', () => {});
      const client = new RawClient(transport());
      client.write(CONNECT, SECOND);
      expect((await client.closed).map(name)).toEqual(['connack', 'disconnect']);
      isBroken = false;
      const again = new RawClient(transport());
      again.write(CONNECT, { ...SECOND, duplicate: true });
      expect((await again.take(2)).map(name)).toEqual(['connack', 'pubrec 2']);
    });
  }
});

/** Texts of the messages kept for the client that is away. */
function kept(store: HeldStore): string[] {
  const [away] = [...store.kept.open().sessions].filter(({ clientId }) => clientId === 'away');
  return (away?.deliveries ?? []).map(({ message }) => Buffer.from(message.payload).toString());
}

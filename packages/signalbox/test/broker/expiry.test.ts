// When sessions and messages expire. §3.1.2.11.2, §3.3.2.3.3
import { describe, expect, it } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const NEVER = 0xffff_ffff;

function lasting(sessionExpiryInterval: number) {
  return { connect: { cleanStart: false, properties: { sessionExpiryInterval } } } as const;
}

async function start(options: object = {}) {
  const clock = new ManualClock();
  return { ...(await startBroker({ clock, ...options })), clock };
}

describe('session expiry', () => {
  it('[MQTT-4.1.0-2] a session ends when it was disconnected for its whole interval', async () => {
    const { clock, connect } = await start();
    await (await connect('client', lasting(60))).disconnect();
    clock.advance(59);
    const again = await connect('client', lasting(60));
    expect(again.connack.sessionPresent).toBe(true);
    await again.disconnect();
    clock.advance(60.5);
    expect((await connect('client', lasting(60))).connack.sessionPresent).toBe(false);
  });

  it('[MQTT-4.1.0-2] nothing is queued for it any more, and no memory kept', async () => {
    const { broker, clock, connect } = await start();
    const client = await connect('client', lasting(60));
    await client.subscribe('a', 1);
    await client.destroy();
    const publisher = await connect('publisher');
    expect(await publisher.publish('a', '', { qos: 1 })).toBe(0);
    clock.advance(61);
    expect(await publisher.publish('a', '', { qos: 1 })).toBe(ReasonCode.NoMatchingSubscribers);
    expect(broker.statistics.dropped).toEqual({ 'session-ended': 1 });
  });

  it('[MQTT-4.1.0-1] [MQTT-4.1.0-2@3.1.1] no session ends while its connection stands', async () => {
    const { clock, connect } = await start();
    const client = await connect('client', lasting(1));
    await client.subscribe('a', 1);
    clock.advance(3600);
    const publisher = await connect('publisher');
    await publisher.publish('a', 'there', { qos: 1 });
    expect((await client.message()).text).toBe('there');
  });

  it('[MQTT-3.1.2-23] 0 or none at all ends it with the connection', async () => {
    const { connect } = await start();
    for (const properties of [{}, { sessionExpiryInterval: 0 }]) {
      const options = { connect: { cleanStart: false, properties } };
      await (await connect('client', options)).destroy();
      expect((await connect('client', options)).connack.sessionPresent).toBe(false);
      await (await connect('client')).disconnect();
    }
  });

  it('0xFFFFFFFF and CleanSession 0 of 3.1.1 never end', async () => {
    const { clock, connect } = await start();
    await (await connect('five', lasting(NEVER))).disconnect();
    await (await connect('four', { protocolVersion: 4, connect: { cleanStart: false } })).disconnect();
    clock.jump(1000 * 24 * 3600);
    expect((await connect('five', lasting(NEVER))).connack.sessionPresent).toBe(true);
    const four = await connect('four', { protocolVersion: 4, connect: { cleanStart: false } });
    expect(four.connack.sessionPresent).toBe(true);
  });

  it('DISCONNECT changes it: shorter, longer, and to none', async () => {
    const { clock, connect } = await start();
    await (await connect('shorter', lasting(100))).disconnect(0, { sessionExpiryInterval: 10 });
    await (await connect('longer', lasting(10))).disconnect(0, { sessionExpiryInterval: 100 });
    await (await connect('none', lasting(100))).disconnect(0, { sessionExpiryInterval: 0 });
    expect((await connect('none', lasting(100))).connack.sessionPresent).toBe(false);
    clock.advance(11);
    expect((await connect('shorter', lasting(100))).connack.sessionPresent).toBe(false);
    expect((await connect('longer', lasting(100))).connack.sessionPresent).toBe(true);
  });

  it('from 0 to anything else in DISCONNECT is a protocol error, and the will goes out', async () => {
    const { connect, transport } = await start();
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = new RawClient(transport());
    const will = { topicName: 'will', payload: 'gone' };
    client.write(
      { type: 'connect', clientId: 'client', will },
      { type: 'disconnect', properties: { sessionExpiryInterval: 1 } },
    );
    expect(await client.closed).toMatchObject([
      { type: 'connack' },
      { type: 'disconnect', reasonCode: ReasonCode.ProtocolError },
    ]);
    expect((await watcher.message()).text).toBe('gone');
    expect((await connect('client', lasting(1))).connack.sessionPresent).toBe(false);
  });

  it('is at most what the broker grants, in CONNECT and in DISCONNECT', async () => {
    const { clock, connect } = await start({ limits: { sessionExpiryInterval: 50 } });
    for (const properties of [{}, { sessionExpiryInterval: 100 }]) {
      const client = await connect('client', lasting(NEVER));
      expect(client.connack.properties.sessionExpiryInterval).toBe(50);
      await client.disconnect(0, properties);
      clock.advance(51);
      expect((await connect('client', lasting(0))).connack.sessionPresent).toBe(false);
      await (await connect('client')).disconnect();
    }
  });
});

describe('message expiry', () => {
  it('[MQTT-3.3.2-5] what expires before it was sent is removed', async () => {
    const { broker, clock, connect } = await start();
    const client = await connect('client', lasting(1000));
    await client.subscribe('a', 2);
    await client.destroy();
    const publisher = await connect('publisher');
    for (const [seconds, qos] of [
      [10, 1],
      [20, 2],
      [30, 1],
    ] as const) {
      await publisher.publish('a', String(seconds), { qos, properties: { messageExpiryInterval: seconds } });
    }
    await publisher.publish('a', 'for ever', { qos: 1 });
    clock.advance(20.5);
    const again = await connect('client', lasting(1000));
    expect(await again.messages()).toEqual(['a=30', 'a=for ever']);
    expect(broker.statistics.dropped).toEqual({ expired: 2 });
  });

  it('[MQTT-3.3.2-6] the interval is forwarded less the time it waited', async () => {
    const { clock, connect } = await start();
    const client = await connect('client', lasting(1000));
    await client.subscribe('a', 1);
    await client.destroy();
    const publisher = await connect('publisher');
    await publisher.publish('a', '', { qos: 1, properties: { messageExpiryInterval: 100 } });
    clock.advance(40);
    const again = await connect('client', lasting(1000));
    expect((await again.message()).properties).toEqual({ messageExpiryInterval: 60 });
  });

  it('[MQTT-3.3.2-6] whole when it did not wait', async () => {
    const { connect } = await start();
    const client = await connect('client');
    await client.subscribe('a', 0);
    await (await connect('publisher')).publish('a', '', { properties: { messageExpiryInterval: NEVER } });
    expect((await client.message()).properties).toEqual({ messageExpiryInterval: NEVER });
  });

  it('[MQTT-3.3.2-5] [MQTT-3.3.2-6] retained messages expire, and are sent with what is left', async () => {
    const { clock, connect } = await start();
    const publisher = await connect('publisher');
    const properties = { messageExpiryInterval: 100 };
    await publisher.publish('a', 'retained', { qos: 1, retain: true, properties });
    clock.advance(30);
    const early = await connect('early');
    await early.subscribe('a', 1);
    expect((await early.message()).properties).toEqual({ messageExpiryInterval: 70 });
    clock.advance(70.5);
    const late = await connect('late');
    await late.subscribe('a', 1);
    expect(await late.messages()).toEqual([]);
  });

  it('[MQTT-4.3.3-7] [MQTT-4.3.3-13] what was sent at QoS 2 is finished after it expired', async () => {
    const { clock, connect } = await start();
    const client = await connect('client', { ...lasting(1000), silent: true });
    await client.subscribe('a', 2);
    const publisher = await connect('publisher');
    await publisher.publish('a', 'begun', { qos: 2, properties: { messageExpiryInterval: 10 } });
    const { packetIdentifier } = await client.message();
    await client.destroy();
    clock.advance(20);
    const again = await connect('client', lasting(1000));
    expect(await again.message()).toMatchObject({ text: 'begun', duplicate: true, packetIdentifier });
    expect(await again.messages()).toEqual([]);
  });
});

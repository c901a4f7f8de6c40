// How long the broker waits for a client that says nothing. §3.1.2.10, §3.2.2.3.14, §3.12
import { describe, expect, it } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

async function start(options: object = {}) {
  const clock = new ManualClock();
  return { ...(await startBroker({ clock, ...options })), clock };
}

describe('keep alive', () => {
  it('[MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1] closes after one and a half times the interval, in 5.0 with 0x8D', async () => {
    const { clock, transport } = await start();
    const five = new RawClient(transport());
    const four = new RawClient(transport(), 4);
    five.write({ type: 'connect', clientId: 'five', keepAlive: 10 });
    four.write({ type: 'connect', protocolVersion: 4, clientId: 'four', keepAlive: 20 });
    await Promise.all([five.next(), four.next()]);
    clock.advance(14.9);
    five.write({ type: 'pingreq' });
    expect((await five.next()).type).toBe('pingresp');
    clock.advance(14.9);
    four.write({ type: 'pingreq' });
    expect((await four.next()).type).toBe('pingresp');
    clock.advance(0.5);
    expect((await five.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: ReasonCode.KeepAliveTimeout });
    clock.advance(30);
    expect((await four.closed).map(({ type }) => type)).toEqual(['connack', 'pingresp']);
  });

  it('[MQTT-3.1.2-22] every packet counts, half a packet does not', async () => {
    const { clock, transport } = await start();
    const client = new RawClient(transport());
    const witness = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', keepAlive: 10 });
    witness.write({ type: 'connect', clientId: 'witness' });
    await Promise.all([client.next(), witness.next()]);
    for (let i = 0; i < 4; i++) {
      clock.advance(14);
      client.write({ type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 1 });
      expect((await client.next()).type).toBe('puback');
    }
    client.write('30 05 00');
    clock.advance(8);
    client.write('01');
    witness.write({ type: 'pingreq' });
    await witness.next();
    clock.advance(8);
    expect((await client.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: ReasonCode.KeepAliveTimeout });
  });

  it('what came while the process stood still was said in time; who said nothing is closed all the same', async () => {
    const { clock, transport } = await start();
    const [talker, silent] = [new RawClient(transport()), new RawClient(transport())];
    talker.write({ type: 'connect', clientId: 'talker', keepAlive: 10 });
    silent.write({ type: 'connect', clientId: 'silent', keepAlive: 10 });
    await Promise.all([talker.next(), silent.next()]);
    for (let pause = 0; pause < 2; pause++) {
      talker.write({ type: 'pingreq' }); // not read yet
      clock.jump(60);
      expect((await talker.next()).type).toBe('pingresp');
      clock.advance(0.25);
    }
    expect((await silent.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: ReasonCode.KeepAliveTimeout });
    talker.write({ type: 'pingreq' });
    expect((await talker.next()).type).toBe('pingresp');
  });

  it('0 means that the client may say nothing for ever', async () => {
    const { clock, connect } = await start();
    const client = await connect('client', { connect: { keepAlive: 0 } });
    clock.advance(20_000);
    expect(await client.messages()).toEqual([]);
  });

  it('[MQTT-3.2.2-22] the longest one, 65,535 s, is kept to', async () => {
    const { clock, transport } = await start();
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', keepAlive: 65_535 });
    await client.next();
    clock.advance(98_302);
    client.write({ type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
    clock.advance(98_303);
    expect((await client.closed).at(-1)).toMatchObject({ reasonCode: ReasonCode.KeepAliveTimeout });
  });

  it('the Server Keep Alive is what counts when it is announced', async () => {
    const { clock, transport } = await start({ limits: { keepAlive: 10 } });
    for (const keepAlive of [0, 60]) {
      const client = new RawClient(transport());
      client.write({ type: 'connect', clientId: 'client', keepAlive });
      expect(await client.next()).toMatchObject({ type: 'connack', properties: { serverKeepAlive: 10 } });
      clock.advance(15.5);
      expect((await client.closed).at(-1)).toMatchObject({ reasonCode: ReasonCode.KeepAliveTimeout });
    }
  });

  it('[MQTT-3.12.4-1] [MQTT-3.12.4-1@3.1.1] PINGREQ is answered by PINGRESP', async () => {
    const { transport } = await start();
    for (const protocolVersion of [4, 5] as const) {
      const client = new RawClient(transport(), protocolVersion);
      client.write({ type: 'connect', protocolVersion, clientId: 'client' }, { type: 'pingreq' }, { type: 'pingreq' });
      expect((await client.take(3)).map(({ type }) => type)).toEqual(['connack', 'pingresp', 'pingresp']);
    }
  });

  it('the time in which the broker does not read, because a hook is pending, does not count', async () => {
    const permission = new PendingHook<boolean>();
    const { clock, transport } = await start({ hooks: { onPublish: permission.ask } });
    const client = new RawClient(transport());
    const publish = { type: 'publish', topicName: 'a', qos: 1, packetIdentifier: 1 } as const;
    client.write({ type: 'connect', clientId: 'client', keepAlive: 10 }, publish);
    await permission.asked;
    clock.advance(60);
    permission.answer(true);
    expect((await client.take(2)).map(({ type }) => type)).toEqual(['connack', 'puback']);
    clock.advance(14);
    client.write({ type: 'pingreq' });
    expect((await client.next()).type).toBe('pingresp');
    clock.advance(16);
    expect((await client.closed).at(-1)).toMatchObject({ reasonCode: ReasonCode.KeepAliveTimeout });
  });
});

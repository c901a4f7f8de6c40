// A commit has many waiters: what goes wrong for one of them must not reach the others, nor the store.
import { expect, it } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { HeldStore } from '../support/held-store.ts';
import { startBroker } from '../support/test-broker.ts';

const MANY = Array.from({ length: 100 }, (_, index) => ({ topicFilter: `f/${index}` }));

it('a client that cannot take its SUBACK is told 0x95, and the others of the same commit get their answers', async () => {
  const store = new HeldStore();
  const { broker, connect } = await startBroker({ store });
  const errors: unknown[] = [];
  broker.on('error', ({ error }) => errors.push(error));
  const properties = { sessionExpiryInterval: 100 };
  const small = await connect('small', { connect: { properties: { ...properties, maximumPacketSize: 50 } } });
  const other = await connect('other', { connect: { properties } });
  await other.subscribe('x', 1);
  const held = store.hold();
  small.send({ type: 'subscribe', subscriptions: MANY });
  const published = other.publish('x', '', { qos: 1 });
  await held;
  await new Promise(setImmediate);
  store.release();
  expect(await published).toBe(0);
  expect((await small.next('disconnect')).reasonCode).toBe(ReasonCode.PacketTooLarge);
  expect(errors).toEqual([]);
});

it('a client that cannot take its SUBACK is told 0x95 also where commits need no time', async () => {
  const { broker, connect } = await startBroker();
  const errors: unknown[] = [];
  broker.on('error', ({ error }) => errors.push(error));
  const small = await connect('small', { connect: { properties: { maximumPacketSize: 50 } } });
  small.send({ type: 'subscribe', subscriptions: MANY });
  expect((await small.next('disconnect')).reasonCode).toBe(ReasonCode.PacketTooLarge);
  expect(errors).toEqual([]);
});

it('a client that cannot take its CONNACK is let go without a word', async () => {
  const { broker, connect } = await startBroker();
  const errors: unknown[] = [];
  broker.on('error', ({ error }) => errors.push(error));
  await expect(connect('tiny', { connect: { properties: { maximumPacketSize: 4 } } })).rejects.toThrow('closed');
  expect(broker.statistics.connected).toBe(0);
  expect(errors).toEqual([]);
});

// Whoever counts clients by the events must end at zero: every 'disconnected' has a 'connected' before it.
import { expect, it } from 'vitest';
import { HeldStore } from '../support/held-store.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

async function begin() {
  const store = new HeldStore();
  const started = await startBroker({ store });
  const events: string[] = [];
  started.broker.on('connected', () => events.push('connected'));
  started.broker.on('subscribed', () => events.push('subscribed'));
  started.broker.on('disconnected', () => events.push('disconnected'));
  const held = store.hold();
  const client = new RawClient(started.transport());
  const connect = { type: 'connect', clientId: 'a', properties: { sessionExpiryInterval: 10 } } as const;
  return { ...started, store, events, held, client, connect };
}

it('what a client says before its session is kept is heard of after that it connected', async () => {
  const { store, events, held, client, connect } = await begin();
  client.write(
    connect,
    { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a' }] },
    { type: 'disconnect' },
  );
  await held;
  store.release();
  expect((await client.closed).map(({ type }) => type)).toEqual(['connack']);
  expect(events).toEqual(['connected', 'subscribed', 'disconnected']);
});

it('a client that is sent away before its session is kept was never connected', async () => {
  const { broker, store, events, held, client, connect } = await begin();
  client.write(connect);
  await held;
  expect(broker.disconnect('a')).toBe(true);
  store.release();
  expect(await client.closed).toEqual([]);
  await new Promise(setImmediate);
  expect(events).toEqual([]);
  expect(broker.statistics.connected).toBe(0);
});

it('a session that cannot be kept is refused, and its client was never connected', async () => {
  const { broker, store, events, held, client, connect } = await begin();
  const errors: string[] = [];
  broker.on('error', ({ error }) => errors.push((error as Error).message));
  client.write(connect);
  await held;
  store.fail();
  expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: 0x88 }]);
  expect(events).toEqual([]);
  expect(errors).toEqual(['the disk is full']);
  expect(broker.statistics.connected).toBe(0);
});

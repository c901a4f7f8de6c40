// The hook that decides who may connect: what it sees, what it may answer, and who waits while it thinks. §3.1.4
import { describe, expect, it } from 'vitest';
import type { BrokerHooks } from '../../src/broker/hooks.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

describe('authenticate', () => {
  it('sees what the client presents', async () => {
    const seen: unknown[] = [];
    const authenticate: BrokerHooks['authenticate'] = (client, credentials) => {
      seen.push(client, credentials);
      return true;
    };
    const { connect } = await startBroker({ hooks: { authenticate } });
    await connect('client', {
      connect: {
        username: 'user',
        password: 'secret',
        will: { topicName: 'w', payload: 'bye', qos: 1, retain: true },
        properties: { userProperties: [['k', 'v']] },
      },
    });
    expect(seen).toMatchObject([
      { clientId: 'client', username: 'user', protocolVersion: 5, remoteAddress: 'memory', listener: '' },
      {
        username: 'user',
        password: Uint8Array.from(Buffer.from('secret')),
        cleanStart: true,
        will: { topicName: 'w', qos: 1, retain: true },
        userProperties: [['k', 'v']],
      },
    ]);
  });

  it('while it thinks what follows CONNECT waits and is then done in order', async () => {
    const hook = new PendingHook<boolean>();
    const { connect, transport } = await startBroker({
      hooks: { authenticate: ({ clientId }) => (clientId === 'slow' ? hook.ask() : true) },
    });
    const client = new RawClient(transport());
    client.write(
      { type: 'connect', clientId: 'slow' },
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] },
      { type: 'publish', topicName: 'a', payload: '1', qos: 1, packetIdentifier: 2 },
      { type: 'publish', topicName: 'a', payload: '2', qos: 0 },
      { type: 'unsubscribe', packetIdentifier: 3, topicFilters: ['a'] },
    );
    await hook.asked;
    const other = await connect('other'); // nobody else waits
    await other.subscribe('a', 0);
    expect(await other.messages()).toEqual([]);
    hook.answer(true);
    const types = (await client.take(6)).map(({ type }) => type);
    expect(types[0]).toBe('connack');
    expect(types.slice(1).sort()).toEqual(['puback', 'publish', 'publish', 'suback', 'unsuback']);
    expect(await other.messages()).toEqual(['a=1', 'a=2']);
  });

  it('an answer that is neither yes nor a reason refuses', async () => {
    for (const answer of [undefined, null, 'yes', {}]) {
      const { connect, broker } = await startBroker({ hooks: { authenticate: () => answer as unknown as boolean } });
      const client = await connect('client');
      expect(client.connack.reasonCode).toBeGreaterThanOrEqual(0x80);
      await client.closed;
      expect(broker.statistics.connected).toBe(0);
    }
  });

  it('may answer with any thenable', async () => {
    const later = (answer: boolean) =>
      // biome-ignore lint/suspicious/noThenProperty: what is not a Promise and can be waited for is the subject
      ({ then: (resolve: (value: boolean) => void) => resolve(answer) }) as Promise<boolean>;
    const { connect } = await startBroker({
      hooks: {
        authenticate: ({ clientId }) => later(clientId !== 'bad'),
        authorize: (_client, _action, topic) => later(topic !== 'secret'),
      },
    });
    expect((await connect('bad')).connack.reasonCode).toBe(0x87);
    const client = await connect('good');
    expect((await client.subscribe('secret')).reasonCodes).toEqual([0x87]);
    expect(await client.publish('secret', 'x', { qos: 1 })).toBe(0x87);
    expect((await client.subscribe('open')).reasonCodes).toEqual([0]);
  });

  it('a client that is gone before the answer leaves nothing behind', async () => {
    const hook = new PendingHook<boolean>();
    const { broker, transport, connect } = await startBroker({
      hooks: { authenticate: ({ clientId }) => (clientId === 'slow' ? hook.ask() : true) },
    });
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'slow', cleanStart: false, properties: { sessionExpiryInterval: 99 } });
    await hook.asked;
    broker.disconnect('slow');
    const [link] = [client.transport];
    link.destroy();
    await client.closed;
    hook.answer(true);
    const again = connect('slow', { connect: { cleanStart: false } });
    while (broker.statistics.connectionsAccepted < 2) await Promise.resolve();
    await (await connect('other')).messages();
    hook.answer(true);
    expect((await again).connack.reasonCode).toBe(0);
    expect(broker.statistics.connected).toBe(2);
  });
});

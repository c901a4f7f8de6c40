// What a program that embeds the broker hears, and what its own faults cost.
import { describe, expect, it } from 'vitest';
import { EventListeners } from '../../../src/broker/observation/events.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startBroker } from '../../support/test-broker.ts';

describe('events of a broker', () => {
  it('tell who comes, subscribes, unsubscribes and goes', async () => {
    const { broker, connect } = await startBroker();
    const heard: unknown[] = [];
    broker.on('connected', ({ client, sessionPresent }) =>
      heard.push(['connected', client.clientId, client.protocolVersion, sessionPresent]),
    );
    broker.on('subscribed', ({ client, topicFilter, reasonCode }) =>
      heard.push(['subscribed', client.clientId, topicFilter, reasonCode]),
    );
    broker.on('unsubscribed', ({ client, topicFilter }) => heard.push(['unsubscribed', client.clientId, topicFilter]));
    broker.on('disconnected', ({ client, error }) => heard.push(['disconnected', client.clientId, error]));
    const client = await connect('client', { protocolVersion: 4 });
    await client.subscribe('a/#', 1);
    client.send({ type: 'unsubscribe', topicFilters: ['a/#'] });
    await client.next('unsuback');
    await client.disconnect();
    expect(heard).toEqual([
      ['connected', 'client', 4, false],
      ['subscribed', 'client', 'a/#', 1],
      ['unsubscribed', 'client', 'a/#'],
      ['disconnected', 'client', undefined],
    ]);
  });

  it('name what the peer did wrong', async () => {
    const { broker, transport } = await startBroker();
    const errors: unknown[] = [];
    broker.on('disconnected', ({ error }) => errors.push(error));
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, 'c1 00');
    await client.closed;
    expect(errors).toMatchObject([{ name: 'PacketError', reasonCode: 0x81 }]);
  });

  it('tell refusals and where a listener listens', async () => {
    const { broker, connect } = await startBroker({ hooks: { authenticate: () => 0x8a } });
    const heard: unknown[] = [];
    broker.on('refused', ({ client, reasonCode }) => heard.push([client.clientId, reasonCode]));
    broker.on('listening', ({ url }) => heard.push(url));
    await connect('banned');
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    expect(heard).toEqual([['banned', 0x8a], url]);
  });

  it('a watcher that throws is reported and harms nobody', async () => {
    const { broker, connect } = await startBroker();
    const heard: string[] = [];
    broker.on('connected', () => {
      throw new Error('watcher');
    });
    broker.on('connected', () => heard.push('other watcher'));
    broker.on('error', ({ error, while: doing }) => heard.push(`${String(error)} ${doing}`));
    const client = await connect('client');
    expect(await client.publish('a', '', { qos: 1 })).toBe(0x10);
    expect(heard).toEqual(['Error: watcher listening to connected', 'other watcher']);
  });

  it('a watcher may end the very client it hears of, and publish', async () => {
    const { broker, connect } = await startBroker();
    const watcher = await connect('watcher');
    await watcher.subscribe('seen/+', 0);
    const published: Promise<void>[] = [];
    broker.on('connected', ({ client }) => {
      published.push(broker.publish({ topicName: `seen/${client.clientId}` }));
      broker.disconnect(client.clientId);
    });
    const client = await connect('client');
    expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x98 });
    await client.closed;
    await Promise.all(published);
    expect(await watcher.messages()).toEqual(['seen/client=']);
    expect(broker.statistics.connected).toBe(1);
  });

  it('disconnect() answers whether there was such a client', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    expect(broker.disconnect('nobody')).toBe(false);
    expect(broker.disconnect('client', 0x89)).toBe(true);
    expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x89 });
    expect(broker.disconnect('client')).toBe(false);
  });

  it('publish() of a bad message rejects and is heard by nobody', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('#', 0);
    for (const topicName of ['a/#', '', '\ud800', 'x'.repeat(65_536)]) {
      await expect(broker.publish({ topicName })).rejects.toMatchObject({ name: 'UsageError' });
    }
    await expect(broker.publish({ topicName: 'a', qos: 3 as 2 })).rejects.toMatchObject({ name: 'UsageError' });
    expect(await client.messages()).toEqual([]);
  });
});

describe('EventListeners', () => {
  it('stop when told to, once', () => {
    const events = new EventListeners();
    const heard: string[] = [];
    const stop = events.on('listening', ({ url }) => heard.push(url));
    expect(events.isHeard('listening')).toBe(true);
    events.emit('listening', { url: 'one' });
    stop();
    stop();
    events.emit('listening', { url: 'two' });
    expect(events.isHeard('listening')).toBe(false);
    expect(heard).toEqual(['one']);
  });

  it('an error listener that throws ends nothing', () => {
    const events = new EventListeners();
    events.on('error', () => {
      throw new Error('even this');
    });
    expect(() => events.emit('error', { error: new Error('first'), while: 'testing' })).not.toThrow();
  });
});

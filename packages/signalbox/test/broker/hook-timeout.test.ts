// A hook that never answers: the client it was asked about goes, nobody waits for it for ever.
import { describe, expect, it } from 'vitest';
import { HookTimeout } from '../../src/broker/hooks.ts';
import type { BrokerEvents } from '../../src/broker/observation/events.ts';
import { startBroker } from '../support/test-broker.ts';

const never = () => new Promise<never>(() => {});
const limits = { hookTimeoutMs: 20 };

describe('hookTimeoutMs', () => {
  it('refuses a CONNECT whose authentication never comes', async () => {
    const { broker, connect } = await startBroker({ limits, hooks: { authenticate: never } });
    const errors: BrokerEvents['error'][] = [];
    broker.on('error', (event) => errors.push(event));
    expect((await connect('client')).connack.reasonCode).toBe(0x80);
    expect(errors.map(({ error }) => error)).toEqual([expect.any(HookTimeout)]);
  });

  it('ends the connection of a publisher, and its session can be taken over while the hook is pending', async () => {
    const { connect, broker } = await startBroker({ limits, hooks: { onPublish: never } });
    broker.on('error', () => {});
    const first = await connect('client');
    void first.publish('a', 'x', { qos: 1 });
    expect((await connect('client')).connack.reasonCode).toBe(0);
    await first.closed;
  });

  it('a late answer changes nothing', async () => {
    let answer!: (result: boolean) => void;
    const authorize = (_client: unknown, action: string) =>
      action === 'subscribe' || new Promise<boolean>((resolve) => (answer = resolve));
    const { connect, broker } = await startBroker({ limits, hooks: { authorize } });
    broker.on('error', () => {});
    const subscriber = await connect('subscriber');
    await subscriber.subscribe('a', 0);
    const publisher = await connect('publisher');
    await publisher.publish('a', 'late');
    await publisher.closed;
    answer(true);
    expect(await subscriber.messages()).toEqual([]);
  });
});

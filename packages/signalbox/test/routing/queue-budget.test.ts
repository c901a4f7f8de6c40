// Queues that share a budget: what one holds the others cannot, QoS 0 stops first, and what is taken out is free again.
import { describe, expect, it } from 'vitest';
import { DeliveryQueue, type OverflowPolicy } from '../../src/routing/delivery-queue.ts';
import type { QoS } from '../../src/routing/message.ts';
import { QueueBudget } from '../../src/routing/queue-budget.ts';
import { message } from './builders.ts';

function queues(limit: number, policy: OverflowPolicy = 'drop-newest') {
  const budget = new QueueBudget(limit);
  const dropped: string[] = [];
  const limits = { count: 1_000, bytes: 1_000_000, policy, budget };
  const listener = {
    onDropped: (_message: unknown, qos: QoS, reason: string) => {
      dropped.push(`${qos} ${reason}`);
    },
  };
  const make = () => new DeliveryQueue(limits, listener);
  return { budget, dropped, first: make(), second: make() };
}

/** A message of 100 bytes. */
const hundred = () => message('topic', { payload: new Uint8Array(95) });

describe('a budget of several queues', () => {
  it('counts what is queued until it is taken, dropped or expired', () => {
    const { budget, first, second } = queues(1_000);
    first.push(hundred(), 1, false, undefined);
    second.push(hundred(), 0, false, undefined);
    second.push(hundred(), 1, false, undefined);
    expect(budget.used).toBe(300);
    first.next(0);
    first.shift();
    expect(budget.used).toBe(200);
    second.dropQoS0('qos0-offline');
    expect(budget.used).toBe(100);
    second.dropAll('session-ended');
    expect(budget.used).toBe(0);
  });

  it('at nine tenths takes no more QoS 0, at ten no more of anything; a slow one is not cut off for it', () => {
    const { budget, dropped, first, second } = queues(1_000, 'disconnect');
    for (let count = 0; count < 9; count++) expect(first.push(hundred(), 1, false, undefined)).toBe('queued');
    expect(second.push(hundred(), 0, false, undefined)).toBe('dropped');
    expect(second.push(hundred(), 1, false, undefined)).toBe('queued');
    expect(second.push(hundred(), 1, false, undefined)).toBe('dropped');
    expect(dropped).toEqual(['0 memory-full', '1 memory-full']);
    expect(budget.used).toBe(1_000);
  });

  it('QoS 0 of the same queue makes room for the rest', () => {
    const { budget, dropped, first } = queues(300);
    first.push(hundred(), 0, false, undefined);
    first.push(hundred(), 0, false, undefined);
    for (let count = 0; count < 4; count++) first.push(hundred(), 2, false, undefined);
    expect(dropped).toEqual(['0 memory-full', '0 memory-full', '2 memory-full']);
    expect([first.length, budget.used]).toEqual([3, 300]);
  });

  it('the oldest of the same queue makes room where that is the policy, and nothing of others', () => {
    const { budget, dropped, first, second } = queues(300, 'drop-oldest');
    for (let count = 0; count < 3; count++) first.push(hundred(), 1, false, undefined);
    expect(first.push(hundred(), 1, false, undefined)).toBe('queued');
    expect(second.push(hundred(), 1, false, undefined)).toBe('dropped');
    expect(dropped).toEqual(['1 memory-full', '1 memory-full']);
    expect([first.length, second.length, budget.used]).toEqual([3, 0, 300]);
  });
});

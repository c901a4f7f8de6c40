// What is urgent overtakes what waits, and is given up last.
import { describe, expect, it } from 'vitest';
import { DeliveryQueue, type DeliveryQueueLimits } from '../../src/routing/delivery-queue.ts';
import type { QoS } from '../../src/routing/message.ts';
import { message } from './builders.ts';

function queueOf(limits: Partial<DeliveryQueueLimits> = {}) {
  const losses: string[] = [];
  const queue = new DeliveryQueue(
    { count: 4, bytes: 1_000_000, policy: 'drop-newest', ...limits },
    { onDropped: ({ topic }, qos, reason) => losses.push(`${topic.name} ${qos} ${reason}`) },
  );
  const push = (name: string, qos: QoS, expiresAt = Infinity) =>
    queue.push(message(name, { expiresAt }), qos, false, undefined, name.startsWith('u') ? 'urgent' : 'normal');
  const drain = (now = 0) => {
    const names: string[] = [];
    for (; queue.next(now); queue.shift()) names.push(`${queue.message.topic.name} ${queue.qos}`);
    return names;
  };
  return { queue, losses, push, drain };
}

describe('urgent messages in a DeliveryQueue', () => {
  it('stand before all others, in their own order', () => {
    const { queue, push, drain } = queueOf();
    for (const [name, qos] of [
      ['a', 0],
      ['u1', 1],
      ['b', 1],
      ['u2', 0],
    ] as const)
      expect(push(name, qos)).toBe('queued');
    expect([queue.length, queue.urgent]).toEqual([4, 2]);
    expect(drain()).toEqual(['u1 1', 'u2 0', 'a 0', 'b 1']);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it('are not passed by other urgent ones when QoS 0 alone may go', () => {
    const { queue, push } = queueOf();
    push('u1', 1);
    push('u2', 0);
    push('a', 0);
    expect(queue.nextQoS0(0)).toBe(true);
    expect(queue.message.topic.name).toBe('a');
    queue.shift();
    expect(queue.nextQoS0(0)).toBe(false);
    queue.next(0);
    queue.shift();
    expect(queue.nextQoS0(0)).toBe(true);
    expect(queue.message.topic.name).toBe('u2');
  });

  it('expire like others', () => {
    const { losses, push, queue, drain } = queueOf();
    push('u1', 0, 10);
    push('u2', 1, 10);
    push('u3', 1);
    expect(queue.nextQoS0(10)).toBe(false);
    expect(losses).toEqual(['u1 0 expired']);
    expect(drain(10)).toEqual(['u3 1']);
    expect(losses).toEqual(['u1 0 expired', 'u2 1 expired']);
  });

  it('push out what is of less worth, and are not pushed out themselves', () => {
    const { losses, push, drain } = queueOf({ count: 3, policy: 'drop-oldest' });
    push('a', 0);
    push('u1', 0);
    push('b', 1);
    expect(push('u2', 1)).toBe('queued');
    expect(push('u3', 1)).toBe('queued');
    expect(losses).toEqual(['a 0 queue-full', 'b 1 queue-full']);
    expect(push('c', 2)).toBe('dropped');
    expect(drain()).toEqual(['u1 0', 'u2 1', 'u3 1']);
  });

  it('count where nothing of QoS 1 and 2 is given up', () => {
    const { push, drain } = queueOf({ count: 3 });
    push('u1', 1);
    push('a', 1);
    push('b', 0);
    expect(push('c', 1)).toBe('queued');
    expect(push('d', 1)).toBe('dropped');
    expect(drain()).toEqual(['u1 1', 'a 1', 'c 1']);
  });

  it('of QoS 0 go when the connection goes; the others stay in their order', () => {
    const { losses, push, queue, drain } = queueOf({ count: 5 });
    for (const [name, qos] of [
      ['u1', 1],
      ['u2', 0],
      ['u3', 2],
      ['a', 0],
      ['b', 1],
    ] as const)
      push(name, qos);
    queue.dropQoS0('qos0-offline');
    expect(losses).toEqual(['a 0 qos0-offline', 'u2 0 qos0-offline']);
    expect(drain()).toEqual(['u1 1', 'u3 2', 'b 1']);
  });

  it('are found and ended with the rest', () => {
    const { losses, push, queue } = queueOf();
    push('a', 1);
    push('u1', 1);
    push('u2', 1);
    expect(queue.takeIf(({ topic }) => topic.name === 'u1').map((taken) => taken.message.topic.name)).toEqual(['u1']);
    queue.dropAll('session-ended');
    expect(losses).toEqual(['u2 1 session-ended', 'a 1 session-ended']);
  });
});

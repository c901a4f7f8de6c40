import { describe, expect, it } from 'vitest';
import type { DeliveryQueueLimits, DropListener, OverflowPolicy } from '../../src/routing/delivery-queue.ts';
import { DeliveryQueue } from '../../src/routing/delivery-queue.ts';
import type { DropReason } from '../../src/routing/drop-reasons.ts';
import type { Message, QoS } from '../../src/routing/message.ts';
import { bytesOf, message } from './builders.ts';

class Losses implements DropListener {
  readonly all: string[] = [];

  onDropped({ topic }: Message, qos: QoS, reason: DropReason): void {
    this.all.push(`${topic.name} ${qos} ${reason}`);
  }
}

function queueOf(limits: Partial<DeliveryQueueLimits> = {}) {
  const losses = new Losses();
  const queue = new DeliveryQueue({ count: 3, bytes: 1_000_000, policy: 'drop-newest', ...limits }, losses);
  const push = (name: string, qos: QoS, init: { size?: number; expiresAt?: number } = {}) => {
    const payload = bytesOf('x'.repeat((init.size ?? name.length) - name.length));
    return queue.push(message(name, { payload, expiresAt: init.expiresAt ?? Infinity }), qos, false, undefined);
  };
  const drain = (now = 0) => {
    const names: string[] = [];
    for (; queue.next(now); queue.shift()) names.push(`${queue.message.topic.name} ${queue.qos}`);
    return names;
  };
  return { queue, losses, push, drain };
}

describe('DeliveryQueue', () => {
  it('[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5@3.1.1] [MQTT-4.6.0-6@3.1.1] keeps the order of arrival across all QoS', () => {
    const { push, drain } = queueOf({ count: 10 });
    for (const [name, qos] of [
      ['a', 0],
      ['b', 2],
      ['c', 1],
      ['d', 0],
      ['e', 0],
      ['f', 2],
    ] as const) {
      expect(push(name, qos)).toBe('queued');
    }
    expect(drain()).toEqual(['a 0', 'b 2', 'c 1', 'd 0', 'e 0', 'f 2']);
  });

  it('hands back what was pushed', () => {
    const { queue } = queueOf();
    const one = message('a');
    const identifiers = [4, 5];
    queue.push(one, 2, true, identifiers);
    queue.push(one, 0, false, undefined);
    expect(queue.length).toBe(2);
    expect(queue.bytes).toBe(2 * one.size);
    expect(queue.next(0)).toBe(true);
    expect(queue.message).toBe(one);
    expect([queue.qos, queue.retain]).toEqual([2, true]);
    expect(queue.subscriptionIdentifiers).toBe(identifiers);
    queue.shift();
    expect(queue.next(0)).toBe(true);
    expect([queue.qos, queue.retain, queue.subscriptionIdentifiers]).toEqual([0, false, undefined]);
    queue.shift();
    expect(queue.next(0)).toBe(false);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it('[MQTT-3.3.2-5] drops what has expired, at its very millisecond, and says so', () => {
    const { queue, push, drain, losses } = queueOf({ count: 10 });
    push('a', 1, { expiresAt: 100 });
    push('b', 0, { expiresAt: 100 });
    push('c', 1, { expiresAt: 101 });
    push('d', 2);
    expect(drain(100)).toEqual(['c 1', 'd 2']);
    expect(losses.all).toEqual(['a 1 expired', 'b 0 expired']);
    expect(queue.length).toBe(0);
  });

  it('lets QoS 0 pass QoS 1 and 2', () => {
    const { queue, push, drain, losses } = queueOf({ count: 10 });
    push('a', 1);
    push('b', 0, { expiresAt: 5 });
    push('c', 0);
    push('d', 2);
    expect(queue.nextQoS0(5)).toBe(true);
    expect(queue.message.topic.name).toBe('c');
    queue.shift();
    expect(queue.nextQoS0(5)).toBe(false);
    expect(losses.all).toEqual(['b 0 expired']);
    expect(drain()).toEqual(['a 1', 'd 2']);
  });

  it('drops the message found, with a reason', () => {
    const { queue, push, drain, losses } = queueOf();
    push('a', 1);
    push('b', 1);
    queue.next(0);
    queue.drop('packet-too-large');
    expect(losses.all).toEqual(['a 1 packet-too-large']);
    expect(drain()).toEqual(['b 1']);
  });

  it('drops QoS 0 only, or everything in order', () => {
    const { queue, push, losses } = queueOf({ count: 10 });
    for (const [name, qos] of [
      ['a', 0],
      ['b', 1],
      ['c', 0],
      ['d', 2],
    ] as const)
      push(name, qos);
    queue.dropQoS0('qos0-offline');
    expect(losses.all).toEqual(['a 0 qos0-offline', 'c 0 qos0-offline']);
    push('e', 0);
    push('f', 1);
    losses.all.length = 0;
    queue.dropAll('session-ended');
    expect(losses.all).toEqual(['b 1 session-ended', 'd 2 session-ended', 'e 0 session-ended', 'f 1 session-ended']);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it('drops what has expired anywhere, keeping the rest in order', () => {
    const { queue, push, drain, losses } = queueOf({ count: 20 });
    for (let index = 0; index < 12; index++) {
      push(`m${index}`, (index % 3) as QoS, { expiresAt: index % 2 === 0 ? 10 : Infinity });
    }
    queue.dropExpired(9);
    expect(queue.length).toBe(12);
    queue.dropExpired(10);
    expect(losses.all.map((loss) => loss.split(' ')[0]).sort()).toEqual(['m0', 'm10', 'm2', 'm4', 'm6', 'm8']);
    expect(drain()).toEqual(['m1 1', 'm3 0', 'm5 2', 'm7 1', 'm9 0', 'm11 2']);
  });
});

describe('a full DeliveryQueue', () => {
  const policies: OverflowPolicy[] = ['drop-newest', 'drop-oldest', 'disconnect'];

  it('sheds the oldest QoS 0 for QoS 1 and 2, whatever the policy', () => {
    for (const policy of policies) {
      const { push, drain, losses } = queueOf({ policy });
      for (const [name, qos] of [
        ['a', 1],
        ['b', 0],
        ['c', 0],
        ['d', 2],
        ['e', 1],
      ] as const) {
        expect(push(name, qos)).toBe('queued');
      }
      expect(losses.all).toEqual(['b 0 queue-full', 'c 0 queue-full']);
      expect(drain()).toEqual(['a 1', 'd 2', 'e 1']);
    }
  });

  it('never gives QoS 1 or 2 away for QoS 0', () => {
    for (const policy of policies) {
      const { push, drain, losses } = queueOf({ policy });
      for (const name of ['a', 'b', 'c']) push(name, 1);
      expect(push('d', 0)).toBe('dropped');
      expect(losses.all).toEqual(['d 0 queue-full']);
      expect(drain()).toEqual(['a 1', 'b 1', 'c 1']);
    }
  });

  it('drop-newest: the new one goes', () => {
    const { push, drain, losses } = queueOf();
    for (const [name, qos] of [
      ['a', 0],
      ['b', 1],
      ['c', 0],
    ] as const)
      push(name, qos);
    expect(push('d', 0)).toBe('dropped');
    expect(push('e', 1)).toBe('queued');
    expect(push('f', 1)).toBe('queued');
    expect(push('g', 1)).toBe('dropped');
    expect(losses.all).toEqual(['d 0 queue-full', 'a 0 queue-full', 'c 0 queue-full', 'g 1 queue-full']);
    expect(drain()).toEqual(['b 1', 'e 1', 'f 1']);
  });

  it('drop-oldest: the oldest goes, QoS 0 before others', () => {
    const { push, drain, losses } = queueOf({ policy: 'drop-oldest' });
    for (const [name, qos] of [
      ['a', 1],
      ['b', 0],
      ['c', 1],
      ['d', 0],
      ['e', 2],
      ['f', 2],
    ] as const) {
      expect(push(name, qos)).toBe('queued');
    }
    expect(losses.all).toEqual(['b 0 queue-full', 'd 0 queue-full', 'a 1 queue-full']);
    expect(drain()).toEqual(['c 1', 'e 2', 'f 2']);
  });

  it('disconnect: asks for it, but not because of QoS 0', () => {
    const { push, drain, losses } = queueOf({ policy: 'disconnect' });
    for (const name of ['a', 'b', 'c']) push(name, 1);
    expect(push('d', 0)).toBe('dropped');
    expect(push('e', 2)).toBe('disconnect');
    expect(losses.all).toEqual(['d 0 queue-full', 'e 2 queue-full']);
    expect(drain()).toEqual(['a 1', 'b 1', 'c 1']);
  });

  it('counts bytes as well', () => {
    const { queue, push, drain, losses } = queueOf({ count: 100, bytes: 100, policy: 'drop-oldest' });
    push('a', 1, { size: 40 });
    push('b', 0, { size: 40 });
    push('c', 1, { size: 20 });
    expect(queue.bytes).toBe(100);
    expect(push('d', 1, { size: 30 })).toBe('queued');
    expect(losses.all).toEqual(['b 0 queue-full']);
    expect(queue.bytes).toBe(90);
    expect(push('e', 1, { size: 100 })).toBe('queued');
    expect(drain()).toEqual(['e 1']);
  });

  it('sheds nothing in vain: not for what would still not fit', () => {
    const { push, drain, losses } = queueOf({ count: 100, bytes: 100 });
    push('a', 1, { size: 40 });
    push('b', 0, { size: 40 });
    expect(push('c', 1, { size: 70 })).toBe('dropped');
    expect(losses.all).toEqual(['c 1 queue-full']);
    expect(drain()).toEqual(['a 1', 'b 0']);
  });

  it('drops what could never be queued, and cuts nobody off for it', () => {
    for (const policy of policies) {
      const { push, drain, losses } = queueOf({ count: 100, bytes: 100, policy });
      push('a', 0, { size: 10 });
      expect(push('b', 2, { size: 101 })).toBe('dropped');
      expect(losses.all).toEqual(['b 2 queue-full']);
      expect(drain()).toEqual(['a 0']);
    }
    expect(queueOf({ count: 0, policy: 'drop-oldest' }).push('a', 1)).toBe('dropped');
  });

  it('gives away what nobody wants, keeps the order of the rest, and tells its listener nothing', () => {
    const { queue, push, drain, losses } = queueOf({ count: 10 });
    for (const [name, qos] of [
      ['a', 0],
      ['b', 1],
      ['x', 2],
      ['c', 0],
      ['x', 0],
      ['d', 1],
    ] as const)
      push(name, qos);
    expect(queue.takeIf(({ topic }) => topic.name === 'x').map(({ message, qos }) => message.topic.name + qos)).toEqual(
      ['x0', 'x2'],
    );
    expect(queue.bytes).toBe(4 * message('a', { payload: bytesOf('') }).size);
    expect(drain()).toEqual(['a 0', 'b 1', 'c 0', 'd 1']);
    expect(losses.all).toEqual([]);
  });
});

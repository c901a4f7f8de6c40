// DeliveryQueue against an array that is searched and filtered.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OverflowPolicy, PushOutcome } from '../../src/routing/delivery-queue.ts';
import { DeliveryQueue } from '../../src/routing/delivery-queue.ts';
import type { Message, QoS } from '../../src/routing/message.ts';
import { bytesOf, message } from './builders.ts';

interface Waiting {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly identifiers: readonly number[] | undefined;
}

const COUNT = 6;
const BYTES = 60;

class Model {
  waiting: Waiting[] = [];
  readonly lost: string[] = [];
  readonly #policy: OverflowPolicy;

  constructor(policy: OverflowPolicy) {
    this.#policy = policy;
  }

  get bytes(): number {
    return this.waiting.reduce((sum, one) => sum + one.message.size, 0);
  }

  push(one: Waiting): PushOutcome {
    const shedding = this.#toShed(one);
    if (shedding === undefined) {
      this.lose(one, 'queue-full');
      return this.#policy === 'disconnect' && one.qos > 0 && one.message.size <= BYTES ? 'disconnect' : 'dropped';
    }
    for (const other of shedding) this.lose(other, 'queue-full');
    this.waiting = [...this.waiting.filter((other) => !shedding.includes(other)), one];
    return 'queued';
  }

  /** The fewest to give up for it, in order of their turn; undefined when nothing helps. */
  #toShed(one: Waiting): Waiting[] | undefined {
    const victims = this.waiting.filter((other) => other.qos === 0 && (one.qos > 0 || this.#policy === 'drop-oldest'));
    if (one.qos > 0 && this.#policy === 'drop-oldest') victims.push(...this.waiting.filter((other) => other.qos > 0));
    for (let count = 0; count <= victims.length; count++) {
      const left = this.waiting.filter((other) => !victims.slice(0, count).includes(other));
      const bytes = left.reduce((sum, other) => sum + other.message.size, one.message.size);
      if (left.length < COUNT && bytes <= BYTES) return victims.slice(0, count);
    }
    return undefined;
  }

  expire(now: number, who: (one: Waiting) => boolean): void {
    for (const one of this.waiting) if (who(one) && one.message.expiresAt <= now) this.lose(one, 'expired');
    this.waiting = this.waiting.filter((one) => !who(one) || one.message.expiresAt > now);
  }

  lose(one: Waiting, reason: string): void {
    this.lost.push(`${one.message.topic.name} ${one.qos} ${reason}`);
  }
}

const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      qos: fc.constantFrom<QoS>(0, 1, 2),
      size: fc.nat(BYTES + 2),
      retain: fc.boolean(),
      identifiers: fc.option(fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }), { nil: undefined }),
      expiresAt: fc.constantFrom(5, 10, Infinity),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('next' as const), now: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nextQoS0' as const), now: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom<'dropExpired' | 'dropQoS0'>('dropExpired', 'dropQoS0'),
      now: fc.nat(12),
    }),
  },
);

describe('DeliveryQueue and a naive model', () => {
  it('agree about what waits, what is lost and why', () => {
    const policy = fc.constantFrom<OverflowPolicy>('drop-newest', 'drop-oldest', 'disconnect');
    fc.assert(
      fc.property(policy, fc.array(anyStep, { maxLength: 60 }), (chosen, steps) => {
        const model = new Model(chosen);
        const lost: string[] = [];
        const listener = {
          onDropped: ({ topic }: Message, qos: QoS, reason: string) => void lost.push(`${topic.name} ${qos} ${reason}`),
        };
        const queue = new DeliveryQueue({ count: COUNT, bytes: BYTES, policy: chosen }, listener);
        for (const [index, step] of steps.entries()) {
          if (step.kind === 'push') {
            const { qos, retain, identifiers, size, expiresAt } = step;
            const one = message(`m${index}`, { payload: bytesOf('x'.repeat(size)), expiresAt });
            const outcome = queue.push(one, qos, retain, identifiers);
            expect(outcome).toBe(model.push({ message: one, qos, retain, identifiers }));
          } else if (step.kind === 'dropExpired') {
            queue.dropExpired(step.now);
            model.expire(step.now, ({ qos }) => qos === 0);
            model.expire(step.now, ({ qos }) => qos > 0);
          } else if (step.kind === 'dropQoS0') {
            queue.dropQoS0('qos0-offline');
            for (const one of model.waiting) if (one.qos === 0) model.lose(one, 'qos0-offline');
            model.waiting = model.waiting.filter(({ qos }) => qos > 0);
          } else {
            take(queue, model, step.kind, step.now);
          }
          expect(lost).toEqual(model.lost);
          expect([queue.length, queue.bytes]).toEqual([model.waiting.length, model.bytes]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function take(queue: DeliveryQueue, model: Model, kind: 'next' | 'nextQoS0', now: number): void {
  const eligible = (one: Waiting) => kind === 'next' || one.qos === 0;
  const first = model.waiting.find((one) => eligible(one) && one.message.expiresAt > now);
  const before = new Set(first === undefined ? model.waiting : model.waiting.slice(0, model.waiting.indexOf(first)));
  model.expire(now, (one) => eligible(one) && before.has(one));
  expect(kind === 'next' ? queue.next(now) : queue.nextQoS0(now)).toBe(first !== undefined);
  if (first === undefined) return;
  expect(queue.message).toBe(first.message);
  expect([queue.qos, queue.retain]).toEqual([first.qos, first.retain]);
  expect(queue.subscriptionIdentifiers).toBe(first.identifiers);
  queue.shift();
  model.waiting = model.waiting.filter((one) => one !== first);
}

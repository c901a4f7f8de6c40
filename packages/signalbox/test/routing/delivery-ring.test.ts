import { describe, expect, it } from 'vitest';
import { DeliveryRing } from '../../src/routing/delivery-ring.ts';
import type { Message, QoS } from '../../src/routing/message.ts';
import { bytesOf, message } from './builders.ts';

function numbered(count: number): Message[] {
  return Array.from({ length: count }, (_, index) => message(`m/${index}`, { payload: bytesOf('x'.repeat(index)) }));
}

describe('DeliveryRing', () => {
  it('gives back everything about a message', () => {
    const ring = new DeliveryRing<Message>();
    const terms: [QoS, boolean, readonly number[] | undefined][] = [
      [0, false, undefined],
      [1, true, [7]],
      [2, false, [1, 2]],
      [2, true, undefined],
    ];
    const messages = numbered(terms.length);
    for (const [index, [qos, retain, identifiers]] of terms.entries()) {
      ring.push(messages[index]!, qos, retain, index + 1);
      if (identifiers !== undefined) ring.identify(identifiers);
    }
    for (const [index, [qos, retain, subscriptionIdentifiers]] of terms.entries()) {
      expect(ring.message).toBe(messages[index]);
      expect(ring).toMatchObject({ qos, retain, order: index + 1 });
      expect(ring.subscriptionIdentifiers).toBe(subscriptionIdentifiers);
      ring.shift();
    }
    expect(ring).toMatchObject({ length: 0, bytes: 0 });
  });

  it('goes round without losing the order, and grows while it goes round', () => {
    const ring = new DeliveryRing<Message>();
    const messages = numbered(300);
    let next = 0;
    let first = 0;
    for (const [pushes, shifts] of [
      [3, 2],
      [3, 3],
      [4, 1],
      [60, 30],
      [40, 70],
      [100, 0],
      [90, 194],
    ] as const) {
      for (let count = 0; count < pushes; count++) {
        ring.push(messages[next]!, 1, false, next);
        if (next % 3 === 0) ring.identify([next]);
        next += 1;
      }
      for (let count = 0; count < shifts; count++) {
        expect(ring.message).toBe(messages[first]);
        expect(ring.order).toBe(first);
        expect(ring.subscriptionIdentifiers).toEqual(first % 3 === 0 ? [first] : undefined);
        ring.shift();
        first += 1;
      }
      expect(ring.length).toBe(next - first);
      expect(ring.bytes).toBe(messages.slice(first, next).reduce((sum, { size }) => sum + size, 0));
    }
    expect(ring.length).toBe(0);
  });

  it('moves the first to the end', () => {
    for (const length of [1, 2, 3, 4, 5, 8]) {
      for (const identified of [-1, 0, 1]) {
        const ring = new DeliveryRing<Message>();
        const messages = numbered(length);
        for (const [index, one] of messages.entries()) {
          ring.push(one, 2, false, index);
          if (index === identified) ring.identify([9]);
        }
        ring.rotate();
        const turned = [...messages.slice(1), messages[0]];
        for (const one of turned) {
          expect(ring.message).toBe(one);
          expect(ring.subscriptionIdentifiers).toEqual(
            identified >= 0 && one === messages[identified] ? [9] : undefined,
          );
          ring.shift();
        }
        expect(ring.length).toBe(0);
      }
    }
  });

  it('leaves no identifiers where a message moved away', () => {
    const ring = new DeliveryRing<Message>();
    const [a, b, c, d] = numbered(4);
    ring.push(a!, 1, false, 1);
    ring.identify([7]);
    ring.push(b!, 1, false, 2);
    ring.rotate(); // b, a
    ring.push(c!, 1, false, 3);
    ring.push(d!, 1, false, 4); // where a was at first
    const seen: unknown[] = [];
    for (; ring.length > 0; ring.shift()) seen.push([ring.message, ring.subscriptionIdentifiers]);
    expect(seen).toEqual([
      [b, undefined],
      [a, [7]],
      [c, undefined],
      [d, undefined],
    ]);
  });

  it('keeps orders that need more than 32 bits', () => {
    const ring = new DeliveryRing<Message>();
    ring.push(message('a'), 2, true, 2 ** 40 + 1);
    expect(ring).toMatchObject({ qos: 2, retain: true, order: 2 ** 40 + 1 });
  });
});

import { describe, expect, it } from 'vitest';
import { AcknowledgementOrder, SUCCESS } from '../../src/mqtt/acknowledgement-order.ts';

describe('AcknowledgementOrder', () => {
  it('has nothing to say while it is empty', () => {
    const order = new AcknowledgementOrder();
    expect([order.count, order.first, order.firstAnswer, order.has(1), order.answer(1, SUCCESS)]).toEqual([
      0,
      0,
      undefined,
      false,
      false,
    ]);
  });

  it('keeps answers that were given early until their turn', () => {
    const order = new AcknowledgementOrder();
    for (const identifier of [4, 5, 6]) order.push(identifier, undefined);
    expect([order.answer(6, SUCCESS), order.answer(6, SUCCESS), order.answer(5, { reasonCode: 0x80 })]).toEqual([
      true,
      false,
      true,
    ]);
    expect([order.first, order.firstAnswer]).toEqual([4, undefined]);
    order.shift();
    expect([order.first, order.firstAnswer]).toEqual([5, { reasonCode: 0x80 }]);
    order.shift();
    expect([order.first, order.firstAnswer, order.count]).toEqual([6, SUCCESS, 1]);
    expect([order.has(6), order.has(5)]).toEqual([true, false]);
  });

  it('takes an answer along that is known from the start', () => {
    const order = new AcknowledgementOrder();
    order.push(1, SUCCESS);
    expect(order.firstAnswer).toBe(SUCCESS);
  });

  it('answers the same identifier once for each time it came', () => {
    const order = new AcknowledgementOrder();
    order.push(1, undefined);
    order.push(1, undefined);
    expect([order.answer(1, SUCCESS), order.answer(1, { reasonCode: 0x97 }), order.answer(1, SUCCESS)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(order.firstAnswer).toBe(SUCCESS);
    order.shift();
    expect(order.firstAnswer).toEqual({ reasonCode: 0x97 });
  });

  it('grows while it is in use and wrapped around', () => {
    const order = new AcknowledgementOrder();
    let next = 1;
    let expected = 1;
    for (let round = 0; round < 40; round++) {
      for (let count = 0; count < 3; count++) order.push(next++, undefined);
      for (let count = 0; count < 2; count++) {
        expect(order.first).toBe(expected++);
        order.shift();
      }
    }
    expect(order.count).toBe(40);
    expect(order.answer(next - 1, SUCCESS)).toBe(true);
    while (order.count > 0) {
      expect(order.first).toBe(expected++);
      order.shift();
    }
    expect(expected).toBe(next);
  });
});

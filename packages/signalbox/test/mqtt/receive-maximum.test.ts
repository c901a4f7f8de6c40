import { describe, expect, it } from 'vitest';
import { ReceiveMaximum } from '../../src/mqtt/receive-maximum.ts';

describe('ReceiveMaximum', () => {
  it('counts what was received and not answered', () => {
    const maximum = new ReceiveMaximum(2, []);
    for (let count = 0; count < 2; count++) maximum.takeNew();
    expect(maximum.isExceeded).toBe(false);
    maximum.takeNew();
    expect(maximum.isExceeded).toBe(true);
    maximum.give();
    maximum.giveReleased(7);
    expect([maximum.isExceeded, maximum.used]).toEqual([false, 1]);
  });

  it('a second copy on the same network connection does not count', () => {
    const maximum = new ReceiveMaximum(2, []);
    maximum.takeNew();
    maximum.takeAgain(7);
    expect(maximum.used).toBe(1);
  });

  it('what came on an earlier network connection counts only when it is sent again', () => {
    const maximum = new ReceiveMaximum(1, [5, 6]);
    maximum.takeAgain(5);
    expect(maximum.used).toBe(1);
    maximum.takeAgain(5);
    expect(maximum.used).toBe(1);
    maximum.giveReleased(6);
    expect(maximum.used).toBe(1);
    maximum.giveReleased(5);
    expect(maximum.used).toBe(0);
  });
});

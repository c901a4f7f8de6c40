// Messages that wait: in order, whole, and without more memory than they are worth.
import { describe, expect, it } from 'vitest';
import { MessageInbox } from '../src/message-inbox.ts';

function messageOf(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}

/** Comparing thousands of arrays as values would take longer than everything else. */
function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

describe('messages that wait', () => {
  it('come out as they went in, whatever their sizes, taken in between or not', () => {
    const inbox = new MessageInbox();
    const sizes = Array.from({ length: 3000 }, (_, at) => [0, 1, 2, 511, 512, 513, 5000, 37][at % 8]! + (at % 3));
    const expected: Uint8Array[] = [];
    for (const [at, size] of sizes.entries()) {
      const message = messageOf(size, at);
      inbox.push(message);
      expected.push(message.slice());
      message.fill(99); // what is kept is a copy
      if (at % 5 === 4) expect(isSame(inbox.shift(), expected.shift())).toBe(true);
    }
    expect(inbox.length).toBe(expected.length);
    expect(inbox.byteLength).toBe(expected.reduce((sum, { length }) => sum + length, 0));
    for (const message of expected) expect(isSame(inbox.shift(), message)).toBe(true);
    expect([inbox.shift(), inbox.length, inbox.byteLength]).toEqual([undefined, 0, 0]);
  });

  it('can be thrown away', () => {
    const inbox = new MessageInbox();
    for (const size of [1, 1000, 2]) inbox.push(messageOf(size, 1));
    inbox.clear();
    expect([inbox.shift(), inbox.length, inbox.byteLength]).toEqual([undefined, 0, 0]);
    inbox.push(messageOf(3, 2));
    expect(inbox.shift()).toEqual(messageOf(3, 2));
  });

  it('of one byte take three each', () => {
    const inbox = new MessageInbox();
    const before = process.memoryUsage();
    for (let count = 0; count < 500_000; count++) inbox.push(Uint8Array.of(count));
    const pages = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    expect(inbox.length).toBe(500_000);
    expect(pages).toBeLessThan(4_000_000);
  });
});

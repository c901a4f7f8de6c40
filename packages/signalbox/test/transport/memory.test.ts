import { describe, expect, it } from 'vitest';
import { memoryPair } from '../../src/transport/memory.ts';
import { bytesOf, Recorder, turns } from './recorder.ts';

describe('a pair in memory', () => {
  it('hands over in pieces as small as asked for', async () => {
    const [left, right] = memoryPair({ chunkSize: 3 });
    const receiver = Recorder.start(right);
    left.write(bytesOf('1234567'));
    left.write(bytesOf('89'));
    await receiver.untilReceived(9);
    expect([receiver.calls, receiver.text]).toEqual([4, '123456789']);
  });

  it('hands over in a later turn, and copies', async () => {
    const [left, right] = memoryPair();
    const receiver = Recorder.start(right);
    const bytes = Buffer.from('first');
    expect(left.write(bytes)).toBe(true);
    bytes.fill('x');
    expect(receiver.received).toBe(0);
    await receiver.untilReceived(5);
    expect(receiver.text).toBe('first');
  });

  it('asks to wait from its high-water mark on', async () => {
    const [left, right] = memoryPair({ highWaterMark: 10 });
    const sender = Recorder.start(left);
    expect(left.write(new Uint8Array(9))).toBe(true);
    expect(left.write(new Uint8Array(1))).toBe(false);
    expect(left.bufferedBytes).toBe(10);
    Recorder.start(right);
    await sender.untilDrained();
    expect(left.bufferedBytes).toBe(0);
  });

  it('fails at both ends and loses what is on the way', async () => {
    const [left, right] = memoryPair();
    const [one, other] = [Recorder.start(left), Recorder.start(right)];
    left.write(bytesOf('lost'));
    left.fail(new Error('cut'));
    left.fail(new Error('again'));
    await Promise.all([one.untilClosed(), other.untilClosed()]);
    await turns();
    expect([one.closes, one.error?.message, other.closes, other.error?.message, other.received]).toEqual([
      1,
      'cut',
      1,
      'cut',
      0,
    ]);
  });
});

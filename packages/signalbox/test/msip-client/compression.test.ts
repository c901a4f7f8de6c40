// COMPRESSED in both directions, with the means of Node and with those of browsers (which Node has, too). docs/msip.md, §5
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Compression } from '../../src/msip/compression.ts';
import { BROWSER_PLATFORM } from '../../src/msip-client/browser-platform.ts';
import type { MsipMessage } from '../../src/msip-client/message.ts';
import { NODE_PLATFORM } from '../../src/msip-client/node-platform.ts';
import { FLAG } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

const SMALL = new TextEncoder().encode('small '.repeat(100));
const LARGE = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, index) => index).join(' '));

/** As it was thrown, or rejected with. */
async function codeOf(act: () => Uint8Array | Promise<Uint8Array>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

async function hasZstd(): Promise<boolean> {
  return (await codeOf(() => NODE_PLATFORM.compress(SMALL, 'zstd'))) === undefined;
}

describe.each([
  ['Node', NODE_PLATFORM],
  ['browsers', BROWSER_PLATFORM],
])('the platform %s', (_, platform) => {
  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('compresses and inflates by gzip what is %s', async (_size, message) => {
    const compressed = await platform.compress(message, 'gzip');
    expect(compressed.length).toBeLessThan(message.length);
    expect(gunzipSync(compressed).equals(message)).toBe(true);
    expect(Buffer.from(await platform.inflate(compressed, 'gzip', message.length)).equals(message)).toBe(true);
  });

  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('makes no more of what is %s than it may', async (_size, message) => {
    const compressed = gzipSync(message);
    expect(await codeOf(() => platform.inflate(compressed, 'gzip', message.length - 1))).toBe('NOT_INFLATED');
  });

  it('takes a bomb for what it is', async () => {
    const bomb = gzipSync(new Uint8Array(50 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await codeOf(() => platform.inflate(bomb, 'gzip', 1024 * 1024))).toBe('NOT_INFLATED');
  });

  it('tells what is broken, and what is cut off', async () => {
    const compressed = gzipSync(LARGE);
    const broken = Uint8Array.from(compressed);
    broken.fill(0xff, 100, 200);
    expect(await codeOf(() => platform.inflate(broken, 'gzip', 1e6))).toBe('NOT_INFLATED');
    expect(await codeOf(() => platform.inflate(compressed.subarray(0, 50), 'gzip', 1e6))).toBe('NOT_INFLATED');
  });

  it('says so when it does not know the format', async () => {
    const format = 'lzma' as Compression;
    expect(await codeOf(() => platform.compress(SMALL, format))).toBe('NOT_SUPPORTED');
    expect(await codeOf(() => platform.inflate(SMALL, format, 1e6))).toBe('NOT_SUPPORTED');
  });
});

it('a few bytes that become very many are inflated by another thread', async () => {
  const inflating = NODE_PLATFORM.inflate(gzipSync(new Uint8Array(1e6)), 'gzip', 1e6);
  expect(inflating).toBeInstanceOf(Promise);
  expect((await inflating).length).toBe(1e6);
});

it('zstd works where the runtime has it, and says so where it has not', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  const published = client.publishAsync('t', LARGE, { compress: 'zstd' });
  if (!(await hasZstd())) {
    await expect(published).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    return;
  }
  const compressed = await NODE_PLATFORM.compress(LARGE, 'zstd');
  expect([...compressed.subarray(0, 4)]).toEqual([0x28, 0xb5, 0x2f, 0xfd]);
  expect(Buffer.from(await NODE_PLATFORM.inflate(compressed, 'zstd', LARGE.length)).equals(LARGE)).toBe(true);
  published.catch(() => {});
});

it('a zstd frame of a few bytes does not get a window of 128 MiB', async () => {
  const frame = (log: number) => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 0b1001, 0, 0, 120);
  const inflating = (log: number) => codeOf(() => NODE_PLATFORM.inflate(frame(log), 'zstd', 1_000));
  const isThere = await hasZstd();
  expect(await inflating(27)).toBe(isThere ? 'NOT_INFLATED' : 'NOT_SUPPORTED');
  expect(await inflating(23)).toBe(isThere ? undefined : 'NOT_SUPPORTED');
});

/** Compression is by another thread, which on a busy machine gets its time late. */
async function until(stage: Stage, isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn > 10_000) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 1));
    await stage.settle();
  }
}

describe('a message to be published', () => {
  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('is compressed alone, not its topic: what is %s', async (_, message) => {
    const stage = new Stage();
    const client = await stage.connect();
    void client.publishAsync('a/b', message, { compress: 'gzip' });
    await until(stage, () => stage.link.of('publish').length === 1);
    const [frame] = stage.link.of('publish');
    expect(frame!.flags).toBe(FLAG.ackRequired | FLAG.compressed);
    expect(Buffer.from(frame!.payload.subarray(2, 5)).toString()).toBe('a/b');
    expect(gunzipSync(frame!.payload.subarray(5)).equals(message)).toBe(true);
  });

  it('keeps its place while it is being compressed', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.publish('t', '1');
    void client.publishAsync('t', LARGE, { compress: 'gzip' });
    client.publish('t', '3');
    expect(client.statistics.queuedMessages).toBe(2);
    await until(stage, () => stage.link.of('publish').length === 3);
    expect(stage.link.of('publish').map(({ payload }) => payload.length)).toEqual([4, expect.any(Number), 4]);
    expect(client.statistics).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
  });

  it('is not compressed a second time, and not marked where that does not help [MSIP-5-5]', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const compressed = gzipSync(SMALL);
    void client.publishAsync('t', compressed, { compress: 'gzip' });
    void client.publishAsync('t', 'short', { compress: 'gzip' });
    await stage.settle();
    const [first, second] = stage.link.of('publish');
    expect(Buffer.from(first!.payload.subarray(3)).equals(compressed)).toBe(true);
    expect([first!.flags, second!.flags]).toEqual([FLAG.ackRequired | FLAG.compressed, FLAG.ackRequired]);
  });
});

describe('a message that came', () => {
  async function receive(
    payload: Uint8Array,
    flags: number,
    options: { inflate?: boolean; maximumInflatedLength?: number } = {},
  ): Promise<{ stage: Stage; got: MsipMessage[] }> {
    const stage = new Stage();
    const client = await stage.connect(options);
    const got: MsipMessage[] = [];
    client.on('event', (message) => void got.push(message));
    stage.link.event('t', payload, { flags });
    stage.link.event('t', 'behind it');
    await until(stage, () => got.at(-1)?.text === 'behind it');
    expect(stage.link.transport.isPaused).toBe(false);
    return { stage, got };
  }

  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('is inflated, in its place: what is %s', async (_, message) => {
    const { got } = await receive(gzipSync(message), FLAG.compressed);
    expect([got.length, got[0]!.compression]).toEqual([2, 'gzip']);
    expect(Buffer.from(got[0]!.payload).equals(message)).toBe(true);
  });

  it('[MSIP-5-3] is plain when it says COMPRESSED and is not: the reference server marks every EVENT', async () => {
    const { got } = await receive(SMALL, FLAG.compressed);
    expect(Buffer.from(got[0]!.payload).equals(SMALL)).toBe(true);
    expect(got[0]!.compression).toBeUndefined();
  });

  it('[MSIP-5-4] is not inflated without COMPRESSED, or when the client does not want it', async () => {
    const compressed = gzipSync(SMALL);
    const plain = await receive(compressed, FLAG.none);
    const unwanted = await receive(compressed, FLAG.compressed, { inflate: false });
    for (const { got } of [plain, unwanted]) expect(Buffer.from(got[0]!.payload).equals(compressed)).toBe(true);
  });

  it.each([
    ['broken', (message: Uint8Array) => gzipSync(message).fill(0xff, 10, 20)],
    ['too large', (message: Uint8Array) => gzipSync(message)],
  ])('[MSIP-5-7] that is %s is dropped and told, and acknowledged where that is asked for', async (_, make) => {
    for (const message of [SMALL, LARGE]) {
      const flags = FLAG.compressed | FLAG.ackRequired;
      const { stage, got } = await receive(make(message), flags, { maximumInflatedLength: message.length - 1 });
      expect(got.length).toBe(1);
      expect(stage.errors).toMatchObject([{ code: 'NOT_INFLATED' }]);
      expect(stage.link.of('ack').length).toBe(1);
    }
  });
});

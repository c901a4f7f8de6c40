// Reading into memory that the reader may keep: large reads, for who asks for it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { Recorder } from './recorder.ts';
import { Arrivals, CLIENT_TLS, SERVER_TLS } from './stage.ts';

const LARGE = 100_000;

/** A client that keeps what it is given to keep, or only looks at it. */
class Keeper extends Recorder {
  keeps = true;
  readonly fresh: Uint8Array[] = [];
  readonly borrowed: ArrayBufferLike[] = [];

  override take = (bytes: Uint8Array): void => {
    this.borrowed.push(bytes.buffer);
  };

  onFreshBytes(bytes: Uint8Array): boolean {
    this.fresh.push(bytes);
    this.took(bytes.length);
    return this.keeps;
  }
}

/** Bytes of one value, so that one sees whose they are. */
const bytesOf = (value: number, size: number): Uint8Array => new Uint8Array(size).fill(value);

let arrivals: Arrivals;
let keeper: Keeper;
let server: Recorder;

async function meet(url: string): Promise<void> {
  arrivals = await Arrivals.at(url, { tls: SERVER_TLS });
  keeper = new Keeper(await connect(arrivals.listener.url, { tls: CLIENT_TLS }));
  keeper.transport.start(keeper);
  server = Recorder.start(await arrivals.next());
}

async function send(value: number, size: number): Promise<void> {
  const wanted = keeper.received + size;
  const { transport } = server as { readonly transport: Transport };
  if (!transport.write(bytesOf(value, size))) await server.untilDrained();
  await keeper.untilReceived(wanted);
}

afterEach(async () => {
  keeper.transport.destroy();
  await keeper.untilClosed();
  await arrivals.listener.close();
});

describe('large reads of a plain socket', () => {
  beforeEach(() => meet('mqtt://127.0.0.1:0'));

  it('come in memory that nothing is read into again, if something of it is kept', async () => {
    for (let value = 1; value <= 20; value++) await send(value, LARGE);
    const values = keeper.fresh.flatMap((bytes) => [...new Set(bytes)]);
    expect(values).toEqual([...values].sort((one, other) => one - other)); // nothing of it was written over
    expect(new Set(values).size).toBeGreaterThan(15);
  });

  it('are read into the same memory again as long as nothing of it is kept', async () => {
    keeper.keeps = false;
    for (let value = 1; value <= 20; value++) await send(value, LARGE);
    expect(keeper.fresh.length).toBeGreaterThan(15);
    expect(new Set(keeper.fresh.map(({ buffer }) => buffer)).size).toBe(1);
    expect(new Set(keeper.fresh.map(({ byteOffset }) => byteOffset)).size).toBe(1);
  });

  it('share memory of 64 KiB, a small read behind a large one too', async () => {
    await send(1, LARGE);
    await send(2, LARGE);
    const reads = keeper.fresh.length;
    for (let value = 3; value <= 12; value++) await send(value, 100);
    const small = keeper.fresh.slice(reads);
    expect(small.map(([value]) => value)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(new Set(small.map(({ buffer }) => buffer)).size).toBeLessThanOrEqual(2);
    for (const { buffer } of keeper.fresh) expect(buffer.byteLength).toBe(65_536);
  });

  it('are over after 64 small ones in a row: those share the memory of all sockets', async () => {
    await send(1, LARGE);
    await send(2, LARGE);
    const [reads, borrowed] = [keeper.fresh.length, keeper.borrowed.length];
    for (let read = 0; read < 80; read++) await send(3, 100);
    expect(keeper.fresh.length).toBe(reads + 64);
    expect(keeper.borrowed.length).toBe(borrowed + 16);
    expect(new Set(keeper.borrowed).size).toBe(1);
    await send(4, LARGE);
    await send(5, LARGE);
    expect(keeper.fresh.at(-1)![0]).toBe(5);
  });

  it('cannot be taken away to another thread while the socket reads into the same memory', async () => {
    for (let value = 1; value <= 3; value++) await send(value, LARGE);
    const { buffer } = keeper.fresh[0]!;
    try {
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    } catch (error) {
      expect((error as Error).name).toBe('DataCloneError'); // Node 20 copies instead
    }
    expect(buffer.byteLength).toBe(65_536);
  });

  it('are not for who has ended the connection: what still comes is discarded', async () => {
    await send(1, LARGE);
    await send(2, LARGE);
    const { received } = keeper;
    keeper.transport.end();
    server.transport.write(bytesOf(3, LARGE));
    server.transport.end();
    await keeper.untilClosed();
    expect(keeper.received).toBe(received);
  });
});

describe('what TLS has decrypted', () => {
  beforeEach(() => meet('mqtts://127.0.0.1:0'));

  it('is in memory of its own, whatever its size', async () => {
    for (let value = 1; value <= 20; value++) await send(value, 500);
    expect(keeper.borrowed).toEqual([]);
    expect(keeper.fresh.flatMap((bytes) => [...new Set(bytes)])).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });
});

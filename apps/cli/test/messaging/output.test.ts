// Where messages are printed: together, no faster than they are read, and quiet when nobody reads.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/messaging/output.ts';

/** A reader that takes a chunk only when it is told to. */
class SlowReader extends Writable {
  readonly chunks: string[] = [];
  #done: ((error?: Error) => void) | undefined;

  constructor() {
    super({ highWaterMark: 10 });
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error) => void): void {
    this.chunks.push(chunk.toString());
    this.#done = done;
  }

  take(error?: Error): void {
    this.#done?.(error);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('the output', () => {
  it('writes what comes in one turn together, text and bytes', async () => {
    const reader = new SlowReader();
    const output = new Output(reader, 'x');
    output.write('a');
    output.write(new Uint8Array([98]));
    output.write('é');
    expect(reader.chunks).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reader.chunks).toEqual(['abé']);
  });

  it('tells that there is no room until there is', async () => {
    const reader = new SlowReader();
    const output = new Output(reader, 'x');
    output.write('0123456789');
    expect(output.room).toBeUndefined();
    output.flush();
    const { room } = output;
    expect(room).toBeDefined();
    reader.take();
    await room;
    expect(output.room).toBeUndefined();
  });

  it('does not gather without end', () => {
    const reader = new SlowReader();
    new Output(reader, 'x').write('x'.repeat(70_000));
    expect(reader.chunks).toHaveLength(1);
  });

  it('ends without an error when the reader is gone, and waits for nobody', async () => {
    const reader = new SlowReader();
    const output = new Output(reader, 'x');
    output.write('0123456789');
    output.flush();
    const { room } = output;
    reader.take(failure('EPIPE'));
    await output.gone;
    await room;
    output.write('more');
    await output.end();
    expect(reader.chunks).toHaveLength(1);
  });

  it('rejects when it cannot be written', async () => {
    const reader = new SlowReader();
    const output = new Output(reader, '--output f');
    output.write('x');
    const ended = output.end();
    reader.take(failure('ENOSPC'));
    await expect(ended).rejects.toThrow('--output f: ENOSPC');
    await expect(output.gone).rejects.toMatchObject({ exitCode: 1 });
  });
});

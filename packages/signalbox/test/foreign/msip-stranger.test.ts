// A client in another language, written from docs/msip.md alone (msip/stranger.py): it reads the vectors as they say, and a
// broker understands it.
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { FRAMES, MALFORMED } from '../msip/vectors.ts';

const STRANGER = fileURLToPath(new URL('./msip/stranger.py', import.meta.url));
const VECTORS = fileURLToPath(new URL('../vectors/msip', import.meta.url));

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    process.stderr.write('python3 is not installed: the MSIP client in Python is left out\n');
    return false;
  }
}

/** The lines it prints. Rejects with what it complains about. */
async function stranger(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('python3', [STRANGER, ...args], { timeout: 20_000 });
  return stdout.trim().split('\n');
}

describe.skipIf(!hasPython())('a client in Python', () => {
  it('reads and writes every frame of the vectors as they say, and finds every mistake', async () => {
    expect(await stranger('vectors', VECTORS)).toEqual([String(FRAMES.length + MALFORMED.length)]);
  });

  it('talks with a broker', async () => {
    const broker = new Broker();
    const { url } = await broker.listen('msip://127.0.0.1:0');
    onTestFinished(() => broker.close());
    expect(await stranger('talk', new URL(url).port)).toEqual([
      'ack 1 3',
      'ack 2 1',
      'event 3 2 a/b',
      'ack 3 2',
      'error 4 1',
      'pong 18446744073709551615 1',
      'closed',
    ]);
  });
});

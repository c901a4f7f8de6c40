// The processes of a measurement: one that ends with a report, and one at the other end that says where it listens. None of
// them outlives the benchmark.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from './cores.ts';

/** Runs it to its end, at most `limitMs`, and answers what it printed as JSON. Rejects with what it complained of. */
export function reportOf<T>({ command, args }: Command, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => void child.kill('SIGKILL');
    const child = execFile(command, [...args], { timeout: limitMs }, (error, stdout, stderr) => {
      process.off('exit', abandon);
      if (error === null && stdout !== '') resolve(JSON.parse(stdout) as T);
      else reject(new Error(stderr.trim() || error?.message || 'it ended before it had measured anything'));
    });
    process.once('exit', abandon);
  });
}

/** The other end of what is measured. */
export class OtherEnd {
  readonly #child: ChildProcess;
  readonly #abandon = (): void => void this.#child.kill('SIGKILL');

  constructor({ command, args }: Command) {
    this.#child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', this.#abandon);
  }

  /** What it says first: its ports. */
  async greeting(): Promise<string> {
    const [chunk] = (await once(this.#child.stdout!, 'data')) as [Buffer];
    this.#child.stdout!.resume();
    return chunk.toString().trim();
  }

  /** Rejects with `message` and its exit code when it ends by itself. */
  ended(message: string): Promise<never> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${message} (exit code ${code})`);
    });
    ended.catch(() => {});
    return ended;
  }

  async stop(): Promise<void> {
    process.off('exit', this.#abandon);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

// A foreign program in a test: what it writes, waiting for it to write something, its end.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Says why a suite is left out; whether it can run. */
export function isPossible(suite: string, missing: readonly string[]): boolean {
  if (missing.length > 0) process.stderr.write(`${missing.join(', ')} not installed: ${suite} is left out\n`);
  return missing.length === 0;
}

export class Program implements AsyncDisposable {
  output = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #watchers: (() => void)[] = [];

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    const more = (chunk: Buffer) => {
      this.output += chunk.toString();
      for (const watcher of this.#watchers) watcher();
    };
    this.#child.stdout.on('data', more);
    this.#child.stderr.on('data', more);
    this.#child.stdin.on('error', () => {}); // it may have gone already
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        resolve(code);
        for (const watcher of this.#watchers) watcher();
      });
    });
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Resolves when the output matches; rejects when the program ends before, with all it wrote. */
  shows(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        const found = this.output.match(pattern);
        if (found) resolve(found);
        else if (this.#child.exitCode !== null) reject(new Error(`ended without ${pattern}:\n${this.output}`));
        else return;
        this.#watchers = this.#watchers.filter((other) => other !== watch);
      };
      this.#watchers.push(watch);
      watch();
    });
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

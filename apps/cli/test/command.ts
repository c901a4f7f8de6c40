// The built command as a process of its own, with what it prints. It is ended with the test at the latest.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** `terminal`: a group of processes, all of which get a signal, as from the keyboard. */
  readonly group?: 'alone' | 'terminal';
  /** What it reads; `open`: whatever is written to `process.stdin`. */
  readonly input?: string | Uint8Array | 'open';
  readonly env?: Readonly<Record<string, string>>;
}

export class Command {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #group: 'alone' | 'terminal';
  #stdout = '';
  #stderr = '';
  #onOutput: () => void = () => {};
  #isEnded = false;

  constructor(file: string, args: readonly string[], { group = 'alone', input, env: more }: CommandOptions = {}) {
    const env = { SIGNALBOX_DATA: 'memory:', ...process.env, ...more }; // several at once cannot share the default folder
    const child = spawn(file, args, {
      cwd: ROOT,
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: group === 'terminal',
    });
    this.process = child;
    this.#group = group;
    child.stdin?.on('error', () => {}); // it may end without having read
    if (input !== undefined && input !== 'open') child.stdin?.end(input);
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      this.#onOutput();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      this.#onOutput();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#isEnded = true;
        this.#onOutput();
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    onTestFinished(() => this.kill('SIGKILL'));
  }

  /** Waits until it has printed this; rejects when it ends first. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wrote(pattern, () => this.#stdout);
  }

  /** The same for standard error. */
  told(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wrote(pattern, () => this.#stderr);
  }

  async #wrote(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(text());
      if (found !== null) return found;
      if (this.#isEnded) throw new Error(`ended without ${String(pattern)}: ${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }

  /** The addresses it listens on, once it has said that it is ready. */
  async urls(): Promise<string[]> {
    await this.printed(/are kept in/);
    return [...this.#stdout.matchAll(/(?:^|")listening on ([^"\n]+?)(?:"}|$)/gm)].map(([, url]) => url!);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#isEnded) return;
    if (this.#group === 'terminal') process.kill(-this.process.pid!, signal);
    else this.process.kill(signal);
  }
}

/** The same with something to read, or with variables. */
export function signalboxWith(options: CommandOptions, ...args: string[]): Command {
  return new Command(process.execPath, [BIN, ...args], options);
}

export function signalbox(...args: string[]): Command {
  return new Command(process.execPath, [BIN, ...args]);
}

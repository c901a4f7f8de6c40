// The broker as a process of its own: started on a folder and a port, killed from one moment to the next, started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Random } from '../fuzz/random.ts';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const BIN = fileURLToPath(new URL('../../../../apps/cli/bin/signalbox.js', import.meta.url));

/** More than a trial ever has waiting for one client: nothing is to be dropped. */
const QUEUED_MESSAGES = 1_000_000;

export function signalboxBroker(port: number, data: string, durability: string, scheme = 'mqtt'): Program {
  const limits = ['--limit', `queuedMessages=${QUEUED_MESSAGES}`, '--limit', 'queuedBytes=4000000000'];
  const store = data === 'memory:' ? ['--data', data] : ['--data', data, '--durability', durability];
  const args = [BIN, 'broker', '--listen', `${scheme}://127.0.0.1:${port}`, '--sys-interval', '0', ...limits, ...store];
  return { file: process.execPath, args };
}

/** What ended it, unless it was us. */
export class BrokerFailure extends Error {
  override readonly name = 'BrokerFailure';
}

export class BrokerCommand {
  readonly #program: Program;
  #child: ChildProcess | undefined = undefined;
  #output = '';
  #isKilled = false;
  /** How long the last start took until it listened, in ms. */
  startMs = 0;
  /** What it has complained about, all runs together. */
  complaints = '';

  constructor(program: Program) {
    this.#program = program;
    process.once('exit', () => this.kill()); // whatever ends us takes it along
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Begins to start; `listens` says when it is done. */
  start(): void {
    const from = performance.now();
    const { file, args, env = {} } = this.#program;
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child = child;
    this.#output = '';
    this.#isKilled = false;
    child.stdout.on('data', (bytes: Buffer) => {
      this.#output += bytes.toString();
      if (this.#output.includes('listening on ') && this.startMs < 0) this.startMs = performance.now() - from;
    });
    child.stderr.on('data', (bytes: Buffer) => {
      this.complaints += bytes.toString();
    });
    this.startMs = -1;
  }

  /** Resolves true when it accepts connections, false when it was killed before. Rejects when it ended by itself. */
  async listens(): Promise<boolean> {
    const child = this.#child!;
    while (!this.#output.includes('listening on ')) {
      if (child.exitCode !== null || child.signalCode !== null) {
        if (this.#isKilled) return false;
        throw new BrokerFailure(`the broker did not start: ${this.complaints.slice(-2000) || this.#output}`);
      }
      await Promise.race([once(child.stdout!, 'data'), once(child, 'close')]);
    }
    return true;
  }

  /** SIGKILL; nothing runs in it from now on. */
  kill(): void {
    this.#isKilled = true;
    this.#child?.kill('SIGKILL');
  }

  /** Resolves when the process is gone, with what it ended by when that was not us. */
  async ended(): Promise<string | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return this.#isKilled ? undefined : `it ended by itself (${child.exitCode ?? child.signalCode})`;
  }
}

/**
 * A port outside of the range that outgoing connections take theirs from: between two lives of the broker nobody else is
 * given it, and a client that connects meanwhile cannot meet itself.
 */
export async function findPort(seed: number): Promise<number> {
  const random = new Random(seed + process.pid);
  for (;;) {
    const port = 15_000 + random.below(15_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

// A broker that is a program of its own, on free ports of this machine and with a folder for what it writes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class BrokerProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'signalbox-broker-'));
  #child: ChildProcess | undefined;
  #output = '';

  /** Starts it and waits until it listens on all of `ports`. */
  async run(file: string, args: readonly string[], ports: readonly number[]): Promise<void> {
    const child = spawn(file, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const hear = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-10_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => hear(Buffer.from(error.message)));
    process.once('exit', () => child.kill('SIGKILL')); // whatever ends us takes it along
    for (const port of ports) await this.#untilListening(port);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A minute: a virtual machine may have to be warmed up while others use this one. */
  async #untilListening(port: number): Promise<void> {
    for (let attempt = 0; attempt < 2_400; attempt++) {
      const socket = dial(port, '127.0.0.1');
      const isOpen = await new Promise((resolve) =>
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
      );
      socket.destroy();
      if (isOpen) return;
      if (this.#child?.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`the broker does not listen on port ${port}: ${this.#output}`);
  }
}

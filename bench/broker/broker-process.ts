// One broker process: started on a free port and a core of its own, ready when it accepts, stopped by its id.

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned } from '../cores.ts';
import type { Contestant } from './contestants.ts';

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 3_000;
const POLL_MS = 20;

export interface BrokerProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([ended, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
  if (hasEnded(child)) return;
  child.kill('SIGKILL');
  await ended;
}

export async function startBroker(contestant: Contestant, core: number | undefined): Promise<BrokerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  const port = await freePort();
  const { command, args } = pinned(core, contestant.command(port, folder));
  const child = spawn(command, [...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  child.on('error', (error) => {
    complaint = error.message;
  });
  const abandon = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', abandon); // whatever ends this process takes the broker along
  const end = async (): Promise<void> => {
    await stop(child);
    process.off('exit', abandon);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (child.pid === undefined || hasEnded(child) || Date.now() > deadline) {
      if (child.pid !== undefined) await end();
      throw new Error(`${contestant.name} did not start: ${complaint.trim() || 'it does not accept connections'}`);
    }
    await delay(POLL_MS);
  }
  return { pid: child.pid ?? 0, port, stop: end };
}

// The load generator (load/*.c): compiled when its sources changed, run once for each measurement.

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../cores.ts';
import { ROOT } from '../machine.ts';

/** What it prints; which fields are there depends on the scenario. load/load.c writes it. */
export interface LoadReport {
  readonly ok: boolean;
  readonly failure?: string;
  readonly outPerSecond?: number;
  readonly outPerCpuSecond?: number;
  readonly brokerUtilisation?: number;
  readonly generatorUtilisation?: number;
  /** Share of the time that they were ready to run but somebody else had the core. */
  readonly brokerWaiting?: number;
  readonly generatorWaiting?: number;
  readonly latencyMicroseconds?: { readonly p50: number; readonly p99: number; readonly p999: number };
  readonly bytesPerConnection?: number;
  readonly integrity?: Readonly<Record<string, number>>;
  readonly protocolErrors: number;
  readonly disconnects: number;
}

const FLAGS = ['-O2', '-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra'];
const SOURCES = join(ROOT, 'bench', 'load');
const CACHE = join(ROOT, 'bench', '.cache');

/** The path of the program; throws when there is no C compiler or it refuses. */
export function compileLoadGenerator(): string {
  const files = readdirSync(SOURCES)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const file of files) hash.update(file).update(readFileSync(join(SOURCES, file)));
  const program = join(CACHE, `load-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const sources = files.filter((name) => name.endsWith('.c')).map((name) => join(SOURCES, name));
  const compiler = process.env['CC'] ?? 'cc';
  const { status, stderr, error } = spawnSync(compiler, [...FLAGS, '-o', unfinished, ...sources], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`the load generator needs a C compiler (${compiler}): ${error.message}`);
  if (status !== 0) throw new Error(`${compiler} refused the load generator:\n${stderr}`);
  renameSync(unfinished, program);
  return program;
}

/** Runs it to its end; a run which found damage has a report as well, with `ok` false. */
export function runLoad({ command, args }: Command, limitMs: number): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => void child.kill('SIGKILL');
    const limits = { timeout: limitMs, killSignal: 'SIGKILL' } as const;
    const child = execFile(command, [...args], limits, (error, stdout, stderr) => {
      process.off('exit', abandon);
      try {
        resolve(JSON.parse(stdout) as LoadReport);
      } catch {
        reject(new Error(`the load generator gave no report: ${stderr.trim() || error?.message || 'no output'}`));
      }
    });
    process.once('exit', abandon);
  });
}

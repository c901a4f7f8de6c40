// The codec benchmark as run.ts sees it: codec/race.ts in a process of its own, pinned to a core, its results as rows.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CASES, DIRECTIONS } from './codec/cases.ts';
import type { RaceOptions, RaceResult } from './codec/race.ts';
import type { Cores } from './cores.ts';
import { pinned } from './cores.ts';
import { ROOT } from './machine.ts';
import type { Options } from './options.ts';
import { isWanted } from './options.ts';
import type { Findings, Row } from './rows.ts';

const REFERENCE = 'mqtt-packet';
const RACE = fileURLToPath(new URL('./codec/race.ts', import.meta.url));
const LIBRARY = join(ROOT, 'packages', 'signalbox');
/** Far more than a row takes; a codec that hangs must not hang the bench. */
const LIMIT_PER_ROW_MS = 30_000;

export function wantedRows(options: Options): string[] {
  const names = DIRECTIONS.flatMap((direction) => CASES.map(({ name }) => `${direction} ${name}`));
  return names.filter((name) => isWanted(options, 'codec', name));
}

function runRace(options: RaceOptions, cores: Cores): Promise<RaceResult[]> {
  // The flags of this process include whatever lets it run TypeScript.
  const args = [...process.execArgv, '--expose-gc', RACE, JSON.stringify(options)];
  const race = pinned(cores.subject, { command: process.execPath, args });
  const limits = { timeout: LIMIT_PER_ROW_MS * options.names.length, maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    const abandon = (): void => void child.kill('SIGKILL');
    const child = execFile(race.command, [...race.args], limits, (error, stdout, stderr) => {
      process.off('exit', abandon);
      if (error === null) resolve(JSON.parse(stdout) as RaceResult[]);
      else reject(new Error(stderr.trim() || error.message));
    });
    process.once('exit', abandon);
  });
}

function versionOf(...path: string[]): string {
  return (JSON.parse(readFileSync(join(...path, 'package.json'), 'utf8')) as { version: string }).version;
}

export async function benchCodec(
  options: Options,
  cores: Cores,
  onProgress: (text: string) => void,
): Promise<Findings> {
  const names = wantedRows(options);
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  if (names.length === 0) return findings;
  findings.rows.push(
    ...names.map(
      (name): Row => ({
        name,
        unit: 'packets per second',
        better: 'more',
        reference: REFERENCE,
        figures: new Map(),
        disturbance: [],
      }),
    ),
  );
  if (!existsSync(join(LIBRARY, 'dist', 'mqtt', 'index.js'))) {
    findings.problems.push({ row: '*', contestant: 'signalbox', text: 'signalbox/mqtt is not built (npm run build)' });
    return findings;
  }
  findings.versions['signalbox'] = versionOf(LIBRARY);
  findings.versions[REFERENCE] = versionOf(ROOT, 'node_modules', 'mqtt-packet');
  onProgress(`codec: ${names.length} rows, ${options.rounds} rounds`);
  const results = await runRace({ rounds: options.rounds, sliceMs: options.codecSliceMs, names }, cores);
  for (const { name, codec, figures, problem } of results) {
    findings.rows.find((row) => row.name === name)?.figures.set(codec, [...figures]);
    if (problem !== undefined) findings.problems.push({ row: name, contestant: codec, text: problem });
  }
  findings.details.push({ codec: results });
  return findings;
}

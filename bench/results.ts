// One JSON file for each run, named by date and commit. Committed are only those that a document or a change refers to.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Verdict } from './bars.ts';
import type { Cores } from './cores.ts';
import type { Machine } from './machine.ts';
import { ROOT } from './machine.ts';
import type { Options } from './options.ts';
import type { Findings } from './rows.ts';
import { median } from './statistics.ts';

export interface Run {
  readonly date: Date;
  readonly commit: string;
  readonly machine: Machine;
  readonly cores: Cores;
  readonly options: Options;
  readonly args: readonly string[];
}

/** Returns the path of the file, relative to the repository. */
export function saveResults(run: Run, findings: Findings, verdicts: readonly Verdict[]): string {
  const folder = join(ROOT, 'bench', 'results');
  const moment = run.date.toISOString().slice(0, 16).replace(':', '');
  const file = join(folder, `${moment}-${run.commit}.json`);
  const content = {
    date: run.date.toISOString(),
    commit: run.commit,
    command: ['npm run bench --', ...run.args].join(' '),
    machine: run.machine,
    cores: run.cores,
    versions: findings.versions,
    options: run.options,
    rows: findings.rows.map(({ figures, ...row }) => ({
      ...row,
      figures: Object.fromEntries([...figures].map(([name, rounds]) => [name, { median: median(rounds), rounds }])),
    })),
    bars: verdicts.map(({ bar, measured, interval, isMet }) => ({ ...bar, measured, interval, isMet })),
    problems: findings.problems,
    details: findings.details,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, undefined, 1)}\n`);
  return relative(ROOT, file);
}

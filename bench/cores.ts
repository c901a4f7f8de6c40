// Which processor cores this process may use, and how to start a program on one of them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Cores {
  /** For what is measured; undefined: not pinned. */
  readonly subject: number | undefined;
  /** For the load generator. */
  readonly load: number | undefined;
}

function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** A core each, when there are two and `taskset` is installed. */
export function chooseCores(): Cores {
  try {
    const [subject, load] = allowedCores();
    const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
    if (hasTaskset && subject !== undefined && load !== undefined) return { subject, load };
  } catch {
    // No /proc: not Linux. Then nothing is pinned.
  }
  return { subject: undefined, load: undefined };
}

/** taskset replaces itself by the program: the process id stays that of the program. */
export function pinned(core: number | undefined, { command, args }: Command): Command {
  return core === undefined ? { command, args } : { command: 'taskset', args: ['-c', String(core), command, ...args] };
}

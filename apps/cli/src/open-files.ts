/**
 * How many files this process may have open, where the system says so (Linux): each connection is one, and those beyond are
 * closed by the system before anybody here hears of them. It must not know what is done about it.
 */
import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from 'signalbox/broker';

const LIMITS_FILE = '/proc/self/limits';
/** Modules, the store, listeners, the admin API. */
const OTHER_FILES = 64;
/** Who has not said how many connections there are to be is not told of fewer than the default, as long as there are so many. */
const FEW = 1_024;

/** What an operator should know; undefined when there are enough, or nobody knows. */
export function openFilesWarning(connections: number): string | undefined {
  const most = openFilesLimit();
  const needed = connections === DEFAULT_LIMITS.connections ? FEW : connections + OTHER_FILES;
  if (most === undefined || most >= needed) return undefined;
  const what = `limits.connections is ${connections}, and this process may have ${most} files open`;
  return `${what}: connections beyond that are closed, and nothing here tells of it (ulimit -n, LimitNOFILE)`;
}

function openFilesLimit(): number | undefined {
  let text: string;
  try {
    text = readFileSync(LIMITS_FILE, 'utf8');
  } catch {
    return undefined; // no Linux, or no /proc
  }
  const [, soft] = /^Max open files\s+(\d+)/m.exec(text) ?? []; // Node has raised it as far as it may
  return soft === undefined ? undefined : Number(soft);
}

/**
 * A command line, read by a table of options: `--flag value`, `--flag=value`, `-f value`, `-fvalue` and switches together, as
 * in `-rd`. An option takes the next words whatever they look like, so that `-m -1` is a message. It must not read files.
 */
import { CommandError } from '../command-error.ts';
import { suggestion } from '../config/nearest.ts';
import type { Flag, FlagTable, FlagValues } from './flag-table.ts';

export interface CommandLine<Table extends FlagTable> {
  readonly values: FlagValues<Table>;
  /** Words that belong to no option. */
  readonly rest: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An option as it was written, the word glued to it, and how many letters of a group of switches remain. */
interface Found {
  readonly row: Flag;
  readonly shown: string;
  readonly glued: string | undefined;
}

/** `command` is for hints. Throws CommandError with one line that names the option. */
export function readCommandLine<const Table extends FlagTable>(
  table: Table,
  args: readonly string[],
  { command, environment = {} }: { readonly command: string; readonly environment?: Environment },
): CommandLine<Table> {
  const values: Record<string, unknown> = {};
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === '--') {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }
    for (const found of word.startsWith('--') ? [longFlag(table, word, command)] : shortFlags(table, word, command)) {
      const following = args.slice(at + 1, at + 5);
      const words = found.glued === undefined ? wordsOf(found, following, command) : [found.glued];
      if (found.glued === undefined) at += words.length;
      keep(values, found, words);
    }
  }
  for (const row of table) {
    if (values[row.flag] !== undefined) continue;
    const said = row.variable === undefined ? undefined : environment[row.variable];
    if (said !== undefined && said !== '') keep(values, { row, shown: row.variable!, glued: said }, [said]);
    else if (row.isRepeatable === true) values[row.flag] = [];
  }
  return { values: values as FlagValues<Table>, rest };
}

function longFlag(table: FlagTable, word: string, command: string): Found {
  const [, name = '', glued] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const row = table.find(({ flag, also = [] }) => flag === name || also.includes(name));
  if (row === undefined) {
    const known = table.flatMap(({ flag, also = [] }) => [flag, ...also]);
    throw unknown(`--${name}`, suggestion(name, known, '--'), command);
  }
  const shown = `--${name}`;
  if (glued !== undefined && row.kind.placeholder === undefined) throw new CommandError(`${shown} takes no value`);
  if (glued !== undefined && row.kind.wordCount !== undefined) {
    throw new CommandError(`${shown} is followed by ${row.kind.placeholder}, with spaces between`);
  }
  return { row, shown, glued };
}

/** `-t`, `-ttopic`, `-rd`. */
function shortFlags(table: FlagTable, word: string, command: string): Found[] {
  // `-topic` is one dash too few, and not the topic `opic`.
  if (flagsOf(table).includes(word.slice(1)) && word.length > 2)
    throw unknown(word, `; did you mean -${word}?`, command);
  const found: Found[] = [];
  for (let at = 1; at < word.length; at++) {
    const shown = `-${word[at]}`;
    const row = table.find(({ short }) => short === word[at]);
    if (row === undefined) {
      const meant = at === 1 && word.length > 2 ? suggestion(word.slice(1), flagsOf(table), '--') : '';
      throw unknown(at === 1 ? word : `${word}: ${shown}`, meant, command);
    }
    const isSwitch = row.kind.placeholder === undefined;
    const rest = isSwitch || row.kind.wordCount !== undefined ? '' : word.slice(at + 1);
    found.push({ row, shown, glued: rest === '' ? undefined : rest });
    if (rest !== '') break;
  }
  return found;
}

function flagsOf(table: FlagTable): string[] {
  return table.map(({ flag }) => flag);
}

function unknown(shown: string, meant: string, command: string): CommandError {
  return new CommandError(`there is no option ${shown}${meant === '' ? `; see signalbox ${command} --help` : meant}`);
}

function wordsOf({ row: { kind }, shown }: Found, following: readonly string[], command: string): readonly string[] {
  if (kind.placeholder === undefined) return [];
  const count = kind.wordCount?.(following) ?? 1;
  if (following.length < count) {
    const hint = shown === '-h' ? ' (and --help is the help)' : `; see signalbox ${command} --help`;
    throw new CommandError(`${shown} is followed by ${kind.placeholder}${hint}`);
  }
  return following.slice(0, count);
}

function keep(values: Record<string, unknown>, { row, shown }: Found, words: readonly string[]): void {
  let value: unknown;
  try {
    value = row.kind.read(...words);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`${[shown, ...words].join(' ')}: ${error.message}`);
  }
  if (row.isRepeatable === true) values[row.flag] = [...((values[row.flag] as unknown[] | undefined) ?? []), value];
  else if (values[row.flag] !== undefined && row.kind.placeholder !== undefined) {
    throw new CommandError(`${shown} is given twice`);
  } else values[row.flag] = value;
}

/** What pub, sub, rr, echo and send have in common as commands: their options are read, --help is written from the tables, --quiet is kept. */
import { CommandError } from '../command-error.ts';
import { row } from '../config/help.ts';
import { readCommandLine } from './command-line.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { Flag, FlagSection, FlagTable, FlagValues } from './flag-table.ts';

export interface MessagingCommand<Table extends FlagTable> {
  readonly name: string;
  /** What it does, in some words. */
  readonly summary: string;
  /** The words behind the name. */
  readonly usage: string;
  /** What the tables cannot say. */
  readonly words: string;
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly sections: readonly FlagSection[];
  readonly table: Table;
  /** What it ends with. Default: as pub, sub and rr do. */
  readonly exitCodes?: readonly (readonly [code: number, meaning: string])[];
}

/** Answers the exit code. Throws CommandError, unless --quiet says that nobody wants to read it. */
export async function runMessaging<const Table extends FlagTable>(
  command: MessagingCommand<Table>,
  args: readonly string[],
  body: (values: FlagValues<Table>, rest: readonly string[]) => Promise<number>,
): Promise<number> {
  const { values, rest } = readCommandLine(command.table, args, { command: command.name, environment: process.env });
  const said: Readonly<Record<string, unknown>> = values;
  if (said['help'] === true) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  try {
    return await body(values, rest);
  } catch (error) {
    if (error instanceof CommandError && said['quiet'] === true) return error.exitCode;
    throw error;
  }
}

export function helpOf({
  name,
  summary,
  usage,
  words,
  examples,
  sections,
  exitCodes = EXIT_CODES,
}: Omit<MessagingCommand<FlagTable>, 'table'>): string {
  const lines = [
    `signalbox ${name} — ${summary}\n\nUsage: signalbox ${name} ${usage}\n\n${words}\n\nExamples:\n`,
    ...examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}\n`),
  ];
  for (const { title, flags } of sections) {
    lines.push(`\n${title}:\n`, ...flags.map((flag) => row(namesOf(flag), wordsOf(flag))));
  }
  lines.push('\nExit codes:\n', ...exitCodes.map(([code, meaning]) => row(String(code), meaning)));
  return lines.join('');
}

function namesOf({ flag, short, kind: { placeholder } }: Flag): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`;
}

function wordsOf({ help, isRepeatable, variable, also = [] }: Flag): string {
  const repeatable = isRepeatable === true ? ' Repeatable.' : '';
  const otherwise = variable === undefined ? '' : ` Variable: ${variable}.`;
  const names = also.length === 0 ? '' : ` Also ${also.map((name) => `--${name}`).join(', ')}.`;
  return `${help}${repeatable}${otherwise}${names}`;
}

/** The command line, read by the table of options. It must not read files or start anything. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommandError } from '../command-error.ts';
import { LIMIT_NAMES } from './limit-options.ts';
import { suggestion } from './nearest.ts';
import type { Option, OptionTable } from './option.ts';
import { OPTIONS, OTHER_FLAGS } from './options.ts';
import type { Setting } from './setting.ts';
import type { Json } from './value-types.ts';

export type Request = 'run' | 'help' | 'limits' | 'print-schema' | 'test-config';

export interface Flags {
  readonly request: Request;
  readonly config: string | undefined;
  readonly settings: readonly Setting[];
}

const TABLE: OptionTable = OPTIONS;

/** Throws CommandError with one line that names the flag. */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const settings: Setting[] = [];
  for (const option of TABLE) {
    const said = option.flag === undefined ? undefined : values[option.flag];
    if (said !== undefined) settings.push(settingOf(option, said));
  }
  if (values['listen'] !== undefined) {
    const listeners = (values['listen'] as string[]).map((url) => ({ url }));
    settings.push({ path: 'listeners', source: '--listen', value: listeners });
  }
  for (const said of (values['limit'] ?? []) as string[]) settings.push(limitOf(said));
  const requests = ['help', 'limits', 'print-schema', 'test-config'] as const;
  return {
    request: requests.find((name) => values[name] === true) ?? 'run',
    config: values['config'] as string | undefined,
    settings,
  };
}

function settingOf(option: Option, said: unknown): Setting {
  const { flag = '', type, path } = option;
  const source = `--${said === false ? 'no-' : ''}${flag}`;
  if (typeof said === 'boolean') return { path, source, value: said };
  // A flag that is given several times has one item each time; what has commas in it stays as it is.
  const value = Array.isArray(said)
    ? said.flatMap((each: string): Json => type.fromText(each) as Json[])
    : type.fromText(String(said));
  return { path, source, value };
}

function limitOf(said: string): Setting {
  const [name = '', ...rest] = said.split('=');
  const option = TABLE.find((row) => row.path === `limits.${name}`);
  if (option === undefined) {
    const meant = suggestion(name, LIMIT_NAMES);
    throw new CommandError(`--limit ${said}: there is no limit ${name}${meant}; see signalbox broker --limits`);
  }
  return { path: option.path, source: `--limit ${name}`, value: option.type.fromText(rest.join('=')) };
}

function parse(args: readonly string[]): Record<string, unknown> {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  const described = TABLE.flatMap(({ flag, type }) => (flag === undefined ? [] : [[flag, type] as const]));
  for (const [flag, { type }] of Object.entries(OTHER_FLAGS)) {
    if (flag === 'help') continue;
    options[flag] = {
      type: type === undefined ? 'boolean' : 'string',
      multiple: flag === 'listen' || flag === 'limit',
    };
  }
  for (const [flag, { placeholder, isList }] of described) {
    options[flag] = { type: placeholder === undefined ? 'boolean' : 'string', multiple: isList === true };
  }
  try {
    return parseArgs({ args: [...args], options, allowNegative: true }).values;
  } catch (error) {
    // Node's own words name the option; its hint about positional arguments is noise here.
    const [message = ''] = String((error as Error).message).split('. To specify');
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? [];
    const meant = unknown === undefined ? '' : suggestion(unknown, Object.keys(options), '--');
    throw new CommandError(`${message.replace(/\.$/, '')}${meant === '' ? '; see signalbox broker --help' : meant}`);
  }
}

/**
 * The configuration in force: flags before variables before the file before defaults, each value with where it was said.
 */
import { CommandError } from '../command-error.ts';
import { CAUTIONS, CHECKS } from './checks.ts';
import { configFileOf, type Environment, misspelt, readEnvironment } from './environment.ts';
import type { Flags } from './flags.ts';
import { LISTENER_OPTIONS, type ListenerSettings } from './listener-options.ts';
import type { Option, OptionTable, ValuesOf } from './option.ts';
import { OPTIONS, type Values } from './options.ts';
import type { Setting } from './setting.ts';
import { problemOfValue, problemsOfFile } from './validation.ts';
import type { Json } from './value-types.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

const TABLE: OptionTable = OPTIONS;

export class Configuration {
  /** By path: `values['log.level']`. */
  readonly values: Values;
  readonly listeners: readonly ListenerSettings[];
  /** Names that nobody asks for, in words. */
  readonly warnings: readonly string[];
  readonly #settings: ReadonlyMap<string, Setting>;

  constructor(settings: ReadonlyMap<string, Setting>, warnings: readonly string[] = []) {
    this.#settings = settings;
    this.warnings = warnings;
    this.values = readTable(TABLE, (path) => settings.get(path)?.value) as Values;
    this.listeners = this.values.listeners.map((listener) => {
      const each = readTable(LISTENER_OPTIONS, (path) => valueAt(listener, path)) as ValuesOf<typeof LISTENER_OPTIONS>;
      return this.#withCommonTls({ ...each, url: each.url ?? '' });
    });
  }

  /** How a message names this option: as it was said, or by its flag and path. */
  nameOf(path: string): string {
    const setting = this.#settings.get(path);
    if (setting !== undefined) return setting.source;
    const flag = TABLE.find((row) => row.path === path)?.flag;
    return flag === undefined ? path : `--${flag}`;
  }

  /** As somebody said it, or the default; undefined when there is neither. */
  jsonOf(option: Option): Json | undefined {
    return this.#settings.get(option.path)?.value ?? option.default;
  }

  readonly isDefault = (path: string): boolean => {
    return !this.#settings.has(path);
  };

  /** What a listener does not say about TLS is said for all of them by the section `tls`. */
  #withCommonTls(listener: ListenerSettings): ListenerSettings {
    if (Object.entries(listener).some(([path, value]) => path.startsWith('tls.') && value !== undefined))
      return listener;
    const common = Object.entries(this.values).filter(([path]) => path.startsWith('tls.'));
    return { ...listener, ...Object.fromEntries(common) };
  }
}

/** Throws CommandError with a line for each mistake. */
export function loadConfiguration(flags: Flags, environment: Environment): Configuration {
  const fileName = flags.config ?? configFileOf(environment);
  const file = fileName === undefined ? undefined : readYamlFile(fileName);
  const problems: string[] = [];
  const settings = new Map<string, Setting>();
  if (file !== undefined) {
    problems.push(...mistakesOf(file));
    for (const setting of settingsOf(file)) settings.set(setting.path, setting);
  }
  for (const setting of [...readEnvironment(environment), ...flags.settings]) {
    const option = TABLE.find(({ path }) => path === setting.path);
    const problem = option === undefined ? undefined : problemOfValue(option.type, setting.value);
    if (problem !== undefined) problems.push(`${setting.source} ${problem}`);
    settings.set(setting.path, setting);
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  const warnings = [...misspelt(environment)];
  const configuration = new Configuration(settings, warnings);
  warnings.push(...CAUTIONS.flatMap((caution) => caution(configuration)));
  const mistakes = CHECKS.flatMap((check) => check(configuration));
  if (mistakes.length > 0) throw new CommandError(mistakes.join('\n'));
  return configuration;
}

function mistakesOf(file: YamlFile): string[] {
  const found = problemsOfFile(TABLE, file.contents ?? {}).map(({ path, at, words }) => {
    return { line: file.lineOf(path, at), words: `${path.join('.') || 'the file'} ${words}` };
  });
  return found.sort((a, b) => a.line - b.line).map(({ line, words }) => `${file.name}:${line}: ${words}`);
}

function settingsOf(file: YamlFile): Setting[] {
  return TABLE.flatMap(({ path }) => {
    const value = valueAt(file.contents, path);
    if (value === undefined || value === null) return [];
    const source = `${file.name}:${file.lineOf(path.split('.'), 'key')}: ${path}`;
    return [{ path, source, value }];
  });
}

function readTable(table: OptionTable, find: (path: string) => Json | undefined): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { path, type, default: fallback } of table) {
    const json = find(path) ?? fallback;
    values[path] = json === undefined ? undefined : type.read(json);
  }
  return values;
}

/** What is at a dotted path of nested objects. */
function valueAt(contents: Json, path: string): Json | undefined {
  let value: Json | undefined = contents;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const map: Readonly<Record<string, Json>> = value as Readonly<Record<string, Json>>;
    value = Object.hasOwn(map, key) ? map[key] : undefined;
  }
  return value;
}

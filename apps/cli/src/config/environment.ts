/** The variables `SIGNALBOX_…`, read by the table of options. */
import { nearest } from './nearest.ts';
import { type OptionTable, VARIABLE_PREFIX, variableOf } from './option.ts';
import { OPTIONS } from './options.ts';
import type { Setting } from './setting.ts';
import type { Json } from './value-types.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `SIGNALBOX_LISTENERS` may be URLs with commas between them, as for --listen; otherwise it is JSON. */
const LISTENERS_VARIABLE = variableOf('listeners');

const CONFIG_VARIABLE = `${VARIABLE_PREFIX}CONFIG`;

const TABLE: OptionTable = OPTIONS;

export function readEnvironment(environment: Environment): Setting[] {
  const settings: Setting[] = [];
  for (const { path, type } of TABLE) {
    const source = variableOf(path);
    const said = environment[source];
    if (said === undefined || said === '') continue; // compose files cannot leave a variable out
    settings.push({ path, source, value: source === LISTENERS_VARIABLE ? listenersOf(said) : type.fromText(said) });
  }
  return settings;
}

export function configFileOf(environment: Environment): string | undefined {
  return environment[CONFIG_VARIABLE] === '' ? undefined : environment[CONFIG_VARIABLE];
}

/**
 * Variables that nearly have the name of an option. Others are no mistake: Kubernetes sets SIGNALBOX_PORT and the like by
 * itself where a service has this name.
 */
export function misspelt(environment: Environment): string[] {
  const known = [...TABLE.map(({ path }) => variableOf(path)), CONFIG_VARIABLE];
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith(VARIABLE_PREFIX) || known.includes(name)) return [];
    const rest = known.map((each) => each.slice(VARIABLE_PREFIX.length));
    const meant = nearest(name.slice(VARIABLE_PREFIX.length), rest);
    return meant === undefined ? [] : [`${name} is not known; did you mean ${VARIABLE_PREFIX}${meant}?`];
  });
}

function listenersOf(said: string): Json {
  if (!said.trimStart().startsWith('[')) return said.split(',').map((url) => ({ url: url.trim() }));
  try {
    return JSON.parse(said) as Json;
  } catch {
    return said;
  }
}

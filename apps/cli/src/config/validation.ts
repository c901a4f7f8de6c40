/** Holds what was said against the schema, and says in words what is wrong. It must not know where it was said. */
import { Ajv, type ErrorObject } from 'ajv';
import { LISTENER_OPTIONS } from './listener-options.ts';
import { suggestion } from './nearest.ts';
import type { Option, OptionTable } from './option.ts';
import { fileSchema, optionSchema, type Schema } from './schema.ts';
import type { Json, ValueType } from './value-types.ts';

export interface Problem {
  /** Keys and indices from the top of the file to what is wrong. */
  readonly path: readonly string[];
  /** Whether the key itself is wrong, or its value. */
  readonly at: 'key' | 'value';
  /** Follows the name of the place: `must be …`. */
  readonly words: string;
}

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });

/** Everything that is wrong with the contents of a file. */
export function problemsOfFile(table: OptionTable, contents: Json): Problem[] {
  const validate = ajv.compile(fileSchema(table));
  if (validate(contents)) return [];
  return distinct((validate.errors ?? []).map((error) => problemOf(error, table)));
}

/** Why a value given by a flag or a variable is none for its option; undefined when it is. */
export function problemOfValue(type: ValueType<unknown>, value: Json): string | undefined {
  const validate = ajv.compile(optionSchema({ path: '', type, help: '' }));
  if (validate(value)) return undefined;
  return `must be ${type.allowed}, not ${shown(type, value)}`;
}

function problemOf(error: ErrorObject, table: OptionTable): Problem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty']);
    const known = Object.keys((error.parentSchema as Schema)['properties'] ?? {});
    return { path: [...path, key], at: 'key', words: `is not known here${suggestion(key, known)}` };
  }
  if (error.keyword === 'required') {
    return { path, at: 'value', words: `needs ${String(error.params['missingProperty'])}` };
  }
  const option = optionAt(path, table);
  if (option !== undefined) {
    const words = `must be ${option.type.allowed}, not ${shown(option.type, error.data as Json)}`;
    return { path, at: 'value', words };
  }
  if (error.keyword === 'type' && 'properties' in (error.parentSchema as Schema)) {
    return { path, at: 'value', words: 'must have keys and values' };
  }
  return { path, at: 'value', words: `${error.message ?? 'is wrong'}${enumerated(error)}` };
}

/** Also a setting of one listener: `listeners.0.tls.cert`. */
function optionAt(path: readonly string[], table: OptionTable): Option | undefined {
  const option = table.find((row) => row.path === path.join('.'));
  if (option !== undefined || path[0] !== 'listeners') return option;
  return (LISTENER_OPTIONS as OptionTable).find((row) => row.path === path.slice(2).join('.'));
}

function enumerated(error: ErrorObject): string {
  return error.keyword === 'enum' ? `: ${(error.schema as unknown[]).join(', ')}` : '';
}

function shown(type: ValueType<unknown>, value: Json): string {
  if (type.isSecret === true) return 'what was given';
  const json = JSON.stringify(value);
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}

/** A type with alternatives (anyOf) fails once for each of them, at the same place. */
function distinct(problems: readonly Problem[]): Problem[] {
  const byPlace = new Map<string, Problem>();
  for (const problem of problems) {
    const place = problem.path.join('\n');
    if (!byPlace.has(place)) byPlace.set(place, problem);
  }
  return [...byPlace.values()];
}

/** From a table of options to the JSON Schema (draft-07) of the file that sets them. */
import type { Option, OptionTable } from './option.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** The schema of an object whose keys are the paths of a table, nested where a path has dots. */
export function objectSchema(table: OptionTable, required: readonly string[] = []): Schema {
  const properties: Record<string, unknown> = {};
  const groups = new Map<string, Option[]>();
  for (const option of table) {
    const [group = '', ...rest] = option.path.split('.');
    if (rest.length === 0) properties[group] = optionSchema(option);
    else groups.set(group, [...(groups.get(group) ?? []), { ...option, path: rest.join('.') }]);
  }
  // A section whose lines are all commented out is null.
  for (const [group, rows] of groups) properties[group] = { ...objectSchema(rows), type: ['object', 'null'] };
  const schema = { type: 'object', properties, additionalProperties: false };
  return required.length === 0 ? schema : { ...schema, required };
}

export function optionSchema({ type, help, default: fallback }: Option): Schema {
  const schema = { ...type.schema, description: help };
  return fallback === undefined ? schema : { ...schema, default: fallback };
}

/** The whole file's, as `--print-schema` shows it and editors use it. */
export function fileSchema(table: OptionTable): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of signalbox broker',
    ...objectSchema(table),
  };
}

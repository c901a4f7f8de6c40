// What the table of options leads to: the JSON Schema that is shipped, and the tables of docs/guide/configuration.md.
// Writes both; a test compares them with the table.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LISTENER_OPTIONS } from '../apps/cli/src/config/listener-options.ts';
import { type OptionTable, variableOf } from '../apps/cli/src/config/option.ts';
import { OPTIONS } from '../apps/cli/src/config/options.ts';
import { fileSchema } from '../apps/cli/src/config/schema.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export const SCHEMA_FILE = `${root}apps/cli/signalbox.schema.json`;
export const GUIDE_FILE = `${root}docs/guide/configuration.md`;

export function schemaText(): string {
  return `${JSON.stringify(fileSchema(OPTIONS), undefined, 2)}\n`;
}

/** The guide with its tables as they should be: what is between `<!-- table: NAME -->` and `<!-- end -->`. */
export function guideText(guide: string): string {
  return guide.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, head: string, name: string, end: string) => {
      return `${head}${name === 'listener' ? listenerTable() : optionsTable()}${end}`;
    },
  );
}

function optionsTable(): string {
  const rows = (OPTIONS as OptionTable).map(({ path, flag, type, default: fallback, help, reload }) => {
    const flagged =
      flag === undefined ? '' : `\`--${flag}${type.placeholder === undefined ? '' : ` ${type.placeholder}`}\``;
    const shown = fallback === undefined || path === 'listeners' ? '' : `\`${String(fallback)}\``;
    return [
      `\`${path}\``,
      flagged,
      `\`${variableOf(path)}\``,
      shown,
      `${help}${allowed(type.schema, type.allowed)}`,
      reload ?? '',
    ];
  });
  return table(['option', 'flag', 'variable', 'default', 'what', 'reload'], rows);
}

function listenerTable(): string {
  const rows = (LISTENER_OPTIONS as OptionTable).map(({ path, type, help }) => {
    return [`\`${path}\``, `${help}${allowed(type.schema, type.allowed)}`];
  });
  return table(['setting', 'what'], rows);
}

function allowed(schema: Readonly<Record<string, unknown>>, words: string): string {
  return 'enum' in schema ? ` ${words.charAt(0).toUpperCase()}${words.slice(1)}.` : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(SCHEMA_FILE, schemaText());
  writeFileSync(GUIDE_FILE, guideText(readFileSync(GUIDE_FILE, 'utf8')));
}

// The table of options holds together, and what is generated from it is up to date.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GUIDE_FILE, guideText, SCHEMA_FILE, schemaText } from '../../../../tools/configuration.ts';
import { brokerHelp } from '../../src/config/help.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import { type OptionTable, variableOf } from '../../src/config/option.ts';
import { OPTIONS, OTHER_FLAGS } from '../../src/config/options.ts';
import { problemOfValue } from '../../src/config/validation.ts';

const table: OptionTable = OPTIONS;

function doubled(words: readonly string[]): string[] {
  return words.filter((word, i) => words.indexOf(word) !== i);
}

describe('the table of options', () => {
  it('gives each option a path, a variable and a flag of its own', () => {
    const flags = [...table.flatMap(({ flag }) => (flag === undefined ? [] : [flag])), ...Object.keys(OTHER_FLAGS)];
    expect(doubled(table.map(({ path }) => path))).toEqual([]);
    expect(doubled(table.map(({ path }) => variableOf(path)))).toEqual([]);
    expect(doubled(flags)).toEqual([]);
    expect(doubled(LISTENER_OPTIONS.map(({ path }) => path))).toEqual([]);
  });

  it('has no path that is a section at the same time', () => {
    const sections = new Set(table.flatMap(({ path }) => (path.includes('.') ? [path.split('.')[0]] : [])));
    expect(table.filter(({ path }) => sections.has(path))).toEqual([]);
  });

  for (const { path, type, default: fallback, help, flag } of table) {
    it(`${path}: the default is allowed, the words are a sentence, and a secret has no flag`, () => {
      if (fallback !== undefined) expect(problemOfValue(type, fallback)).toBeUndefined();
      expect(help).toMatch(/^[A-Z$].*[.?]$/);
      if (type.isSecret === true) expect(flag).toBeUndefined();
    });
  }

  it('has each flag in --help', () => {
    const help = brokerHelp();
    for (const { flag } of table) if (flag !== undefined) expect(help).toMatch(new RegExp(`^ {2}--${flag} `, 'm'));
    for (const flag of Object.keys(OTHER_FLAGS)) expect(help).toMatch(new RegExp(`^ {2}--${flag} `, 'm'));
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('has no option that nobody reads', () => {
    const folder = fileURLToPath(new URL('../../src/', import.meta.url));
    const readers = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('-options.ts'),
    );
    const words = new Set(readers.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/[\w.]+/g) ?? []));
    const isRead = (path: string) => words.has(path) || (!path.includes('.') && words.has(`values.${path}`));
    const limits = table.filter(({ path }) => path.startsWith('limits.')); // are handed over together
    expect(table.filter((option) => !limits.includes(option) && !isRead(option.path))).toEqual([]);
  });

  it('has led to the schema that is shipped, and to the guide (npm run configuration)', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(schemaText());
    const guide = readFileSync(GUIDE_FILE, 'utf8');
    expect(guide).toBe(guideText(guide));
    expect(guide).toContain('limits.connections');
  });
});

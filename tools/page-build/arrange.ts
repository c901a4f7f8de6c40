// Looks for an order of the bundle's statements that compresses well, and keeps it: `node --import tsx
// tools/page-build/arrange.ts [seconds]`, after large changes of the client. Begins with the order there is; chance, with a
// fixed seed, moves some statements at a time, and what is smaller stays.

import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { arranged, type Statement, statementsOf } from './arrangement.ts';
import { ARRANGEMENT, minified, pageSources } from './build.ts';

/** Statements with the names they have in the sources, as far as `connect` needs them. */
async function measured(): Promise<{ readonly statements: Statement[]; readonly textOf: Map<string, string> }> {
  const code = (await pageSources()).get('index.js')!;
  const statements = statementsOf(code);
  const byName = new Map(statements.map((statement) => [statement.name, statement]));
  const needed = new Set<string>();
  const visit = (name: string): void => {
    const statement = byName.get(name);
    if (statement === undefined || needed.has(name)) return;
    needed.add(name);
    statement.mentions.forEach(visit);
  };
  visit('connect');
  const renamed = new Map<string, string>();
  const short = statementsOf(await minified(code, renamed));
  const bodies = new Map(short.map(({ name, text }) => [name, text]));
  const textOf = new Map<string, string>();
  for (const { name } of statements) {
    const text = bodies.get(renamed.get(name) ?? name);
    if (needed.has(name) && text !== undefined) textOf.set(name, text);
  }
  return { statements, textOf };
}

async function search(seconds: number): Promise<void> {
  const { statements, textOf } = await measured();
  const sizeOf = (names: readonly string[]): number => {
    const texts = arranged(statements, names).map(({ name }) => textOf.get(name) ?? '');
    return gzipSync(texts.join(''), { level: 9 }).length;
  };
  let seed = 1;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  let names = arranged(statements, ARRANGEMENT).flatMap(({ name }) => (textOf.has(name) ? [name] : []));
  let smallest = sizeOf(names);
  process.stdout.write(`${names.length} statements, ${smallest} bytes\n`);
  const end = Date.now() + seconds * 1000;
  let tried = 0;
  for (; Date.now() < end; tried++) {
    const moved = [...names];
    const taken = moved.splice(below(moved.length), 1 + below(below(3) === 0 ? 12 : 3));
    moved.splice(below(moved.length + 1), 0, ...taken);
    const size = sizeOf(moved);
    if (size > smallest) continue;
    smallest = size;
    names = moved;
  }
  process.stdout.write(`${tried} orders later: ${smallest} bytes\n`);
  writeFileSync(new URL('arrangement.json', import.meta.url), `${JSON.stringify(names, undefined, 1)}\n`);
}

await search(Number(process.argv[2] ?? 120));

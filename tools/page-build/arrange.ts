// Looks for an order of the bundle's statements that compresses well, and keeps it: `node --import tsx
// tools/page-build/arrange.ts [seconds]`, after large changes of the client. Begins with the order there is; chance, with a
// fixed seed, moves some statements at a time, and what is smaller stays.

import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { arranged, type Statement, statementsOf } from './arrangement.ts';
import { ARRANGEMENT, minified, pageSources } from './build.ts';

/** What a page's bundler makes of the bundle when a page asks for what is wanted; names are kept, or made short as well. */
async function asBundled(code: string, wanted: ReadonlySet<string>, names: 'kept' | 'short'): Promise<Statement[]> {
  const exported = /export\s*\{([^}]*)\};?\s*$/.exec(code)?.[1] ?? '';
  const kept = exported.split(',').filter((one) =>
    wanted.has(
      one
        .split(/\s+as\s+/)
        .at(-1)!
        .trim(),
    ),
  );
  const { outputFiles } = await build({
    stdin: {
      contents: code
        .replace(/export\s*\{[^}]*\}\s*from[^;]*;/, '')
        .replace(/export\s*\{[^}]*\};?\s*$/, `export{${kept.join(',')}};`),
    },
    bundle: true,
    external: ['../mqtt/errors.js', './*'],
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: names === 'short',
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return statementsOf(outputFiles[0]!.text);
}

/** Statements with the names they have in the sources, and the text of those that come into a page. */
async function measured(): Promise<{ readonly statements: Statement[]; readonly textOf: Map<string, string> }> {
  const files = await pageSources();
  const sources = statementsOf(files.get('index.js')!.code);
  const wanted = new Set(['connect']);
  for (const [name, { code: text }] of files)
    if (name !== 'index.js')
      for (const [, names = ''] of text.matchAll(/import\s*\{([^}]*)\}\s*from\s*['"]\.\/index\.js['"]/g))
        for (const one of names.split(',')) wanted.add(one.split(/\s+as\s+/)[0]!.trim());
  const statements = arranged(sources, ARRANGEMENT);
  const renamed = new Map<string, string>();
  const code = await minified(statements.map(({ text }) => text).join('\n'), renamed);
  const kept = await asBundled(code, wanted, 'kept');
  const short = await asBundled(code, wanted, 'short');
  if (kept.length !== short.length) throw new Error('the two bundles do not have the same statements');
  const texts = new Map(kept.map(({ name }, index) => [name, short[index]!.text]));
  const textOf = new Map<string, string>();
  for (const { name } of statements) {
    const text = name === '' ? undefined : texts.get(renamed.get(name) ?? name);
    if (text !== undefined) textOf.set(name, text.replace(/^var (.*);$/s, '$1,'));
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
  writeFileSync(new URL('arrangement.json', import.meta.url), `${JSON.stringify(names, undefined, 2)}\n`);
}

await search(Number(process.argv[2] ?? 120));

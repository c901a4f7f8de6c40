// The client as pages get it: dist/browser, made of what the compiler wrote. The same modules in few files, with short names
// for whatever no program can see and numbers for the texts of errors, which explainError looks up (decision 0047).

import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { type ExistingRawSourceMap, type ModuleInfo, rollup } from 'rollup';
import { minify } from 'terser';
import { arranged, statementsOf } from './arrangement.ts';
import { type Tables, withValues } from './constants.ts';
import { withFixed } from './fixed.ts';
import { platformNames, publishedNames } from './public-names.ts';
import { mapWithout, movedMap, type SourceMap } from './source-map.ts';
import { childrenOf, type Node, parsed, TextTable } from './texts.ts';
import { withoutUnused } from './unused.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'packages/signalbox/dist');
export const FOLDER = join(DIST, 'browser');

/** Kept as it is, so that the same class is thrown here and by `signalbox/mqtt` in the same page. */
const SHARED = join(DIST, 'mqtt/errors.js');

/** One file for each of what a page may leave out, and what several of them need in files of their own. */
const ENTRIES = {
  index: 'client/browser.js',
};

/** The order of what stands at the top of the bundle: see arrange.ts. */
export const ARRANGEMENT = JSON.parse(
  readFileSync(new URL('arrangement.json', import.meta.url), 'utf8'),
) as readonly string[];

/** What is left of an import of errors that are not thrown any more: bundlers would warn of it. */
const UNUSED_IMPORT = 'import"../mqtt/errors.js";';

/** Where modules of this folder that import each other are put. */
const BYTES = /'\.\/(copy|utf8)\.mjs'/g;

function moduleHere(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8').replace(BYTES, "'../bytes/$1.js'");
}

/** Modules that are another one in a page: names of reason codes are numbers, UTF-8 is the platform's; what is fast for thousands is simple. */
const REPLACED: Readonly<Record<string, string>> = {
  'client/refusal-name.js': "export const refusalName = (reasonCode) => '0x' + reasonCode.toString(16);",
  'bytes/utf8.js': moduleHere('utf8.mjs'),
  'bytes/copy.js': moduleHere('copy.mjs'),
  'bytes/shared-chunks.js': "export { copyOf as copyShared } from './copy.js';",
  'client/async-queue.js': moduleHere('async-queue.mjs'),
  'client/receiving/received-memory.js':
    "import { copyOf } from '../../bytes/copy.js';\nexport class ReceivedMemory { keep = copyOf; }",
  'mqtt/acknowledgement-order.js': moduleHere('acknowledgement-order.mjs'),
  'mqtt/identifier-ring.js': moduleHere('identifier-ring.mjs'),
  'mqtt/packet-identifiers.js': moduleHere('packet-identifiers.mjs'),
  'mqtt/received-identifiers.js': moduleHere('received-identifiers.mjs'),
  'mqtt/topic-names.js': moduleHere('topic-names.mjs'),
};

/** Whose declarations a program sees; the second for what it passes on as `transport`. */
const PUBLISHED = ['client/browser.d.ts', 'transport/websocket-browser.d.ts'];

/** What checks options: fixed.ts takes out who calls it. */
const LEFT_OUT = /^(?:options\/|client\/(?:option|operation)-check\.js)/;

interface Module {
  readonly path: string;
  readonly code: string;
}

/** Every module of the client, in the order of their paths, so that the numbers of texts are the same every time. */
async function modulesOf(entries: readonly string[]): Promise<Module[]> {
  const { metafile } = await build({
    entryPoints: [...entries],
    bundle: true,
    format: 'esm',
    metafile: true,
    write: false,
    outdir: FOLDER,
    absWorkingDir: DIST,
    logLevel: 'silent',
  });
  const paths = Object.keys(metafile.inputs)
    .filter((path) => !LEFT_OUT.test(path))
    .sort();
  return paths.map((path) => ({ path: join(DIST, path), code: readFileSync(join(DIST, path), 'utf8') }));
}

/** Names that code reads as strings: of types, of fields, of schemes. */
function quotedNames(code: string): string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'Literal' && typeof node['value'] === 'string' && /^[A-Za-z_$][\w$]*$/.test(node['value']))
      found.push(node['value']);
    childrenOf(node).forEach(visit);
  };
  visit(parsed(code));
  return found;
}

/** What modules export that are loaded later: it is read from an object then. */
function lateNames(modules: readonly Module[]): string[] {
  const late = modules.flatMap(({ path, code }) =>
    [...code.matchAll(/\bimport\('([^']+)'\)/g)].map(([, from = '']) => join(dirname(path), from)),
  );
  const codes = modules.filter(({ path }) => late.includes(path)).map(({ code }) => code);
  return codes.flatMap((code) =>
    [...code.matchAll(/^export (?:async )?(?:const|class|function) (\w+)/gm)].map(([, name = '']) => name),
  );
}

/** Modules as they are in a bundle for pages, by their paths. */
async function pageModules(modules: readonly Module[], reserved: ReadonlySet<string>): Promise<Map<string, string>> {
  const tables = await constantTables();
  const fixed = modules.map(({ path, code }) => {
    const name = relative(DIST, path).split(sep).join('/');
    return [path, withValues(withFixed(name, REPLACED[name] ?? code), tables)] as const;
  });
  const table = new TextTable();
  const shortened = Array.from(
    withoutUnused(new Map(fixed), reserved),
    ([path, code]) => [path, table.shorten(code)] as const,
  );
  const texts = `export const ERROR_TEXTS = ${JSON.stringify(table.texts, undefined, 1)};`;
  return new Map([...shortened, [join(DIST, 'client/error-texts.js'), texts]]);
}

function inPlaceOf(modules: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'modules for pages',
    setup(builder) {
      builder.onResolve({ filter: /\/errors\.js$/ }, ({ path, resolveDir }) => {
        return join(resolveDir, path) === SHARED ? { path: '../mqtt/errors.js', external: true } : null;
      });
      builder.onLoad({ filter: /\.js$/ }, ({ path }) => {
        // The compiler's map is of lines that are not there any more.
        const contents = modules.get(path)?.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
        return contents === undefined ? null : { contents, resolveDir: dirname(path) };
      });
    },
  };
}

async function constantTables(): Promise<Tables> {
  const { ReasonCode, ConnectReturnCode } = await import(pathToFileURL(join(DIST, 'mqtt/reason-codes.js')).href);
  const { PacketTypeNumber } = await import(pathToFileURL(join(DIST, 'mqtt/packets/packet-types.js')).href);
  const bits = Object.entries<number>(PacketTypeNumber).map(([name, number]) => [name, 1 << number]);
  return { ReasonCode, ConnectReturnCode, PacketTypeNumber, BIT: Object.fromEntries(bits) };
}

/** A file of the bundle before its own names are shortened, and where its code comes from. */
interface PageSource {
  readonly code: string;
  readonly map: SourceMap;
}

/** The files of the bundle, by their names, before their own names are shortened. */
export async function pageSources(): Promise<Map<string, PageSource>> {
  const entries = Object.values(ENTRIES).map((file) => join(DIST, file));
  const modules = await modulesOf(entries);
  const reserved = new Set([
    ...publishedNames(PUBLISHED.map((file) => join(DIST, file))),
    ...platformNames(join(ROOT, 'node_modules')),
    ...modules.flatMap(({ code }) => quotedNames(code)),
    ...lateNames(modules),
  ]);
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(DIST, file)])),
    bundle: true,
    splitting: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'external',
    write: false,
    outdir: FOLDER,
    chunkNames: '[name]-[hash]',
    mangleProps: /^[A-Za-z_]/,
    reserveProps: new RegExp(`^(?:${[...reserved].map((name) => name.replaceAll('$', '\\$')).join('|')})$`),
    plugins: [inPlaceOf(await pageModules(modules, reserved))],
    logLevel: 'silent',
  });
  return withOneBeginning(new Map(outputFiles.map(({ path, text }) => [basename(path), text])));
}

/**
 * The same files, but all that a page loads at first in one: esbuild has a file for every set of files that share something, and
 * bundlers of pages would keep them apart.
 */
async function withOneBeginning(files: ReadonlyMap<string, string>): Promise<Map<string, PageSource>> {
  const bundle = await rollup({
    input: { index: 'index.js' },
    preserveEntrySignatures: 'allow-extension',
    treeshake: false,
    plugins: [
      {
        name: 'files in memory',
        resolveId: (id) => (files.has(basename(id)) ? basename(id) : { id, external: true }),
        load: (id) => {
          const code = files.get(id);
          return code === undefined ? null : { code, map: files.get(`${id}.map`) ?? null };
        },
      },
    ],
  });
  const isFirst = (id: string, getInfo: (id: string) => ModuleInfo | null): boolean =>
    id === 'index.js' || (getInfo(id)?.importers ?? []).some((from) => isFirst(from, getInfo));
  const { output } = await bundle.generate({
    format: 'es',
    sourcemap: true,
    minifyInternalExports: true,
    chunkFileNames: '[name].js',
    manualChunks: (id, { getModuleInfo }) => (isFirst(id, getModuleInfo) ? 'index' : undefined),
  });
  return new Map(
    output.flatMap((file) =>
      file.type === 'chunk' ? [[file.fileName, { code: file.code, map: fromDist(file.map!) }] as const] : [],
    ),
  );
}

/** Sources are what the bundle was made of: not quite what stands in these files of dist, so that the map brings it along. */
function fromDist(map: ExistingRawSourceMap): SourceMap {
  const sources = map.sources.map((source) => `../${(source ?? '').replaceAll('\\', '/').replace(/^.*?\.\.\//, '')}`);
  const { sourcesContent = [], names, mappings } = map;
  return { version: 3, sources, sourcesContent, names, mappings };
}

/** With names as short as can be; `renamed` gets the new name of what stands at the top by its old one. */
export async function minified(text: string, renamed = new Map<string, string>()): Promise<string> {
  return (await minifiedWithMap(text, undefined, renamed)).code;
}

async function minifiedWithMap(
  text: string,
  from: SourceMap | undefined,
  renamed: Map<string, string>,
): Promise<{ readonly code: string; readonly map: SourceMap | undefined }> {
  const nameCache: { vars?: { props?: Record<string, string> } } = {};
  const { code = '', map } = await minify(text, {
    module: true,
    ecma: 2020,
    nameCache,
    // One call or not, functions stay functions: put in their places they compress worse.
    compress: { passes: 3, pure_getters: true, reduce_funcs: false },
    format: { preserve_annotations: true },
    ...(from === undefined ? {} : { sourceMap: { content: JSON.stringify(from) } }),
  });
  for (const [name, short] of Object.entries(nameCache.vars?.props ?? {})) renamed.set(name.slice(1), short);
  const full = map === undefined ? undefined : (JSON.parse(map as string) as SourceMap);
  return {
    code: `${code.replaceAll(UNUSED_IMPORT, '')}\n`,
    map: full && mapWithout(full, code, UNUSED_IMPORT),
  };
}

/** The files of the bundle, by their names. */
export async function pageBundle(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [name, { code: before, map: itsMap }] of await pageSources()) {
    const statements = arranged(statementsOf(before), ARRANGEMENT);
    const text = statements.map((statement) => statement.text).join('\n');
    const { code, map } = await minifiedWithMap(text, movedMap(itsMap, before, statements), new Map());
    files.set(name, `${code}//# sourceMappingURL=${name}.map\n`);
    const sourcesContent = map!.sources.map((source) => itsMap.sourcesContent[itsMap.sources.indexOf(source)] ?? null);
    files.set(`${name}.map`, JSON.stringify({ ...map, sourcesContent }));
  }
  return files;
}

/** Writes the folder anew where it differs: at no moment there is half a file. */
export async function writePageBundle(): Promise<void> {
  const files = await pageBundle();
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of files) {
    const path = join(FOLDER, name);
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  }
  for (const name of readdirSync(FOLDER)) if (!files.has(name)) rmSync(join(FOLDER, name), { force: true });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await writePageBundle();

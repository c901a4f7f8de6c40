// What a page loads that has the client: how large it is, that it is for browsers, and that it comes in pieces.
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as Signalbox from '../../packages/signalbox/src/client/browser.ts';
import { Stage } from '../../packages/signalbox/test/client/support/stage.ts';
import { FOLDER, writePageBundle } from '../page-build/build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROWSER = join(FOLDER, 'index.js');

/** Bytes of `import { connect } from 'signalbox'`, minified and compressed: docs/decisions/0047 has what may be loaded later. */
const LARGEST = 25_600;

interface Bundled {
  /** What the page loads at first. */
  readonly code: string;
  /** What it loads when it is asked for, by name. */
  readonly later: ReadonlyMap<string, string>;
}

async function bundledWithRest(code: string, conditions: readonly string[] = []): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: [...conditions],
    splitting: true,
    outdir: 'out',
    chunkNames: '[name]-[hash]',
    metafile: true,
    write: false,
  });
  const textOf = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))!.text;
  const first = new Set<string>();
  const visit = (path: string): void => {
    if (first.has(path)) return;
    first.add(path);
    for (const { kind, path: next } of metafile.outputs[path]!.imports) if (kind === 'import-statement') visit(next);
  };
  visit('out/stdin.js');
  const late = Object.keys(metafile.outputs).filter((path) => !first.has(path));
  return {
    code: Array.from(first, textOf).join('\n'),
    later: new Map(late.map((path) => [path, textOf(path)])),
  };
}

async function bundled(code: string, conditions?: readonly string[]): Promise<string> {
  return (await bundledWithRest(code, conditions)).code;
}

const compressed = (code: string): number => gzipSync(code, { level: 9 }).length;

async function rolledUp(code: string): Promise<string> {
  const bundle = await rollup({
    input: 'entry',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? id : id === 'signalbox' ? BROWSER : null),
        load: (id) => (id === 'entry' ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'es' });
  return output[0].code;
}

const importing = (names: string) => `import { ${names} } from 'signalbox'; globalThis.used = [${names}];`;

describe('the client in the bundle of a page', () => {
  beforeAll(writePageBundle, 60_000);

  it('is small', async () => {
    const { code, later } = await bundledWithRest(importing('connect'));
    const size = compressed(code);
    const rest = Array.from(later, ([path, text]) => `${basename(path).split('-')[0]} ${compressed(text)}`);
    process.stdout.write(`import { connect } from 'signalbox': ${size} bytes of gzip; later ${rest.join(', ')}\n`);
    expect(size).toBeLessThanOrEqual(LARGEST);
    expect(size).toBeGreaterThan(10_000); // it is the client that was measured
  });

  it('needs nothing of Node, and no stand-in for it', async () => {
    const code = await bundled(importing('connect, indexedDbSessionStore, scramSha256'));
    expect(code).not.toMatch(/\brequire\(|["'`]node:|\b(Buffer|process|global|__dirname)\b/);
  });

  it('has numbers in place of texts, which can be looked up', async () => {
    const page = (await import(pathToFileURL(BROWSER).href)) as typeof Signalbox;
    const error: unknown = await page.connect('ws://a:%zz@127.0.0.1').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(page.UsageError);
    expect((error as Error).message).toMatch(/^#\d+$/);
    const text = 'in user name and password of a URL, % is followed by two hexadecimal digits';
    expect(await page.explainError(error)).toBe(text);
    const refused = new page.RefusedError('the subscription to a(b)', 0x87, 'no (really)');
    expect(await page.explainError(refused)).toBe('the subscription to a(b) was refused: 0x87 (no (really))');
  });

  it('works in one file, too, where the bundler does not split', async () => {
    const { outputFiles } = await build({
      stdin: { contents: "export { connect } from 'signalbox';", resolveDir: ROOT },
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
    });
    const page = (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`)) as typeof Signalbox;
    const stage = new Stage();
    const client = await stage.when(page.connect(stage.options({ lastPackets: 8 })));
    await stage.when(client.subscribe('a', () => {}));
    await stage.when(client.publish('a', 'x', { qos: 2 }));
    expect(stage.link.messages).toEqual(['x']);
    expect(client.lastPackets().map(({ type }) => type)).toContain('pubcomp');
    await stage.when(client.close());
  });

  it('has texts while a page is developed', async () => {
    const text = /two hexadecimal digits/;
    expect(await bundled(importing('connect'), ['development'])).toMatch(text);
    expect(await bundled(importing('connect'))).not.toMatch(text);
  });

  it('checks options while a page is developed, and not in production, for their bytes', async () => {
    const text = /did you mean/;
    expect(await bundled(importing('connect'), ['development'])).toMatch(text);
    const { code, later } = await bundledWithRest(importing('connect'));
    expect([code, ...later.values()].join('')).not.toMatch(text);
  });

  it.each([
    ['esbuild', bundled, 25_000], // it keeps what is named in a file that could be loaded later, by whomever
    ['rollup', rolledUp, 10_000],
  ])('leaves out what is not used, with %s', async (_, bundler, largest) => {
    for (const name of ['ReasonCode', 'backOff', 'RefusedError']) {
      expect((await bundler(importing(name))).length).toBeLessThan(largest);
    }
    expect(await bundler(importing('connect'))).not.toMatch(/SCRAM-SHA-256|indexedDB/);
  });
});

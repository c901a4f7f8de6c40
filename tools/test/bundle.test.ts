// What a page loads that has the client: how large it is, that it is for browsers, and that it comes in pieces.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROWSER = join(ROOT, 'packages/signalbox/dist/client/browser.js');

/** Bytes of `import { connect } from 'signalbox'`, minified and compressed. The goal is 25,600: see docs/decisions/0042. */
const LARGEST = 41_000;

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}

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
  it('is small', async () => {
    const size = gzipSync(await bundled(importing('connect')), { level: 9 }).length;
    process.stdout.write(`import { connect } from 'signalbox': ${size} bytes of gzip\n`);
    expect(size).toBeLessThanOrEqual(LARGEST);
    expect(size).toBeGreaterThan(10_000); // it is the client that was measured
  });

  it('needs nothing of Node, and no stand-in for it', async () => {
    const code = await bundled(importing('connect, indexedDbSessionStore, scramSha256'));
    expect(code).not.toMatch(/\brequire\(|["'`]node:|\b(Buffer|process|global|__dirname)\b/);
  });

  it.each([
    ['esbuild', bundled],
    ['rollup', rolledUp],
  ])('leaves out what is not used, with %s', async (_, bundler) => {
    for (const name of ['ReasonCode', 'backOff', 'RefusedError']) {
      expect((await bundler(importing(name))).length).toBeLessThan(10_000);
    }
    expect(await bundler(importing('connect'))).not.toMatch(/SCRAM-SHA-256|indexedDB/);
  });
});

// What a page loads that has the MSIP client, and what it leaves out of it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Bytes of `import { MsipClient } from 'signalbox/msip'`, minified and compressed: what it is now, and a little. */
const LARGEST = 20_800;

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(ROOT, 'packages/signalbox') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}

const importing = (names: string, from = 'signalbox/msip') =>
  `import { ${names} } from '${from}'; globalThis.used = [${names}];`;

describe('the MSIP client in the bundle of a page', () => {
  it('is small', async () => {
    const size = gzipSync(await bundled(importing('MsipClient')), { level: 9 }).length;
    process.stdout.write(`import { MsipClient } from 'signalbox/msip': ${size} bytes of gzip\n`);
    expect(size).toBeLessThanOrEqual(LARGEST);
    expect(size).toBeGreaterThan(5_000); // it is the client that was measured
  });

  it('needs nothing of Node, and no stand-in for it', async () => {
    const code = await bundled(importing('MsipClient, MsipClientConnection, MsipServerConnection'));
    expect(code).not.toMatch(/\brequire\(|["'`]node:|\b(Buffer|process|global|__dirname)\b/);
  });

  it('leaves out what is not used: the client of who wants the core, and the core of who wants a name', async () => {
    expect(await bundled(importing('MsipClientConnection'))).not.toMatch(/WebSocket|DecompressionStream/);
    expect((await bundled(importing('Flags, MsgKind, FrameError'))).length).toBeLessThan(2_000);
    const [core, both] = [
      await bundled(importing('MsipClientConnection', 'signalbox/msip/core')),
      await bundled(importing('MsipClientConnection')),
    ];
    expect(Math.abs(core.length - both.length)).toBeLessThan(100);
  });
});

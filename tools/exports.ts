// What a user of the published package sees: packs the library as npm would and lets publint and attw look at the
// tarball (entry points, type declarations, ESM only). Programs of users (consumers/) compile against the declarations.
import type { ExecFileSyncOptions } from 'node:child_process';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = ['packages/signalbox', 'packages/lmdb', 'packages/jwt', 'packages/sctp'];

function packed(folder: string, destination: string): string {
  const npm = process.env['npm_execpath'];
  const args = ['pack', '--ignore-scripts', '--silent', `--pack-destination=${destination}`];
  const options: ExecFileSyncOptions = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] };
  if (npm?.endsWith('.js')) execFileSync(process.execPath, [npm, ...args], options);
  else execFileSync('npm', args, options);
  const [file] = readdirSync(destination);
  if (file === undefined) throw new Error(`npm pack made no tarball of ${folder}`);
  return join(destination, file);
}

function passes(name: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0) process.stdout.write(`${name}\n${stdout}${stderr}\n`);
  return status === 0;
}

for (const program of ['node', 'page']) {
  const args = ['node_modules/typescript/bin/tsc', '-p', `tools/consumers/${program}.json`];
  if (!passes(`a program for ${program === 'node' ? 'Node' : 'a page'}`, args)) process.exitCode = 1;
}
for (const folder of packages) {
  const destination = mkdtempSync(join(tmpdir(), 'signalbox-pack-'));
  try {
    const tarball = packed(folder, destination);
    const published = passes('publint', ['node_modules/publint/src/cli.js', 'run', tarball, '--strict']);
    const typed = passes('attw', [
      'node_modules/@arethetypeswrong/cli/dist/index.js',
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
    ]);
    if (!published || !typed) process.exitCode = 1;
  } finally {
    rmSync(destination, { recursive: true, force: true });
  }
}

// `npm run check`: everything that must hold before a commit, each step with its time, the failures last and in full.
import { prepare, runScript, runTool } from './prepare.mjs';

const tsc = 'typescript/bin/tsc';

process.env['NO_COLOR'] = '1';
delete process.env['FORCE_COLOR'];

/** @type {Record<string, () => Promise<{ code: number, output: string }>>} */
const builds = {
  // The pure folders alone: no Node, no DOM, only the language (the first lock).
  pure: () => runTool(tsc, ['-b', 'packages/signalbox/tsconfig.pure.json', 'packages/sctp/tsconfig.pure.json']),
  types: () => runTool(tsc, ['-b']),
  page: () => runScript('tools/page-build/build.ts', []),
};

/** @type {typeof builds} */
const steps = {
  lint: () =>
    runTool('@biomejs/biome/bin/biome', ['check', '--colors=off', '--max-diagnostics=40', '--error-on-warnings']),
  layering: () => runScript('tools/imports.ts', []),
  statements: () => runScript('tools/statements.ts', ['--check']),
  exports: () => runScript('tools/exports.ts', []),
  tests: () => runTool('vitest/vitest.mjs', ['run', '--project=unit', '--maxWorkers=100%']),
};

/** @type {Map<string, string>} */
const failures = new Map();

/** @param {[name: string, step: () => Promise<{ code: number, output: string }>]} entry */
async function check([name, step]) {
  const start = performance.now();
  const { code, output } = await step();
  if (code !== 0) failures.set(name, output.replace(/^\s*✓ .*\n/gm, '').trim());
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(5)} s\n`);
}

await prepare({ projects: [] });
for (const entry of Object.entries(builds)) await check(entry);
await Promise.all(Object.entries(steps).map(check));

for (const [name, output] of failures) process.stdout.write(`\n──── ${name} ────\n${output}\n`);
const count = Object.keys(builds).length + Object.keys(steps).length;
process.stdout.write(
  failures.size === 0
    ? `\ncheck: all ${count} steps passed\n`
    : `\ncheck: ${failures.size} of ${count} steps failed: ${[...failures.keys()].join(', ')}\n`,
);
process.exitCode = failures.size === 0 ? 0 : 1;

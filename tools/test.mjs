// `npm test`: set-up, then every suite this machine can run. The whole run measures coverage of the pure folders, too;
// arguments choose files or test names (`npm test -- routing -t retained`) and switch the measuring off.
import { prepare, runTool } from './prepare.mjs';

await prepare();
const args = process.argv.slice(2);
const isWhole = args.every((arg) => arg.startsWith('--reporter') || arg.startsWith('--outputFile'));
if (isWhole) args.push('--coverage');
const { code } = await runTool('vitest/vitest.mjs', ['run', ...args], { show: 'inherit' });
process.exitCode = code;

// Set-up, then one TypeScript script with the arguments that follow it: `node tools/run.mjs bench/run.ts --help`.
import { fail, prepare, runScript } from './prepare.mjs';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node tools/run.mjs <script.ts> [arguments]');
await prepare();
const { code } = await runScript(script, args, { show: 'inherit' });
process.exitCode = code;

// The set-up that every command of the repository does first: dependencies when the lock file asks for other ones,
// then an incremental build. Runs before anything is installed, so it may import nothing but Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What `npm start` needs: the command and the library below it, not the tests. */
export const SHIPPED = ['apps/cli'];

const MINIMUM_NODE = [20, 19];

/**
 * Runs a command in the repository's root and gives back what it printed. Signals are forwarded, so that nothing
 * is left running when the set-up is interrupted.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ show?: 'inherit' | 'collect', env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { show = 'collect', env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: show === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      // An interrupted child means that we were interrupted: die of the same signal, as a shell expects.
      if (signal === 'SIGINT' || signal === 'SIGTERM') process.kill(process.pid, signal);
      else resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}

/**
 * A command line tool of ours, started by Node itself: works without a shell and on every platform.
 * @param {string} script  path below node_modules
 * @param {readonly string[]} args
 * @param {{ show?: 'inherit' | 'collect', env?: NodeJS.ProcessEnv }} [options]
 */
export function runTool(script, args, options) {
  return run(process.execPath, [`node_modules/${script}`, ...args], options);
}

/**
 * TypeScript scripts run through tsx, because Node 20 cannot strip types (docs/decisions/0011).
 * @param {string} script
 * @param {readonly string[]} args
 * @param {{ show?: 'inherit' | 'collect' }} [options]
 */
export function runScript(script, args, options) {
  return run(process.execPath, ['--import', 'tsx', script, ...args], options);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(`Signalbox needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Compares by content first: a checkout gives the lock file a new date and the same text. */
async function install() {
  const stamp = `${root}node_modules/.signalbox-installed`;
  const installed = `${root}node_modules/.package-lock.json`;
  const lockFile = `${root}package-lock.json`;
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lockFile).mtimeMs) {
    process.stderr.write('Installing dependencies (once; npm ci)\n');
    const npm = process.env['npm_execpath'];
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { code, output } = npm?.endsWith('.js')
      ? await run(process.execPath, [npm, ...args])
      : await run('npm', args);
    if (code !== 0) fail(`${output}\nnpm ci failed: the dependencies could not be installed.`);
  }
  writeFileSync(stamp, wanted);
}

/** @param {readonly string[]} projects */
async function build(projects) {
  const { code, output } = await runTool('typescript/bin/tsc', ['-b', ...projects]);
  if (code !== 0) fail(`${output}\nThe build failed (tsc -b ${projects.join(' ')}).`);
}

/**
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  process.stderr.write(`${text.trimStart()}\n`);
  process.exit(1);
}

/** @param {{ projects?: readonly string[] }} [options] */
export async function prepare({ projects = SHIPPED } = {}) {
  requireNode();
  await install();
  if (projects.length > 0) await build(projects);
}

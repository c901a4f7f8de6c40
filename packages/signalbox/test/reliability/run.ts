// `npm run reliability -- --kills 300 --qos 1,2 --durability process --seed 7`: kills the broker again and again under load
// and tells what became of every message. Ends with code 1 when anything acknowledged was lost, doubled or out of order.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../fuzz/random.ts';
import { findPort, signalboxBroker } from './broker-command.ts';
import { mutantBroker } from './mutants.ts';
import { parseReliabilityOptions, RELIABILITY_USAGE } from './options.ts';
import { compilePowerLoss, PowerLoss } from './power-loss.ts';
import { type Outcome, Trial } from './trial.ts';

const options = parseReliabilityOptions(process.argv.slice(2));
if (options === undefined) {
  process.stdout.write(RELIABILITY_USAGE);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'signalbox-reliability-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { seed, kills, qos, durability, mutant } = options;
const port = await findPort(seed);
const data = options.data ?? join(folder, 'data');
const plain =
  mutant === undefined ? signalboxBroker(port, data, durability) : mutantBroker(port, data, durability, mutant);
const what = mutant === undefined ? `durability ${durability}` : `mutant ${mutant} of ${durability}`;
const power = options.isPowerLost ? createPowerLoss() : undefined;
const program = power === undefined ? plain : { ...plain, env: power.env };
const how = power === undefined ? '' : ', power losses';
process.stdout.write(`seed ${seed}: ${kills} kills, QoS ${qos.join(' and ')}, ${what}${how}\n`);
const outcome = await new Trial({
  seed,
  kills,
  qos,
  port,
  program,
  onProgress: (text) => void process.stdout.write(`  ${text}\n`),
  ...(mutant === undefined ? {} : { patienceMs: 4000 }), // a spoilt broker may well leave somebody waiting
  ...(power === undefined ? {} : { onKilled: () => power.strike(join(data, 'data.mdb')) }),
}).run();
process.stdout.write(describe(outcome));
if (power !== undefined) process.stdout.write(`${power.undone} writes were not synced when the power went\n`);
process.exit(outcome.findings.length > 0 ? 1 : 0);

function describe(one: Outcome): string {
  const killed = Object.entries(one.kills).map(([kind, count]) => `${count} ${kind}`);
  const total = Object.values(one.kills).reduce((sum, each) => sum + each, 0);
  return [
    `${total} kills (${killed.join(', ')}) in ${one.seconds.toFixed(0)} s; slowest start ${one.slowestStartMs.toFixed(0)} ms`,
    `${one.messages} messages and ${one.wills} wills, ${one.acknowledged} acknowledged, ${one.received} received, ${one.audits} looks at what is retained`,
    one.findings.length === 0 ? 'findings: none' : `findings:\n${one.findings.join('\n')}`,
    '',
  ].join('\n');
}

function createPowerLoss(): PowerLoss {
  const library = compilePowerLoss(folder);
  if (library === undefined) throw new Error('--power-loss needs a C compiler (cc)');
  return new PowerLoss(library, folder, new Random(seed + 17));
}

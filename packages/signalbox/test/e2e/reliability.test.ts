// The command `signalbox broker`, killed again and again under load and started again on its folder: a short trial of
// `npm run reliability`, which does the same for longer. And a broker with a known fault, which the trial has to find.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { findPort, signalboxBroker } from '../reliability/broker-command.ts';
import { mutantBroker } from '../reliability/mutants.ts';
import { compilePowerLoss, PowerLoss } from '../reliability/power-loss.ts';
import { type Outcome, Trial } from '../reliability/trial.ts';

const LIMIT_MS = 300_000; // some 15 s each on a machine that has nothing else to do
const QOS = [1, 2] as const;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function total({ kills }: Outcome): number {
  return Object.values(kills).reduce((sum, each) => sum + each, 0);
}

it(
  'level process: killed 10 times, nothing acknowledged is lost, doubled or out of order',
  async () => {
    const port = await findPort(1);
    const program = signalboxBroker(port, join(temporaryFolder(), 'data'), 'process');
    const outcome = await new Trial({ seed: 1, kills: 10, qos: QOS, port, program }).run();
    expect(outcome.findings).toEqual([]);
    expect(total(outcome)).toBeGreaterThan(10);
    expect(outcome.acknowledged).toBeGreaterThan(300);
    expect(outcome.audits).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

it(
  'level disk: killed 5 times, and the power goes with it',
  async (context) => {
    const folder = temporaryFolder();
    const library = compilePowerLoss(folder);
    if (library === undefined)
      return context.skip('there is no C compiler (cc): the library for LD_PRELOAD cannot be built');
    const port = await findPort(2);
    const data = join(folder, 'data');
    const power = new PowerLoss(library, folder, new Random(2));
    const program = { ...signalboxBroker(port, data, 'disk'), env: power.env };
    const onKilled = (): string => power.strike(join(data, 'data.mdb'));
    const outcome = await new Trial({ seed: 2, kills: 5, qos: QOS, port, program, onKilled }).run();
    expect(outcome.findings).toEqual([]);
    expect(power.undone).toBeGreaterThan(0); // or nothing was at stake
  },
  LIMIT_MS,
);

it(
  'a broker that acknowledges before the commit is done is found out',
  async () => {
    const port = await findPort(3);
    const program = mutantBroker(port, join(temporaryFolder(), 'data'), 'log', 'early-acknowledgement');
    const outcome = await new Trial({ seed: 3, kills: 4, qos: QOS, port, program, patienceMs: 4000 }).run();
    expect(outcome.findings).not.toEqual([]);
  },
  LIMIT_MS,
);

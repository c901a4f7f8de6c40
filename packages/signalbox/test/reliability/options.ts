// The command line of `npm run reliability`.

import { parseArgs } from 'node:util';
import type { QoS } from '../../src/mqtt/wire-format.ts';
import type { Level } from './mutants.ts';

export const RELIABILITY_USAGE = `npm run reliability -- [options]

  --kills N           how often the broker is killed (300)
  --qos 1,2           of publishers and subscribers (1,2)
  --durability LEVEL  process or disk (process); with --mutant also log, a store that is as simple as can be
  --power-loss        writes that no fsync has covered are lost at each kill, too (needs a C compiler)
  --seed N            the plan is drawn from it (1)
  --data WHERE        where the broker keeps things; default: a new folder, removed afterwards
  --mutant NAME       a broker with a known fault instead, to see that it is found; see mutants.ts
`;

export interface ReliabilityOptions {
  readonly kills: number;
  readonly qos: readonly QoS[];
  readonly durability: Level;
  readonly isPowerLost: boolean;
  readonly seed: number;
  readonly data: string | undefined;
  readonly mutant: string | undefined;
}

/** Undefined when only the usage is asked for. Throws on what makes no sense. */
export function parseReliabilityOptions(args: readonly string[]): ReliabilityOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '300' },
      qos: { type: 'string', default: '1,2' },
      durability: { type: 'string', default: 'process' },
      'power-loss': { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      data: { type: 'string' },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { durability } = values;
  const isLog = durability === 'log' && values.mutant !== undefined;
  if (durability !== 'process' && durability !== 'disk' && !isLog) throw new Error('--durability is process or disk');
  const qos = values.qos.split(',').map(Number);
  if (qos.some((each) => each !== 1 && each !== 2)) throw new Error('--qos is 1, 2 or both');
  return {
    kills: whole('--kills', values.kills),
    qos: qos as QoS[],
    durability: durability as Level,
    isPowerLost: values['power-loss'],
    seed: whole('--seed', values.seed),
    data: values.data,
    mutant: values.mutant,
  };
}

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${name} needs a whole number, not '${text}'`);
  return Number(text);
}

// The program of mutants.ts: `mutant-broker.ts PORT FOLDER log|process|disk MUTANT`.

import { LmdbStore } from '@signalbox/lmdb';
import { Broker, type Store } from 'signalbox/broker';
import { LogStore } from './log-store.ts';
import { MUTANTS } from './mutants.ts';

/** So that what is said too early is too early by much. */
const SLOW_COMMIT_MS = 40;

const [port, folder = '', level, mutant = ''] = process.argv.slice(2);

function open(): Store {
  if (level === 'process' || level === 'disk') return new LmdbStore({ path: folder, durability: level });
  return new LogStore(`${folder}.log`, mutant === 'early-acknowledgement' ? SLOW_COMMIT_MS : undefined);
}

const limits = { queuedMessages: 1_000_000, queuedBytes: 4_000_000_000 };
const broker = new Broker({ store: MUTANTS[mutant]!(open()), limits, systemTopicsIntervalMs: 0 });
broker.on('error', ({ error, while: doing }) => process.stderr.write(`error while ${doing}: ${String(error)}\n`));
const { url } = await broker.listen(`mqtt://127.0.0.1:${port}`);
process.stdout.write(`listening on ${url}\n`);

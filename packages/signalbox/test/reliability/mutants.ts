// Brokers with a known fault in what they keep, to prove that the harness finds such faults: each is the real broker on
// a store that is spoilt in one way. `none` is not spoilt, and must pass.

import { fileURLToPath } from 'node:url';
import type { Store, StoreChange } from '../../src/broker/store/store.ts';
import type { Program } from './broker-command.ts';

const PROGRAM = fileURLToPath(new URL('mutant-broker.ts', import.meta.url));

/** Forgets every change of a kind: what was acknowledged with it does not survive. */
function forgets(type: StoreChange['type']): (store: Store) => Store {
  return (store) => withWrite(store, (change) => (change.type === type ? undefined : change));
}

export const MUTANTS: Readonly<Record<string, (store: Store) => Store>> = {
  none: (store) => store,
  /** Acknowledges when the commit has begun, not when it is done. */
  'early-acknowledgement': (store) => withCommit(store, 'early'),
  /** Acknowledges although nothing is ever written. */
  'no-commit': (store) => withCommit(store, 'never'),
  'forgets-deliveries': forgets('delivery'),
  'forgets-stages': forgets('delivery-stage'),
  'forgets-received': forgets('received'),
  'forgets-subscriptions': forgets('subscribed'),
  'forgets-unsubscriptions': forgets('unsubscribed'),
  'forgets-retained': forgets('retained'),
  'forgets-removals': forgets('retained-cleared'),
  'forgets-sessions': forgets('session'),
  'forgets-ends-of-sessions': forgets('session-ended'),
  /** Delivered messages come again when the broker does. */
  'forgets-completions': forgets('delivered'),
  'forgets-wills': (store) =>
    withWrite(store, (change) =>
      change.type === 'session' ? { ...change, session: { ...change.session, will: undefined } } : change,
    ),
  /** Every message lives for ever. */
  'forgets-expiry': (store) =>
    withWrite(store, (change) => {
      if (change.type !== 'delivery') return change;
      const { delivery } = change;
      return { ...change, delivery: { ...delivery, message: { ...delivery.message, expiresAt: Infinity } } };
    }),
};

export type Level = 'log' | 'process' | 'disk';

/** On a LogStore, or on an LmdbStore of this durability. */
export function mutantBroker(port: number, data: string, level: Level, mutant: string): Program {
  if (!Object.hasOwn(MUTANTS, mutant)) throw new Error(`--mutant is one of ${Object.keys(MUTANTS).join(', ')}`);
  return { file: process.execPath, args: ['--import', 'tsx', PROGRAM, String(port), data, level, mutant] };
}

function withWrite(store: Store, spoil: (change: StoreChange) => StoreChange | undefined): Store {
  return {
    durability: store.durability,
    open: (listener) => store.open(listener),
    write: (change) => {
      const spoilt = spoil(change);
      if (spoilt !== undefined) store.write(spoilt);
    },
    commit: () => store.commit(),
    close: () => store.close(),
  };
}

function withCommit(store: Store, when: 'early' | 'never'): Store {
  return {
    durability: store.durability,
    open: (listener) => store.open({ onKept: () => {}, onFailed: (error) => listener.onFailed(error) }),
    write: (change) => {
      if (when === 'early') store.write(change);
    },
    commit: () => {
      if (when === 'early') store.commit();
      return true;
    },
    close: () => store.close(),
  };
}

// A program that crashes, and lives again with what its session store had kept.

import type { ClientOptions } from '../../../src/client/client-options.ts';
import { CrashingStore } from './crashing-store.ts';
import { Stage } from './stage.ts';

/** The first life of a program; `next` is the one after it crashed. */
export async function life(options: ClientOptions = {}) {
  const stage = new Stage();
  let store = new CrashingStore();
  const client = await stage.connect({ sessionStore: store, ...options });
  const crash = () => {
    stage.link.transport.crash();
    store = store.crash();
    return store;
  };
  const next = (more: ClientOptions = {}) => stage.connect({ sessionStore: store, ...options, ...more });
  return { stage, store, client, crash, next };
}

// The store in a folder: everything a store does, at both levels, and over tables in memory at every gather time.
import { describeStore } from '../../signalbox/test/support/store-suite.ts';
import { GatheringStore, LmdbStore } from '../src/lmdb-store.ts';
import { temporaryFolder } from './folder.ts';
import { MemoryBackend } from './memory-backend.ts';

for (const durability of ['process', 'disk'] as const) {
  describeStore(`LmdbStore at ${durability}`, () => {
    const path = temporaryFolder();
    return { open: () => new LmdbStore({ path, durability }) };
  });
}

for (const gatherMs of [0, 1]) {
  describeStore(`GatheringStore, gather time ${gatherMs} ms`, () => {
    const backend = new MemoryBackend();
    return { open: () => new GatheringStore(backend, gatherMs) };
  });
}

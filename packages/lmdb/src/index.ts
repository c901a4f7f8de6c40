// @signalbox/lmdb: a durable store for the broker, on LMDB.

export { LmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';

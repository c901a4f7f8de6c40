/**
 * The tables a durable store consists of, and one transaction over them. It must not know what rows mean, nor LMDB.
 */

/** Names are part of the format on disk. */
export const TABLES = [
  'format',
  'sessions',
  'subscriptions',
  'deliveries',
  'messages',
  'received',
  'retained',
  'delayed',
] as const;

export type Table = (typeof TABLES)[number];

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What is to change, in this order, all of it or nothing. */
export class Transaction {
  readonly tables: Table[] = [];
  readonly keys: Buffer[] = [];
  /** Undefined: the row is removed. */
  readonly values: (Buffer | undefined)[] = [];

  get size(): number {
    return this.keys.length;
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.tables.push(table);
    this.keys.push(key);
    this.values.push(value);
  }

  remove(table: Table, key: Buffer): void {
    this.tables.push(table);
    this.keys.push(key);
    this.values.push(undefined);
  }
}

/** Where tables are kept. There is one transaction at a time. */
export interface Backend {
  readonly durability: 'process' | 'disk';
  /** For messages. */
  readonly name: string;
  /** Rejects with StoreError; then nothing was changed. */
  open(): void | Promise<void>;
  /** The committed rows whose keys begin with the prefix, in the order of their keys; the bytes are the caller's. */
  rows(table: Table, prefix?: Buffer): Iterable<Row>;
  /** Resolves when all of it is kept; rejects with StoreError when nothing is. */
  submit(transaction: Transaction): Promise<void>;
  close(): Promise<void>;
}

// Tables in memory, for tests of what is above them: they outlive the store, transactions take their time and can fail.

import { StoreError } from 'signalbox/broker';
import { type Backend, type Row, TABLES, type Table, type Transaction } from '../src/table.ts';

export class MemoryBackend implements Backend {
  readonly durability = 'process';
  readonly name = 'memory';
  readonly tables = new Map(TABLES.map((name) => [name, new Map<string, Buffer>()]));
  /** Transactions begun so far. */
  submitted = 0;
  /** Rows put and removed in transactions that were kept. */
  written = 0;
  /** Called before each transaction with its number, counted from 0; what it throws is how that one fails. */
  onSubmit: (number: number) => void | Promise<void> = () => {};
  /** The process was killed: nothing is written any more. */
  isCut = false;

  open(): void {}

  rows(table: Table, prefix?: Buffer): Iterable<Row> {
    const from = prefix?.toString('latin1') ?? '';
    const rows = [...this.tables.get(table)!]
      .filter(([key]) => key.startsWith(from))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return rows.map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value: Buffer.from(value) }));
  }

  async submit({ tables, keys, values }: Transaction): Promise<void> {
    const number = this.submitted++;
    await this.onSubmit(number);
    if (this.isCut) return new Promise(() => {});
    for (let i = 0; i < keys.length; i++) {
      const table = this.tables.get(tables[i]!)!;
      const key = keys[i]!.toString('latin1');
      const value = values[i];
      if (value === undefined) table.delete(key);
      else table.set(key, Buffer.from(value));
      this.written++;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** How many rows there are in all tables. */
  get size(): number {
    let size = 0;
    for (const table of this.tables.values()) size += table.size;
    return size;
  }
}

export function fullDisk(): StoreError {
  return new StoreError('STORE_FULL', 'there is no room left');
}

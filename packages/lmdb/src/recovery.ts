/**
 * What the tables say of an earlier broker. It reads each table once, in the order of its keys: the rows of a session lie
 * together in each of them. What belongs to nothing is swept.
 */
import {
  type KeptMessage,
  type RestoredDelivery,
  type RestoredSession,
  type StoredDelayed,
  type StoredState,
  type StoredSubscription,
  StoreError,
} from 'signalbox/broker';
import { readDelayed } from './broker-cells.ts';
import type { Form, SharedMessages } from './encoding.ts';
import { numberKey, readNumber } from './keys.ts';
import type { Ledger } from './ledger.ts';
import { readMessage } from './message-row.ts';
import { RowReader } from './row-reader.ts';
import type { SessionEntry } from './session-cells.ts';
import { readDelivery, readSession, readSubscription } from './session-row.ts';
import { type Backend, type Row, type Table, Transaction } from './table.ts';

/** Who is told. */
interface Books {
  readonly ledger: Ledger;
  readonly shared: SharedMessages;
}

/** Answers what was kept, and tells the ledger how it lies on the disk. */
export function recover(
  backend: Backend,
  { ledger, shared }: Books,
): { readonly state: StoredState; readonly sweep: Transaction } {
  const sweep = new Transaction();
  const messages = new Map<number, KeptMessage>();
  for (const { key, value } of backend.rows('messages')) {
    messages.set(readNumber(key, 0), read(backend, 'messages', { key, value }, readMessage));
  }
  const sessions = [...recoverSessions(backend, { ledger, shared, messages }, sweep)];
  for (const id of messages.keys()) if (!shared.references.has(id)) sweep.remove('messages', numberKey(id));
  const delayed: StoredDelayed[] = [];
  for (const { key, value } of backend.rows('delayed')) {
    delayed.push(read(backend, 'delayed', { key, value }, readDelayed));
  }
  return { state: { sessions, delayed, retained: recoverRetained(backend) }, sweep };
}

/** There can be a million: one after another. */
function* recoverRetained(backend: Backend): Generator<KeptMessage> {
  for (const { key, value } of backend.rows('retained')) yield read(backend, 'retained', { key, value }, readMessage);
}

function* recoverSessions(
  backend: Backend,
  books: Books & { readonly messages: ReadonlyMap<number, KeptMessage> },
  sweep: Transaction,
): Generator<RestoredSession> {
  const subscriptionRows = new RowsOfSession(backend, 'subscriptions', sweep);
  const deliveryRows = new RowsOfSession(backend, 'deliveries', sweep);
  const receivedRows = new RowsOfSession(backend, 'received', sweep);
  for (const { key, value } of backend.rows('sessions')) {
    const number = readNumber(key, 0);
    const session = read(backend, 'sessions', { key, value }, readSession);
    const entry = books.ledger.restore(session.clientId, number);
    const subscriptions: StoredSubscription[] = [];
    for (const row of subscriptionRows.of(number)) {
      subscriptions.push(read(backend, 'subscriptions', row, readSubscription));
    }
    const deliveries: RestoredDelivery[] = [];
    for (const row of deliveryRows.of(number)) {
      const restored = recoverDelivery(backend, row, entry, books);
      if (restored === undefined) sweep.remove('deliveries', Buffer.from(row.key));
      else deliveries.push(restored);
    }
    const received: number[] = [];
    for (const row of receivedRows.of(number)) {
      received.push(readNumber(row.key, 8));
      entry.received ??= new Map();
      entry.received.set(readNumber(row.key, 8), 'kept');
    }
    yield { ...session, subscriptions, deliveries, received };
  }
  for (const rows of [subscriptionRows, deliveryRows, receivedRows]) rows.finish();
}

function recoverDelivery(
  backend: Backend,
  { key, value }: Row,
  entry: SessionEntry,
  { messages, shared }: { readonly messages: ReadonlyMap<number, KeptMessage>; readonly shared: SharedMessages },
): RestoredDelivery | undefined {
  const id = readNumber(key, 8);
  const restored = read(backend, 'deliveries', { key, value }, (row) => readDelivery(row, messages.get(id)));
  if (restored === undefined) return undefined;
  const form: Form = restored.form;
  if (form === 'shared') shared.references.set(id, (shared.references.get(id) ?? 0) + 1);
  entry.deliveries ??= new Map();
  entry.deliveries.set(id, form);
  return restored.delivery;
}

/** The rows of a table whose keys begin with a session's number; rows of sessions that are not there are swept. */
class RowsOfSession {
  readonly #rows: Iterator<Row>;
  readonly #table: Table;
  readonly #sweep: Transaction;
  #next: Row | undefined;

  constructor(backend: Backend, table: Table, sweep: Transaction) {
    this.#rows = backend.rows(table)[Symbol.iterator]();
    this.#table = table;
    this.#sweep = sweep;
    this.#advance();
  }

  /** Numbers are to be asked for in their order. */
  *of(number: number): Generator<Row> {
    for (let row = this.#next; row !== undefined; row = this.#next) {
      const owner = readNumber(row.key, 0);
      if (owner > number) return;
      if (owner === number) yield row;
      else this.#sweep.remove(this.#table, Buffer.from(row.key));
      this.#advance();
    }
  }

  /** What is left belongs to nobody. */
  finish(): void {
    for (; this.#next !== undefined; this.#advance()) this.#sweep.remove(this.#table, Buffer.from(this.#next.key));
  }

  #advance(): void {
    const next = this.#rows.next();
    this.#next = next.done === true ? undefined : next.value;
  }
}

function read<T>(backend: Backend, table: Table, { key, value }: Row, reader: (row: RowReader) => T): T {
  try {
    return reader(new RowReader(value));
  } catch (error) {
    const where = `${backend.name}: row ${Buffer.from(key).toString('hex')} of ${table}`;
    throw new StoreError('STORE_DAMAGED', `${where} cannot be read: ${(error as Error).message}`, error);
  }
}

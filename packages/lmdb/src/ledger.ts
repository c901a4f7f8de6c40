/**
 * From changes to cells: what each change adds to what is pending, what it takes away again, and how sessions and what
 * they have lie on the disk. It must not know when transactions happen.
 */
import type { KeptMessage, StoreChange, StoredDelivery, StoredSubscription } from 'signalbox/broker';
import { DelayedCell, RetainedCell } from './broker-cells.ts';
import type { Cell, Commit, Segment } from './cell.ts';
import type { Form } from './encoding.ts';
import type { Pending } from './pending.ts';
import {
  DeliveryCell,
  ReceivedCell,
  SessionCell,
  SessionEndCell,
  SessionEntry,
  SubscriptionCell,
} from './session-cells.ts';

type ChangeOf<Type extends StoreChange['type']> = Extract<StoreChange, { readonly type: Type }>;

export class Ledger {
  readonly #pending: Pending;
  readonly #sessions = new Map<string, SessionEntry>();
  #lastNumber = 0;
  /** The session looked up last: changes come several to a session. */
  #lastClientId = '';
  #lastSession: SessionEntry | undefined = undefined;
  readonly #retained = new Map<string, RetainedCell>();

  constructor(pending: Pending) {
    this.#pending = pending;
  }

  /** A session that is on the disk already. */
  restore(clientId: string, number: number): SessionEntry {
    const entry = new SessionEntry(number, true);
    this.#sessions.set(clientId, entry);
    this.#lastNumber = Math.max(this.#lastNumber, number);
    return entry;
  }

  write(change: StoreChange): void {
    switch (change.type) {
      case 'delivery':
        this.#deliver(change);
        break;
      case 'delivery-stage':
        this.#setStage(change);
        break;
      case 'delivered':
        this.#endDelivery(change);
        break;
      case 'received':
        this.#receive(change);
        break;
      case 'released':
        this.#release(change);
        break;
      case 'session':
        this.#keepSession(change);
        break;
      case 'session-ended':
        this.#endSession(change);
        break;
      case 'subscribed':
        this.#subscribe(change.clientId, change.subscription.topicFilter, change.subscription);
        break;
      case 'unsubscribed':
        this.#subscribe(change.clientId, change.topicFilter, undefined);
        break;
      case 'retained':
        this.#retain(change.message.topic.name, change.message);
        break;
      case 'retained-cleared':
        this.#retain(change.topicName, undefined);
        break;
      case 'delayed':
        new DelayedCell(this.#pending.segment, this.#pending.openCommit, change.delayed);
        break;
      case 'delayed-ended':
        new DelayedCell(this.#pending.segment, this.#pending.openCommit, change.messageId);
        break;
    }
  }

  #find(clientId: string): SessionEntry | undefined {
    if (clientId === this.#lastClientId) return this.#lastSession;
    this.#lastClientId = clientId;
    this.#lastSession = this.#sessions.get(clientId);
    return this.#lastSession;
  }

  #where(session: SessionEntry): { segment: Segment; commit: Commit; session: SessionEntry } {
    return { segment: this.#pending.segment, commit: this.#pending.openCommit, session };
  }

  #deliver({ clientId, delivery }: ChangeOf<'delivery'>): void {
    const session = this.#find(clientId);
    if (session === undefined) return;
    const { id } = delivery.message;
    session.deliveries ??= new Map();
    session.deliveries.set(id, new DeliveryCell(this.#where(session), delivery, session.deliveries.get(id)));
  }

  #setStage({ clientId, delivery, stage, packetIdentifier }: ChangeOf<'delivery-stage'>): void {
    const session = this.#find(clientId);
    const { id } = delivery.message;
    let cell = session?.deliveries?.get(id);
    if (session === undefined || cell === undefined || (typeof cell === 'object' && cell.isOver)) return;
    // Only in the segment that takes changes: told in an earlier one, it could be on the disk before the stage of an older
    // message, and that one come after this one when the broker begins again. [MQTT-4.6.0-5]
    if (typeof cell === 'string' || !cell.isPending || cell.segment !== this.#pending.segment) {
      if (typeof cell === 'object' && cell.isPending && delivery.qos === 1) cell.hope();
      cell = this.#continue(session, delivery, cell, delivery.qos === 2 ? this.#pending.openCommit : undefined);
    }
    cell.stage = stage;
    cell.packetIdentifier = packetIdentifier;
    if (delivery.qos === 1) cell.hope();
  }

  #endDelivery({ clientId, messageId }: ChangeOf<'delivered'>): void {
    const session = this.#find(clientId);
    const entry = session?.deliveries?.get(messageId);
    if (session?.deliveries === undefined || entry === undefined) return;
    if (typeof entry === 'object' && entry.isOver) return;
    const submitted = findSubmitted(entry);
    if (submitted === undefined) {
      for (let cell: DeliveryCell | Form | undefined = entry; typeof cell === 'object'; cell = cell.previous)
        cell.undo();
      session.deliveries.delete(messageId);
    } else if (typeof entry === 'object' && entry.isPending) entry.end();
    else this.#continue(session, messageId, entry, undefined).end();
  }

  #continue(
    session: SessionEntry,
    delivery: StoredDelivery | number,
    previous: DeliveryCell | Form,
    commit: Commit | undefined,
  ): DeliveryCell {
    const cell = new DeliveryCell({ segment: this.#pending.segment, commit, session }, delivery, previous);
    session.deliveries?.set(cell.messageId, cell);
    return cell;
  }

  #receive({ clientId, packetIdentifier }: ChangeOf<'received'>): void {
    const session = this.#find(clientId);
    if (session === undefined) return;
    session.received ??= new Map();
    const isKnown = session.received.has(packetIdentifier);
    session.received.set(packetIdentifier, new ReceivedCell(this.#where(session), packetIdentifier, isKnown));
  }

  #release({ clientId, packetIdentifier }: ChangeOf<'released'>): void {
    const session = this.#find(clientId);
    const entry = session?.received?.get(packetIdentifier);
    if (session?.received === undefined || entry === undefined) return;
    if (typeof entry === 'object') {
      if (entry.isOver) return;
      if (entry.isPending && !entry.isKnownOnDisk) {
        entry.undo();
        session.received.delete(packetIdentifier);
        return;
      }
    }
    const cell = new ReceivedCell(this.#where(session), packetIdentifier, true);
    cell.isOver = true;
    session.received.set(packetIdentifier, cell);
  }

  #keepSession({ session: stored }: ChangeOf<'session'>): void {
    let session = this.#find(stored.clientId);
    if (session === undefined) {
      this.#lastNumber++;
      session = new SessionEntry(this.#lastNumber, false);
      this.#sessions.set(stored.clientId, session);
      this.#lastSession = session;
    }
    const cell = new SessionCell(this.#pending.segment, this.#pending.openCommit, session, stored);
    this.#supersede(session.cell, cell);
    session.cell = cell;
  }

  #endSession({ clientId }: ChangeOf<'session-ended'>): void {
    const session = this.#find(clientId);
    if (session === undefined) return;
    this.#sessions.delete(clientId);
    this.#lastSession = undefined;
    session.hasEnded = true;
    if (session.isOnDisk) session.end = new SessionEndCell(this.#pending.segment, this.#pending.openCommit, session);
    const { end } = session;
    for (const cell of mootCells(session)) {
      if (!cell.isPending) continue;
      if (end === undefined) cell.undo();
      else end.supersede(cell); // who waits for it waits until the disk has nothing older
    }
  }

  #subscribe(clientId: string, topicFilter: string, subscription: StoredSubscription | undefined): void {
    const session = this.#find(clientId);
    if (session === undefined) return;
    session.subscriptions ??= new Map();
    const cell = new SubscriptionCell(this.#where(session), topicFilter, subscription);
    this.#supersede(session.subscriptions.get(topicFilter), cell);
    session.subscriptions.set(topicFilter, cell);
  }

  #retain(topicName: string, message: KeptMessage | undefined): void {
    const where = { segment: this.#pending.segment, commit: this.#pending.openCommit, latest: this.#retained };
    const cell = new RetainedCell(where, topicName, message);
    this.#supersede(this.#retained.get(topicName), cell);
    this.#retained.set(topicName, cell);
  }

  /** In another segment the earlier cell stays, and is written first. */
  #supersede(earlier: Cell | undefined, later: Cell): void {
    if (earlier?.segment === this.#pending.segment && !earlier.isVoid) later.supersede(earlier);
  }
}

/** What is on its way to the disk and means nothing when the session ends, with what each delivery was before. */
function* mootCells(session: SessionEntry): Generator<Cell> {
  if (session.cell !== undefined) yield session.cell;
  yield* session.subscriptions?.values() ?? [];
  for (const entry of session.received?.values() ?? []) if (typeof entry === 'object') yield entry;
  for (const entry of session.deliveries?.values() ?? []) {
    for (let cell: DeliveryCell | Form | undefined = entry; typeof cell === 'object'; cell = cell.previous) yield cell;
  }
}

/** The newest state of a delivery that is on the disk or on its way there; undefined: it never was. */
function findSubmitted(entry: DeliveryCell | Form): DeliveryCell | Form | undefined {
  let at: DeliveryCell | Form | undefined = entry;
  while (typeof at === 'object' && at.isPending) at = at.previous;
  return at;
}

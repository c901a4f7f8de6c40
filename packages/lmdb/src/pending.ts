/**
 * Changes on their way to the disk. They lie in segments, oldest first, and what undoes an earlier change that was not
 * submitted yet takes it away: a message that was delivered meanwhile never gets to the disk, and the commit that
 * brought it is done. It must not know when transactions happen.
 */
import type { KeptMessage, StoreChange, StoredDelivery, StoredSubscription } from 'signalbox/broker';
import { DelayedCell, RetainedCell } from './broker-cells.ts';
import { type Cell, Commit, Segment } from './cell.ts';
import { type Encoding, type Form, SharedMessages } from './encoding.ts';
import {
  DeliveryCell,
  ReceivedCell,
  SessionCell,
  SessionEndCell,
  SessionEntry,
  SubscriptionCell,
} from './session-cells.ts';

type ChangeOf<Type extends StoreChange['type']> = Extract<StoreChange, { readonly type: Type }>;

export class Pending {
  readonly shared = new SharedMessages();
  readonly #sessions = new Map<string, SessionEntry>();
  #lastNumber = 0;
  /** The session looked up last: changes come several to a session. */
  #lastClientId = '';
  #lastSession: SessionEntry | undefined = undefined;
  readonly #retained = new Map<string, RetainedCell>();
  /** Where changes go now. */
  #segment = new Segment();
  /** Segments before it that were not submitted, oldest first. */
  #waiting: Segment[] = [];
  #commit = new Commit();
  /** Commits that are not kept, oldest first, from `#first` on. */
  readonly #commits: Commit[] = [];
  #first = 0;

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
        return this.#deliver(change);
      case 'delivery-stage':
        return this.#setStage(change);
      case 'delivered':
        return this.#endDelivery(change);
      case 'received':
        return this.#receive(change);
      case 'released':
        return this.#release(change);
      case 'session':
        return this.#keepSession(change);
      case 'session-ended':
        return this.#endSession(change);
      case 'subscribed':
        return this.#subscribe(change.clientId, change.subscription.topicFilter, change.subscription);
      case 'unsubscribed':
        return this.#subscribe(change.clientId, change.topicFilter, undefined);
      case 'retained':
        return this.#retain(change.message.topic.name, change.message);
      case 'retained-cleared':
        return this.#retain(change.topicName, undefined);
      case 'delayed':
        new DelayedCell(this.#segment, this.#commit, change.delayed);
        return;
      case 'delayed-ended':
        new DelayedCell(this.#segment, this.#commit, change.messageId);
        return;
    }
  }

  /** Ends the commit; true when it is kept, and everything before it. `takeKept` is to be called before. */
  commit(): boolean {
    const commit = this.#commit;
    if (commit.left === 0 && this.#first === this.#commits.length) return true;
    this.#commit = new Commit();
    this.#commits.push(commit);
    return false;
  }

  /** How many more commits are kept since it was called last. */
  takeKept(): number {
    const before = this.#first;
    while (this.#first < this.#commits.length && this.#commits[this.#first]!.left === 0) this.#first++;
    const count = this.#first - before;
    if (this.#first === this.#commits.length) {
      this.#commits.length = 0;
      this.#first = 0;
    } else if (this.#first > 1024 && this.#first * 2 > this.#commits.length) {
      this.#commits.splice(0, this.#first);
      this.#first = 0;
    }
    return count;
  }

  /** Sums of what was not submitted. */
  count(what: 'live' | 'urgent' | 'hopeful'): number {
    let count = this.#segment[what];
    for (const segment of this.#waiting) count += segment[what];
    return count;
  }

  /** How many segments wait before the one that takes changes. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The segment that takes changes is done; another one begins. */
  rotate(): void {
    if (this.#segment.cells.length === 0) return;
    this.#waiting.push(this.#segment);
    this.#segment = new Segment();
  }

  /** The oldest segments, for a transaction; empty when there is nothing to write in them. */
  take(count: number): Segment[] {
    const taken = this.#waiting.splice(0, count);
    if (taken.some((segment) => segment.live > 0)) {
      for (const segment of taken) segment.isSubmitted = true;
      return taken;
    }
    this.onKept(taken);
    return [];
  }

  encode(segments: readonly Segment[], into: Encoding): void {
    forEachCell(segments, (cell) => {
      if (cell instanceof DeliveryCell && cell.previous === undefined && !cell.isOver) into.announce(cell.messageId);
    });
    forEachCell(segments, (cell) => cell.encode(into));
    into.finish();
  }

  onKept(segments: readonly Segment[]): void {
    for (const { cells } of segments) {
      for (const cell of cells) if (!cell.isVoid) cell.onKept();
    }
  }

  /** They wait again, ahead of all others. */
  onFailed(segments: readonly Segment[]): void {
    forEachCell(segments, (cell) => cell.onFailed());
    for (const segment of segments) segment.isSubmitted = false;
    this.#waiting.unshift(...segments);
  }

  #find(clientId: string): SessionEntry | undefined {
    if (clientId === this.#lastClientId) return this.#lastSession;
    this.#lastClientId = clientId;
    this.#lastSession = this.#sessions.get(clientId);
    return this.#lastSession;
  }

  #where(session: SessionEntry): { segment: Segment; commit: Commit; session: SessionEntry } {
    return { segment: this.#segment, commit: this.#commit, session };
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
    if (typeof cell === 'string' || !cell.isPending) {
      cell = this.#continue(session, delivery, cell, delivery.qos === 2 ? this.#commit : undefined);
    }
    cell.stage = stage;
    cell.packetIdentifier = packetIdentifier;
    if (delivery.qos === 1) cell.hope();
  }

  #endDelivery({ clientId, messageId }: ChangeOf<'delivered'>): void {
    const session = this.#find(clientId);
    const entry = session?.deliveries?.get(messageId);
    if (session?.deliveries === undefined || entry === undefined) return;
    if (typeof entry === 'string' || (!entry.isPending && !entry.isOver)) {
      this.#continue(session, messageId, entry, undefined).end();
    } else if (entry.isOver) return;
    else if (entry.previous !== undefined) entry.end();
    else {
      entry.undo();
      session.deliveries.delete(messageId);
    }
  }

  #continue(
    session: SessionEntry,
    delivery: StoredDelivery | number,
    previous: DeliveryCell | Form,
    commit: Commit | undefined,
  ): DeliveryCell {
    const cell = new DeliveryCell({ segment: this.#segment, commit, session }, delivery, previous);
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
    const cell = new SessionCell(this.#segment, this.#commit, session, stored);
    this.#supersede(session.cell, cell);
    session.cell = cell;
  }

  #endSession({ clientId }: ChangeOf<'session-ended'>): void {
    const session = this.#find(clientId);
    if (session === undefined) return;
    this.#sessions.delete(clientId);
    this.#lastSession = undefined;
    session.hasEnded = true;
    undoPending(session.cell);
    for (const cell of session.deliveries?.values() ?? []) if (typeof cell === 'object') undoPending(cell);
    for (const cell of session.received?.values() ?? []) if (typeof cell === 'object') undoPending(cell);
    for (const cell of session.subscriptions?.values() ?? []) undoPending(cell);
    if (session.isOnDisk) new SessionEndCell(this.#segment, this.#commit, session);
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
    const where = { segment: this.#segment, commit: this.#commit, latest: this.#retained };
    const cell = new RetainedCell(where, topicName, message);
    this.#supersede(this.#retained.get(topicName), cell);
    this.#retained.set(topicName, cell);
  }

  /** In another segment the earlier cell stays, and is written first. */
  #supersede(earlier: Cell | undefined, later: Cell): void {
    if (earlier?.segment === this.#segment && !earlier.isVoid) later.supersede(earlier);
  }
}

function undoPending(cell: Cell | undefined): void {
  if (cell?.isPending === true) cell.undo();
}

function forEachCell(segments: readonly Segment[], visit: (cell: Cell) => void): void {
  for (const { cells } of segments) for (const cell of cells) if (!cell.isVoid) visit(cell);
}

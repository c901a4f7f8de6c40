/**
 * What of one session is on the disk and what is on its way there: a number in place of its client identifier, and for
 * each delivery and each received identifier either the cell that has the last word, or how it lies on the disk.
 */
import type { DeliveryStage, StoredDelivery, StoredSession, StoredSubscription } from 'signalbox/broker';
import { Cell, type Commit, type Segment } from './cell.ts';
import type { Encoding, Form } from './encoding.ts';
import { namedKey, numberKey, pairKey } from './keys.ts';
import { deliveryRow, sessionRow, subscriptionRow } from './session-row.ts';

export class SessionEntry {
  /** Never given twice, so that what is left of an ended session cannot be taken for another's. */
  readonly number: number;
  /** Something of it has been submitted, so that there is something to remove. */
  isOnDisk: boolean;
  hasEnded = false;
  /** The cell that removes it from the disk; undefined as long as it stands, or when it never was there. */
  end: SessionEndCell | undefined = undefined;
  /** The last one, until it is kept. */
  cell: SessionCell | undefined = undefined;
  deliveries: Map<number, DeliveryCell | Form> | undefined = undefined;
  received: Map<number, ReceivedCell | 'kept'> | undefined = undefined;
  /** By Topic Filter, until they are kept. */
  subscriptions: Map<string, SubscriptionCell> | undefined = undefined;

  constructor(number: number, isOnDisk: boolean) {
    this.number = number;
    this.isOnDisk = isOnDisk;
  }

  /**
   * Nothing of it need be written: it never was on the disk, or goes from there in this transaction. Until that one, what
   * was told before the end is written as ever: somebody is told that it is kept.
   */
  get isMoot(): boolean {
    return this.hasEnded && (this.end === undefined || this.end.segment.isSubmitted);
  }
}

abstract class OfSession extends Cell {
  readonly session: SessionEntry;

  constructor(segment: Segment, commit: Commit | undefined, session: SessionEntry) {
    super(segment, commit);
    this.session = session;
  }

  encode(into: Encoding): void {
    if (this.session.isMoot) return;
    this.session.isOnDisk = true;
    this.encodeRow(into);
  }

  protected abstract encodeRow(into: Encoding): void;
}

export class SessionCell extends OfSession {
  readonly #stored: StoredSession;

  constructor(segment: Segment, commit: Commit, session: SessionEntry, stored: StoredSession) {
    super(segment, commit, session);
    this.#stored = stored;
  }

  protected encodeRow({ transaction }: Encoding): void {
    transaction.put('sessions', numberKey(this.session.number), sessionRow(this.#stored));
  }

  override onKept(): void {
    super.onKept();
    if (this.session.cell === this) this.session.cell = undefined;
  }
}

export class SubscriptionCell extends OfSession {
  readonly #topicFilter: string;
  /** Undefined: unsubscribed. */
  readonly #subscription: StoredSubscription | undefined;

  constructor(
    where: { readonly segment: Segment; readonly commit: Commit; readonly session: SessionEntry },
    topicFilter: string,
    subscription: StoredSubscription | undefined,
  ) {
    super(where.segment, where.commit, where.session);
    this.#topicFilter = topicFilter;
    this.#subscription = subscription;
  }

  protected encodeRow({ transaction }: Encoding): void {
    const key = namedKey(this.session.number, this.#topicFilter);
    if (this.#subscription === undefined) transaction.remove('subscriptions', key);
    else transaction.put('subscriptions', key, subscriptionRow(this.#subscription));
  }

  override onKept(): void {
    super.onKept();
    const { subscriptions } = this.session;
    if (subscriptions?.get(this.#topicFilter) === this) subscriptions.delete(this.#topicFilter);
  }
}

/** A delivery that is new, or whose stage has changed, or that is over. */
export class DeliveryCell extends OfSession {
  readonly messageId: number;
  /** Undefined only when it is over. */
  readonly delivery: StoredDelivery | undefined;
  stage: DeliveryStage = 'queued';
  packetIdentifier = 0;
  isOver = false;
  /** What was true before: undefined when it is new. */
  readonly previous: DeliveryCell | Form | undefined;
  /** Where its message is, as soon as it is encoded. */
  form: Form | undefined = undefined;
  /** It is in the transaction that is under way, or was in one that is kept. */
  isWritten = false;

  constructor(
    where: { readonly segment: Segment; readonly commit: Commit | undefined; readonly session: SessionEntry },
    delivery: StoredDelivery | number,
    previous: DeliveryCell | Form | undefined,
  ) {
    super(where.segment, where.commit, where.session);
    this.messageId = typeof delivery === 'number' ? delivery : delivery.message.id;
    this.delivery = typeof delivery === 'number' ? undefined : delivery;
    this.previous = previous;
  }

  /** It is to be removed from the disk. Nobody begins to wait for that: at worst the message is delivered twice. */
  end(): void {
    this.isOver = true;
    if (this.commit === undefined) this.release();
  }

  protected encodeRow(into: Encoding): void {
    const { messageId, delivery } = this;
    this.isWritten = true;
    const before = formOf(this.previous);
    const key = pairKey(this.session.number, messageId);
    if (this.isOver || delivery === undefined) {
      into.transaction.remove('deliveries', key);
      if (before === 'shared') into.unrefer(messageId);
      return;
    }
    this.form = before ?? into.formOf(delivery.message);
    if (before === undefined && this.form === 'shared') into.refer(delivery.message);
    into.transaction.put('deliveries', key, deliveryRow(delivery, this, this.form));
  }

  override onKept(): void {
    super.onKept();
    const { deliveries } = this.session;
    if (deliveries?.get(this.messageId) !== this) return;
    const form = formOf(this);
    if (form === undefined) deliveries.delete(this.messageId);
    else deliveries.set(this.messageId, form);
  }

  override onFailed(): void {
    this.form = undefined;
    this.isWritten = false;
  }
}

/** How a delivery lies on the disk; undefined when it does not. */
export function formOf(entry: DeliveryCell | Form | undefined): Form | undefined {
  let at = entry;
  while (typeof at === 'object') {
    if (at.isWritten) return at.isOver ? undefined : at.form;
    at = at.previous;
  }
  return at;
}

/** An identifier of a QoS 2 message that was received, or is released. */
export class ReceivedCell extends OfSession {
  readonly packetIdentifier: number;
  isOver = false;
  readonly isKnownOnDisk: boolean;

  constructor(
    where: { readonly segment: Segment; readonly commit: Commit; readonly session: SessionEntry },
    packetIdentifier: number,
    isKnownOnDisk: boolean,
  ) {
    super(where.segment, where.commit, where.session);
    this.packetIdentifier = packetIdentifier;
    this.isKnownOnDisk = isKnownOnDisk;
  }

  protected encodeRow({ transaction }: Encoding): void {
    const key = pairKey(this.session.number, this.packetIdentifier);
    if (this.isOver) transaction.remove('received', key);
    else transaction.put('received', key, RECEIVED);
  }

  override onKept(): void {
    super.onKept();
    const { received } = this.session;
    if (received?.get(this.packetIdentifier) !== this) return;
    if (this.isOver) received.delete(this.packetIdentifier);
    else received.set(this.packetIdentifier, 'kept');
  }
}

const RECEIVED = Buffer.from([1]);

/** The end of a session that has been on the disk. */
export class SessionEndCell extends Cell {
  readonly #session: SessionEntry;

  constructor(segment: Segment, commit: Commit, session: SessionEntry) {
    super(segment, commit);
    this.#session = session;
  }

  encode(into: Encoding): void {
    const { number, deliveries, received } = this.#session;
    const { transaction, backend } = into;
    const prefix = numberKey(number);
    transaction.remove('sessions', prefix);
    for (const { key } of backend.rows('subscriptions', prefix)) transaction.remove('subscriptions', Buffer.from(key));
    for (const [messageId, entry] of deliveries ?? []) {
      const form = formOf(entry);
      if (form === undefined) continue;
      transaction.remove('deliveries', pairKey(number, messageId));
      if (form === 'shared') into.unrefer(messageId);
    }
    for (const packetIdentifier of received?.keys() ?? []) {
      transaction.remove('received', pairKey(number, packetIdentifier));
    }
  }
}

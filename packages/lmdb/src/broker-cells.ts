/** What belongs to no session: retained messages, by topic, and messages to be published later, by number. */
import type { KeptMessage, StoredDelayed } from 'signalbox/broker';
import { authorBytes, readAuthor } from './author-row.ts';
import { Cell, type Commit, type Segment } from './cell.ts';
import type { Encoding } from './encoding.ts';
import { nameKey, numberKey } from './keys.ts';
import { messageRow, messageSize, readMessage, writeMessage } from './message-row.ts';
import type { RowReader } from './row-reader.ts';

export class RetainedCell extends Cell {
  readonly #topicName: string;
  /** Undefined: cleared. */
  readonly #message: KeptMessage | undefined;
  readonly #latest: Map<string, RetainedCell>;

  constructor(
    where: { readonly segment: Segment; readonly commit: Commit; readonly latest: Map<string, RetainedCell> },
    topicName: string,
    message: KeptMessage | undefined,
  ) {
    super(where.segment, where.commit);
    this.#topicName = topicName;
    this.#message = message;
    this.#latest = where.latest;
  }

  encode({ transaction }: Encoding): void {
    const key = nameKey(this.#topicName);
    if (this.#message === undefined) transaction.remove('retained', key);
    else transaction.put('retained', key, messageRow(this.#message));
  }

  override onKept(): void {
    super.onKept();
    if (this.#latest.get(this.#topicName) === this) this.#latest.delete(this.#topicName);
  }
}

export class DelayedCell extends Cell {
  readonly #messageId: number;
  /** Undefined: it was published, or is no longer wanted. */
  readonly #delayed: StoredDelayed | undefined;

  constructor(segment: Segment, commit: Commit, delayed: StoredDelayed | number) {
    super(segment, commit);
    this.#messageId = typeof delayed === 'number' ? delayed : delayed.message.id;
    this.#delayed = typeof delayed === 'number' ? undefined : delayed;
  }

  encode({ transaction }: Encoding): void {
    const key = numberKey(this.#messageId);
    if (this.#delayed === undefined) transaction.remove('delayed', key);
    else transaction.put('delayed', key, delayedRow(this.#delayed));
  }
}

/** Its time, negative where an author follows, and the message. */
function delayedRow({ message, dueAt, author }: StoredDelayed): Buffer {
  const written = author === undefined ? undefined : authorBytes(author);
  const row = Buffer.allocUnsafe(8 + (written?.length ?? 0) + messageSize(message));
  let at = row.writeDoubleBE(written === undefined ? dueAt : -dueAt, 0);
  if (written !== undefined) at += written.copy(row, at);
  writeMessage(row, at, message);
  return row;
}

export function readDelayed(row: RowReader): StoredDelayed {
  const time = row.f64();
  const author = time < 0 ? { author: readAuthor(row) } : {};
  return { dueAt: Math.abs(time), message: readMessage(row), ...author };
}

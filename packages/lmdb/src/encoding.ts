/**
 * One transaction in the making, and what it will have done to messages that several deliveries share: such a message
 * has a row of its own, from its first delivery to its last.
 */
import type { KeptMessage } from 'signalbox/broker';
import { numberKey } from './keys.ts';
import { messageRow, messageSize } from './message-row.ts';
import { type Backend, Transaction } from './table.ts';

/** A larger message is not written a second time when the stage of its delivery changes. */
const LARGEST_INLINE = 512;

/** Where the message of a delivery is: in its row, or in a row of its own. */
export type Form = 'inline' | 'shared';

export class SharedMessages {
  /** Message id → how many deliveries on disk refer to its row. */
  readonly references = new Map<number, number>();
}

export class Encoding {
  readonly transaction = new Transaction();
  readonly backend: Backend;
  readonly #shared: SharedMessages;
  /** Message id → new deliveries in this transaction. */
  readonly #arrivals = new Map<number, number>();
  readonly #changes = new Map<number, { by: number; readonly message: KeptMessage | undefined }>();

  constructor(backend: Backend, shared: SharedMessages) {
    this.backend = backend;
    this.#shared = shared;
  }

  /** To be called for every new delivery before the first one is encoded. */
  announce(messageId: number): void {
    this.#arrivals.set(messageId, (this.#arrivals.get(messageId) ?? 0) + 1);
  }

  formOf(message: KeptMessage): Form {
    if ((this.#arrivals.get(message.id) ?? 0) > 1 || this.#shared.references.has(message.id)) return 'shared';
    return messageSize(message) > LARGEST_INLINE ? 'shared' : 'inline';
  }

  refer(message: KeptMessage): void {
    this.#change(message.id, 1, message);
  }

  unrefer(messageId: number): void {
    this.#change(messageId, -1, undefined);
  }

  /** To be called when everything is encoded. */
  finish(): void {
    for (const [id, { by, message }] of this.#changes) {
      const before = this.#shared.references.get(id) ?? 0;
      if (before === 0 && by > 0) this.transaction.put('messages', numberKey(id), messageRow(message!));
      else if (before > 0 && before + by <= 0) this.transaction.remove('messages', numberKey(id));
    }
  }

  /** The transaction is kept. */
  onKept(): void {
    const { references } = this.#shared;
    for (const [id, { by }] of this.#changes) {
      const count = (references.get(id) ?? 0) + by;
      if (count > 0) references.set(id, count);
      else references.delete(id);
    }
  }

  #change(id: number, by: number, message: KeptMessage | undefined): void {
    const change = this.#changes.get(id);
    this.#changes.set(id, { by: (change?.by ?? 0) + by, message: change?.message ?? message });
  }
}

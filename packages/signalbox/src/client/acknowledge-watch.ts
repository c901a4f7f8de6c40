// Looks for a message the server never acknowledges, though the connection lives: by the standard it may only be sent again
// on another connection, so that one is made. §4.4

import type { Session } from '../mqtt/session.ts';
import { ClientError } from './client-errors.ts';
import type { ClientClock } from './clock.ts';
import type { Publication } from './publishing/publication.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

export class AcknowledgeWatch {
  readonly #clock: ClientClock;
  readonly #timeoutMs: number;
  readonly #onOverdue: (error: ClientError) => void;
  #stop: (() => void) | undefined;

  constructor(clock: ClientClock, timeoutMs: number | undefined, onOverdue: (error: ClientError) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#onOverdue = onOverdue;
  }

  /** The connection begins now: what was sent before has been sent again, or will be. Found half the time late at most. */
  start(session: Session<Publication>, began = this.#clock.now()): void {
    this.stop();
    this.#stop = this.#clock.after(this.#timeoutMs / 2, () => {
      const [first] = session.outgoing.slots();
      const oldest = first === undefined ? undefined : session.outgoing.valueAt(first);
      if (oldest === undefined || this.#clock.now() - Math.max(began, oldest.sentAt) < this.#timeoutMs)
        this.start(session, began);
      else this.#onOverdue(new ClientError('ACKNOWLEDGE_TIMEOUT', `a message had no answer for ${this.#timeoutMs} ms`));
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

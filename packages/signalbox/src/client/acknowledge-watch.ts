// Looks for what the server never answers, though the connection lives: by the standard it may only be sent again on another
// connection, so that one is made. §4.4

import { ClientError } from './client-errors.ts';
import type { ClientClock } from './clock.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { NetworkConnection } from './network-connection.ts';
import type { Subscriptions } from './receiving/subscriptions.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

export interface AcknowledgeWatchHost {
  readonly clock: ClientClock;
  readonly options: { readonly acknowledgeTimeoutMs?: number | undefined };
  readonly network: NetworkConnection;
  readonly subscriptions: Pick<Subscriptions, 'unansweredSince'>;
}

export class AcknowledgeWatch {
  readonly #host: AcknowledgeWatchHost;
  readonly #timeoutMs: number;
  readonly #timer: DeadlineTimer;
  #began = 0;

  constructor(host: AcknowledgeWatchHost) {
    this.#host = host;
    this.#timeoutMs = host.options.acknowledgeTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#timer = new DeadlineTimer(host.clock, () => this.#look());
  }

  /** The connection begins now: what was sent before has been sent again, or will be. */
  start(): void {
    this.stop();
    this.#began = this.#host.clock.now();
    this.#setTimer();
  }

  stop(): void {
    this.#timer.stop();
  }

  /** Found half the time late at most. */
  #setTimer(): void {
    this.#timer.set(this.#host.clock.now() + this.#timeoutMs / 2);
  }

  #look(): void {
    const { clock, network } = this.#host;
    if (clock.now() - Math.max(this.#began, this.#unansweredSince) < this.#timeoutMs) this.#setTimer();
    else network.destroy(new ClientError('ACKNOWLEDGE_TIMEOUT', `no answer within ${this.#timeoutMs} ms`));
  }

  /** When the oldest of what waits for an answer was sent; Infinity: nothing does. */
  get #unansweredSince(): number {
    const { network, subscriptions } = this.#host;
    const { outgoing } = network.core.session;
    const [first] = outgoing.count === 0 ? [] : outgoing.slots();
    const oldest = first === undefined ? undefined : outgoing.valueAt(first);
    return Math.min(oldest?.sentAt ?? Infinity, subscriptions.unansweredSince);
  }
}

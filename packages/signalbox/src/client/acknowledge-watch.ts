// Looks for what the server never answers, though the connection lives: by the standard it may only be sent again on another
// connection, so that one is made. §4.4

import { ClientError } from './client-errors.ts';
import type { ClientClock } from './clock.ts';
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
  #stop: (() => void) | undefined;

  constructor(host: AcknowledgeWatchHost) {
    this.#host = host;
    this.#timeoutMs = host.options.acknowledgeTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** The connection begins now: what was sent before has been sent again, or will be. Found half the time late at most. */
  start(began = this.#host.clock.now()): void {
    this.stop();
    const { clock } = this.#host;
    this.#stop = clock.after(this.#timeoutMs / 2, () => {
      if (clock.now() - Math.max(began, this.#unansweredSince) < this.#timeoutMs) this.start(began);
      else this.#host.network.destroy(new ClientError('ACKNOWLEDGE_TIMEOUT', `no answer within ${this.#timeoutMs} ms`));
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
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

// A client's connection that connects, subscribes and receives, and learns to publish and to authenticate when its owner asks
// for it: a page that does neither does not load them. Not for owners outside: they have ClientConnection. §3, §4

import type { ClientConnectionOptions } from './client-connection.ts';
import type { ConnectionCore } from './connection-core.ts';
import { type HalfPart, withPart } from './connection-half.ts';
import { ConnectionSurface } from './connection-surface.ts';
import { LISTENING_HALF } from './listening-half.ts';
import { ListeningSession } from './listening-session.ts';
import type { PublishInput } from './packets/publish.ts';

/** With a session that publishes nothing yet, too. */
export type ListeningConnectionOptions<S> = Omit<ClientConnectionOptions<S>, 'session'> & {
  readonly session?: ListeningSession<S> | undefined;
};

/** `S` is what is kept for each outgoing PUBLISH of QoS 1 or 2 until it is settled. */
export class ListeningConnection<S = PublishInput> extends ConnectionSurface<S> {
  /** For who brings a part, and its functions. */
  declare readonly core: ConnectionCore<S>;

  /** Throws UsageError when session and options do not fit together. */
  constructor(options: ListeningConnectionOptions<S> = {}) {
    const halves = { sender: LISTENING_HALF, receiver: LISTENING_HALF };
    super(options as ClientConnectionOptions<S>, halves, (size) => new ListeningSession<S>(size));
  }

  /** From now on it can do this, too; possible at any time. */
  extend(part: HalfPart): void {
    const { core } = this;
    const half = withPart(core.sending, part);
    core.halves = { sender: half, receiver: half };
    core.sending = half;
    core.receiving = half;
  }
}

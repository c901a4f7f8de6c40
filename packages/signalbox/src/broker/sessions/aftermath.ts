/**
 * What follows when a connection or a session ends: the will goes out (§3.1.2.5), and messages of shared groups go to other
 * members. One may cut off a slow receiver, whose own end then follows here, not within. It must not know when either ends.
 */
import type { QoS } from '../../mqtt/wire-format.ts';
import { expiryTime } from '../../routing/message.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { Exchange } from '../exchange.ts';
import type { StoredWill } from '../store/store.ts';
import type { ClientSession } from './client-session.ts';
import type { SharedWork } from './shared-work.ts';

/** Not sent, or not acknowledged. */
export interface LeftBehind {
  readonly message: KeptMessage;
  readonly qos: QoS;
}

export class Aftermath {
  readonly #exchange: Exchange;
  readonly #steps: (() => void)[] = [];

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  publishWill({ message, author, messageExpiryInterval }: StoredWill): void {
    const exchange = this.#exchange;
    const dueAt = exchange.now();
    const due = { message: { ...message, expiresAt: expiryTime(messageExpiryInterval, dueAt) }, dueAt };
    exchange.delayed.submit(author === undefined ? due : { ...due, author }, () => {
      this.#inTurn(() => {
        const expiresAt = expiryTime(messageExpiryInterval, exchange.now());
        exchange.publishing.publishKept({ ...message, expiresAt, id: exchange.numbers.next() }, author);
      });
    });
  }

  /** `work`: of the session, which has ended, where it was in a group. */
  leaveBehind(session: ClientSession, left: readonly LeftBehind[], work: SharedWork | undefined): void {
    if (work === undefined) for (const { message, qos } of left) session.onDropped(message, qos, 'session-ended');
    else if (left.length > 0) {
      this.#inTurn(() => {
        for (const { message, qos } of left) {
          if (!work.passOn(message, qos)) session.onDropped(message, qos, 'session-ended');
        }
      });
    }
  }

  #inTurn(step: () => void): void {
    this.#steps.push(step);
    if (this.#steps.length > 1) return;
    try {
      for (const each of this.#steps) each(); // more may come meanwhile
    } finally {
      this.#steps.length = 0;
    }
  }
}

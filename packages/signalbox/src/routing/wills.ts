// Will Messages waiting for their delay after the connection was lost (MQTT 5.0 §3.1.3.2.2).

import type { Message } from './message.ts';

const LATER = 'being written';

export interface WillDelay {
  /** Seconds, as on the wire. */
  readonly willDelayInterval: number;
  /** Seconds; 0xFFFFFFFF: the session does not expire. The will goes out when the session ends at the latest. */
  readonly sessionExpiryInterval: number;
  /** Milliseconds: when the connection closed. */
  readonly now: number;
}

export class Wills<W = Message> {
  get size(): number {
    throw new Error(LATER);
  }

  /** Due at once when the shorter interval is 0. Replaces what was scheduled for the client. */
  schedule(_clientId: string, _will: W, _delay: WillDelay): void {
    throw new Error(LATER);
  }

  /** The session was resumed in time: the will is not sent. Also the way to take a will whose session just ended, to publish it now. */
  cancel(_clientId: string): W | undefined {
    throw new Error(LATER);
  }

  /** Returns and forgets the wills to publish now, in the order in which they fell due. */
  takeDue(_now: number): W[] {
    throw new Error(LATER);
  }

  get deadline(): number {
    throw new Error(LATER);
  }
}

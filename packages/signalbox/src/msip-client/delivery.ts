// One message on its way to everybody who wants it: when all of them are done with it, and none has failed, it is
// acknowledged. §8

import type { Arrival } from './arrival.ts';
import type { MsipMessage } from './message.ts';

/** What one of them has to say. */
export interface Delivery {
  readonly message: MsipMessage;
  /** Done with it. Further calls have no effect. */
  finish(): void;
  /** Not done, and not to be tried again: the server has it still. */
  abandon(): void;
}

/** A delivery for each of `count` receivers. The arrival is closed once, when all are finished or abandoned. */
export function deliveriesOf(arrival: Arrival, count: number): readonly Delivery[] {
  const { message } = arrival;
  let open = count;
  let isAbandoned = false;
  return Array.from({ length: count }, () => {
    let isOpen = true;
    const close = (isFinished: boolean): void => {
      if (!isOpen) return;
      isOpen = false;
      isAbandoned ||= !isFinished;
      if (--open === 0) arrival.close(isAbandoned ? 'abandoned' : 'finished');
    };
    return { message, finish: () => close(true), abandon: () => close(false) };
  });
}

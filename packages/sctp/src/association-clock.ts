// AssociationClock: real time for associations. What a turn of the event loop has brought is answered once, after it: one
// SACK for many packets, one packet for many messages. One timer for each association, moved only when it is too late.

import type { Association } from './sctp/association.ts';

/** The longest a timer of Node can wait. */
const LONGEST_DELAY = 0x7fff_ffff;

interface Alarm {
  readonly at: number;
  readonly timer: NodeJS.Timeout;
}

export class AssociationClock {
  readonly #touched = new Set<Association>();
  readonly #alarms = new Map<Association, Alarm>();
  #isScheduled = false;

  /** Milliseconds that never go back. */
  now(): number {
    return performance.now();
  }

  /** Something was done to it: its tick() follows in this turn. */
  touch(association: Association): void {
    this.#touched.add(association);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    const now = this.now();
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const association of touched) {
      association.tick(now);
      this.#arm(association, now);
    }
  };

  #arm(association: Association, now: number): void {
    const { deadline } = association;
    const alarm = this.#alarms.get(association);
    if (deadline <= now) this.touch(association);
    else if (alarm !== undefined && alarm.at <= deadline && deadline !== Number.POSITIVE_INFINITY) return;
    if (alarm !== undefined) clearTimeout(alarm.timer);
    this.#alarms.delete(association);
    if (deadline <= now || deadline === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(LONGEST_DELAY, Math.ceil(deadline - now));
    // The socket keeps a process alive, not the wait for the next heartbeat.
    const timer = setTimeout(this.#ring, delay, association).unref();
    this.#alarms.set(association, { at: deadline, timer });
  }

  readonly #ring = (association: Association): void => {
    this.#alarms.delete(association);
    const now = this.now();
    association.tick(now);
    this.#arm(association, now);
  };
}

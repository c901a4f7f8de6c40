// What all queues together may hold, with what is on its way from them and kept. QoS 0 has to stop before the rest, so that there is room left for what was promised.

/** QoS 0 is queued as long as this part is not used up. */
const QOS_0_SHARE = 0.9;

export class QueueBudget {
  /** In message.size; queues share messages, and each counts its own. */
  readonly limit: number;
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether another message fits, without anything being given up for it. */
  allows(size: number, qos: number): boolean {
    return this.used + size <= (qos === 0 ? this.limit * QOS_0_SHARE : this.limit);
  }
}

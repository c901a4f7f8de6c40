/**
 * What the broker says about itself on `$SYS/broker/…`, as retained messages with the names Mosquitto made common. It must
 * not count: the counters are in statistics.
 */
import { createMessage } from './created-message.ts';
import type { Exchange } from './exchange.ts';

const VERSION = 'signalbox';

export class SystemTopics {
  readonly #exchange: Exchange;
  readonly #intervalMs: number;
  #nextAt = 0;

  constructor(exchange: Exchange, intervalMs: number) {
    this.#exchange = exchange;
    this.#intervalMs = intervalMs;
  }

  tick(now: number): void {
    if (now >= this.#nextAt) this.publish();
  }

  publish(): void {
    if (this.#intervalMs === 0) {
      this.#nextAt = Number.POSITIVE_INFINITY;
      return;
    }
    const exchange = this.#exchange;
    this.#nextAt = exchange.now() + this.#intervalMs;
    for (const [name, value] of this.#values()) {
      const topicName = `$SYS/broker/${name}`;
      const message = createMessage(exchange, { type: 'publish', topicName, payload: String(value), retain: true }, '');
      exchange.publishing.publishKept(message);
    }
  }

  #values(): [string, string | number][] {
    const { statistics, sessions, subscriptions, retained } = this.#exchange;
    return [
      ['version', VERSION],
      ['uptime', Math.floor((this.#exchange.now() - statistics.startedAt) / 1000)],
      ['clients/connected', statistics.connected],
      ['clients/maximum', statistics.connectedMaximum],
      ['clients/total', sessions.size],
      ['clients/disconnected', Math.max(0, sessions.size - statistics.connected)],
      ['subscriptions/count', subscriptions.size],
      ['retained messages/count', retained.count],
      ['publish/messages/received', statistics.publishReceived],
      ['publish/messages/sent', statistics.publishSent],
      ['publish/messages/dropped', statistics.droppedTotal],
      ['bytes/received', statistics.bytesReceived],
      ['bytes/sent', statistics.bytesSent],
      ['store/durability', this.#exchange.durability],
    ];
  }
}

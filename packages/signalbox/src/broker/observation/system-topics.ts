/**
 * What the broker says about itself on `$SYS/broker/…`, as retained messages with the names Mosquitto made common, and a
 * few of our own. It must not count: the counters are in statistics.
 */
import { createMessage } from '../delivery/created-message.ts';
import type { Exchange } from '../exchange.ts';
import { VERSION } from '../version.ts';
import { LoadAverages } from './load-averages.ts';
import type { Statistics } from './statistics.ts';

/** What `load/…` averages. */
const LOADS = {
  connections: (statistics: Statistics) => statistics.connectionsAccepted - statistics.connectionsRefused,
  sockets: (statistics: Statistics) => statistics.connectionsAccepted,
  'bytes/received': (statistics: Statistics) => statistics.bytesReceived,
  'bytes/sent': (statistics: Statistics) => statistics.bytesSent,
  'messages/received': (statistics: Statistics) => statistics.messagesReceived,
  'messages/sent': (statistics: Statistics) => statistics.messagesSent,
  'publish/received': (statistics: Statistics) => statistics.publishReceived,
  'publish/sent': (statistics: Statistics) => statistics.publishSent,
  'publish/dropped': (statistics: Statistics) => statistics.droppedTotal,
} as const;

type Load = keyof typeof LOADS;

export class SystemTopics {
  readonly #exchange: Exchange;
  readonly #intervalMs: number;
  readonly #loads: LoadAverages<Load>;
  #nextAt = 0;
  #heapMaximum = 0;

  constructor(exchange: Exchange, intervalMs: number) {
    this.#exchange = exchange;
    this.#intervalMs = intervalMs;
    this.#loads = new LoadAverages(Object.keys(LOADS) as Load[], exchange.now());
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
    const now = exchange.now();
    this.#nextAt = now + this.#intervalMs;
    this.#loads.update(now, (name) => LOADS[name](exchange.statistics));
    for (const [name, value] of this.#values()) this.#publishValue(name, String(value));
    for (const [name, value] of this.#loads.entries()) this.#publishValue(`load/${name}`, value.toFixed(2));
    for (const [reason, count] of Object.entries(exchange.statistics.dropped)) {
      this.#publishValue(`dropped/${reason}`, String(count));
    }
  }

  #publishValue(name: string, payload: string): void {
    const topicName = `$SYS/broker/${name}`;
    const message = createMessage(this.#exchange, { type: 'publish', topicName, payload, retain: true }, '');
    this.#exchange.publishing.publishKept(message);
  }

  #values(): [string, string | number][] {
    const { statistics, sessions, subscriptions, retained, census } = this.#exchange;
    const heap = process.memoryUsage().heapUsed;
    this.#heapMaximum = Math.max(this.#heapMaximum, heap);
    const held = retained.count + census.result.queuedMessages;
    return [
      ['version', `signalbox version ${VERSION}`],
      ['uptime', Math.floor((this.#exchange.now() - statistics.startedAt) / 1000)],
      ['clients/connected', statistics.connected],
      ['clients/maximum', statistics.connectedMaximum],
      ['clients/total', sessions.size],
      ['clients/disconnected', Math.max(0, sessions.size - statistics.connected)],
      ['clients/expired', statistics.sessionsExpired],
      ['subscriptions/count', subscriptions.size],
      ['shared_subscriptions/count', subscriptions.sharedSize],
      ['retained messages/count', retained.count],
      ['messages/received', statistics.messagesReceived],
      ['messages/sent', statistics.messagesSent],
      ['messages/stored', held],
      ['store/messages/count', held],
      ['store/messages/bytes', retained.bytes + census.result.queuedBytes],
      ['publish/messages/received', statistics.publishReceived],
      ['publish/messages/sent', statistics.publishSent],
      ['publish/messages/dropped', statistics.droppedTotal],
      ['publish/bytes/received', statistics.publishBytesReceived],
      ['publish/bytes/sent', statistics.publishBytesSent],
      ['bytes/received', statistics.bytesReceived],
      ['bytes/sent', statistics.bytesSent],
      ['store/durability', this.#exchange.durability],
      ['heap/current', heap],
      ['heap/maximum', this.#heapMaximum],
      ['event loop/delay', statistics.takeWorstDelay()],
    ];
  }
}

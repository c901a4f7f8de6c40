// A client of random operations on a network of random faults, for property tests: what it was promised, what the server
// got, and what was delivered.

import type { Client } from '../../../src/client/client.ts';
import type { ClientOptions } from '../../../src/client/client-options.ts';
import type { Subscription } from '../../../src/client/receiving/subscription.ts';
import { backOff, type ReconnectPolicy } from '../../../src/client/reconnect.ts';
import type { PacketType } from '../../../src/mqtt/packets/packet.ts';
import { Outcome } from './outcome.ts';
import { Stage } from './stage.ts';

/** What happens next; the number chooses among the possible details. */
export const STEPS = [
  'publish',
  'publishPatiently',
  'publishMany',
  'subscribe',
  'iterate',
  'unsubscribe',
  'update',
  'request',
  'receive',
  'flush',
  'stream',
  'ready',
  'followEvents',
  'cut',
  'cutAfterBytes',
  'halfOpen',
  'fill',
  'drainLine',
  'disconnect',
  'hold',
  'answer',
  'refuse',
  'noNetwork',
  'allIsWell',
  'dropSession',
  'reconnect',
  'garbage',
  'settle',
  'wait',
  'waitLong',
] as const;

export type Step = readonly [(typeof STEPS)[number], number];

const HELD: readonly PacketType[] = ['puback', 'pubrec', 'pubcomp', 'suback', 'unsuback', 'pingresp'];
const QUEUE = { messages: 20, policy: 'drop-oldest' } as const;

export class RandomLife {
  readonly stage = new Stage();
  readonly outcomes: { readonly name: string; readonly outcome: Outcome<unknown> }[] = [];
  /** Of QoS 2, by payload. */
  readonly delivered: string[] = [];
  client!: Client;
  #subscriptions: Subscription[] = [];
  #count = 0;

  async begin(options: ClientOptions): Promise<void> {
    const queue = this.#count++ === 0 ? QUEUE : undefined;
    const policy = backOff();
    const reconnect: ReconnectPolicy = (context) => policy({ ...context, random: 0.5 });
    this.client = await this.stage.connect({ awaitConnection: false, keepAlive: 30, queue, reconnect, ...options });
    this.#promise('closed', this.client.closed);
    this.#follow('status', this.client.status());
  }

  async step([name, detail]: Step): Promise<void> {
    const act = this[`_${name}`];
    await act.call(this, detail);
  }

  #promise(name: string, promise: Promise<unknown>): void {
    this.outcomes.push({ name, outcome: new Outcome(promise) });
  }

  #follow(name: string, values: AsyncIterable<unknown>): void {
    const loop = async () => {
      for await (const _ of values);
    };
    this.#promise(name, loop());
  }

  _publish(detail: number): void {
    const text = `m${this.#count++}`;
    const payload = detail % 5 === 0 ? text.padEnd(3_000, '.') : text;
    this.#promise('publish', this.client.publish('a', payload, { qos: (detail % 3) as 0 }));
  }

  _publishPatiently(detail: number): void {
    const properties = detail % 2 ? { messageExpiryInterval: detail % 7 } : {};
    const options = { qos: (detail % 3) as 0, timeoutMs: detail * 50, properties };
    this.#promise('publish with a limit', this.client.publish('a', `m${this.#count++}`, options));
  }

  _publishMany(detail: number): void {
    for (let index = 0; index < detail; index++) this._publish(index + detail);
  }

  _subscribe(detail: number): void {
    const handlers = [
      () => {},
      async () => void (await this.client.publish('b', `h${this.#count++}`, { qos: 1 })),
      () => Promise.reject(new Error('handler')),
      async () => void (await this.client.flush({ timeoutMs: 1_000 }).catch(() => {})),
    ];
    const options = detail % 2 ? { timeoutMs: detail * 100 } : {};
    const subscribing = this.client.subscribe(`s/${detail % 3}`, handlers[detail % 4]!, { buffer: 2, ...options });
    subscribing.then((one) => this.#subscriptions.push(one)).catch(() => {});
    this.#promise('subscribe', subscribing);
  }

  _iterate(detail: number): void {
    const subscribing = this.client.subscribe(`s/${detail % 3}`, { buffer: 2 });
    const loop = async () => {
      const subscription = await subscribing;
      this.#subscriptions.push(subscription);
      for await (const _ of subscription);
    };
    this.#promise('a loop', loop());
  }

  _unsubscribe(detail: number): void {
    const one = this.#subscriptions[detail % Math.max(1, this.#subscriptions.length)];
    if (one !== undefined) this.#promise('unsubscribe', one.unsubscribe(detail % 2 ? { timeoutMs: 500 } : {}));
  }

  _update(detail: number): void {
    const one = this.#subscriptions[detail % Math.max(1, this.#subscriptions.length)];
    if (one !== undefined) this.#promise('update', one.update({ qos: (detail % 3) as 0 }));
  }

  _request(detail: number): void {
    this.#promise('request', this.client.request('service', '', { timeoutMs: detail * 1_000, qos: 1 }));
  }

  _receive(detail: number): void {
    if (this.stage.links.length === 0 || this.stage.link.core.state !== 'connected') return;
    if (this.stage.link.core.vacancy === 0) return;
    for (let index = 0; index < 1 + (detail % 4); index++)
      this.stage.link.post(`s/${(detail + index) % 3}`, String(this.#count++), { qos: (detail % 3) as 0 });
  }

  _flush(detail: number): void {
    this.#promise('flush', this.client.flush(detail % 2 ? { timeoutMs: detail * 100 } : {}));
  }

  _stream(detail: number): void {
    const messages = Array.from({ length: detail }, (_, index) => ({
      topicName: 'a',
      payload: '',
      qos: (index % 3) as 0,
    }));
    this.#promise('stream', this.client.publishStream(messages, detail % 2 ? { onFailure: () => {} } : {}));
  }

  _ready(): void {
    this.#promise('ready', this.client.ready());
  }

  _followEvents(): void {
    this.#follow('events', this.client.events());
  }

  _cut(): void {
    if (this.stage.links.length > 0) this.stage.link.cut();
  }

  _cutAfterBytes(detail: number): void {
    if (this.stage.links.length > 0)
      this.stage.link.transport.cutAfter = this.stage.link.transport.bytesWritten + detail;
  }

  _halfOpen(): void {
    if (this.stage.links.length > 0) this.stage.link.transport.isHalfOpen = true;
  }

  _fill(): void {
    if (this.stage.links.length > 0) this.stage.link.transport.isFull = true;
  }

  _drainLine(): void {
    if (this.stage.links.length > 0) this.stage.link.transport.drain();
  }

  _disconnect(detail: number): void {
    const { links, link } = this.stage;
    if (links.length > 0 && link.core.state === 'connected' && link.core.protocolVersion === 5)
      link.disconnect([0x8b, 0x89, 0x97, 0x9c][detail % 4]!);
  }

  _hold(detail: number): void {
    this.stage.script.holds.add(HELD[detail % HELD.length]!);
  }

  _answer(detail: number): void {
    if (this.stage.links.length > 0 && this.stage.link.core.state === 'connected') this.stage.link.answer(detail);
  }

  _refuse(detail: number): void {
    if (detail % 3 === 0) this.stage.script.connack = () => undefined;
    else this.stage.script.connack = ({ protocolVersion }) => ({ reasonCode: protocolVersion === 5 ? 0x88 : 3 });
  }

  _noNetwork(detail: number): void {
    this.stage.script.dial = () => (detail % 2 ? 'refuse' : 'hang');
  }

  _allIsWell(): void {
    const { script, links, link } = this.stage;
    script.dial = () => 'accept';
    script.welcome();
    script.holds.clear();
    if (links.length > 0) link.transport.drain();
  }

  _dropSession(): void {
    this.stage.sessions.clear();
  }

  _reconnect(): void {
    this.client.reconnect();
  }

  _garbage(detail: number): void {
    if (this.stage.links.length > 0) this.stage.link.raw(Uint8Array.of(detail, 0xff, 0xff, 0xff, 0xff, 1, 2, 3));
  }

  _settle(): Promise<void> {
    return this.stage.settle();
  }

  _wait(detail: number): Promise<void> {
    return this.stage.clock.advance(detail * 100);
  }

  _waitLong(detail: number): Promise<void> {
    return this.stage.clock.advance(detail * 10_000);
  }
}

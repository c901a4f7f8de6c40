// A client of random operations on a network of random faults, for property tests: every promise it gave, and what became of it.

import type { MsipClientOptions } from '../../../src/msip-client/client-options.ts';
import type { MsipClient } from '../../../src/msip-client/index.ts';
import type { MsipSubscription } from '../../../src/msip-client/subscription.ts';
import { Outcome } from '../../client/support/outcome.ts';
import { FLAG, type TypeName } from '../../support/msip-wire.ts';
import { ServerScript } from './server-script.ts';
import { Stage } from './stage.ts';

/** What happens next; the number chooses among the possible details. */
export const STEPS = [
  'connect',
  'disconnect',
  'drain',
  'publish',
  'publishAsync',
  'publishMany',
  'subscribe',
  'subscribeAsync',
  'iterate',
  'unsubscribe',
  'unsubscribeAsync',
  'ping',
  'flush',
  'ready',
  'status',
  'event',
  'cut',
  'cutAfterBytes',
  'halfOpen',
  'fill',
  'drainLine',
  'sayClose',
  'sayError',
  'hold',
  'answer',
  'refuse',
  'noNetwork',
  'allIsWell',
  'garbage',
  'settle',
  'wait',
  'waitLong',
] as const;

export type Step = readonly [(typeof STEPS)[number], number];

const HELD: readonly TypeName[] = ['hello', 'publish', 'subscribe', 'unsubscribe', 'ping'];

export class RandomLife {
  readonly stage = new Stage();
  readonly outcomes: { readonly name: string; readonly outcome: Outcome<unknown> }[] = [];
  readonly client: MsipClient;
  #subscriptions: MsipSubscription[] = [];
  #count = 0;

  constructor(options: MsipClientOptions) {
    this.client = this.stage.make({ queue: { messages: 20, policy: 'drop-oldest' }, ...options });
    this.client.on('message', () => {});
  }

  async step([name, detail]: Step): Promise<void> {
    const act = this[`_${name}`];
    await act.call(this, detail);
  }

  /** What throws because there is no connection is as good as settled. */
  #call(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== 'NOT_CONNECTED' && code !== 'QUEUE_FULL') throw error;
    }
  }

  #promise(name: string, promise: Promise<unknown>): void {
    this.outcomes.push({ name, outcome: new Outcome(promise) });
  }

  _connect(detail: number): void {
    this.#promise('connect', this.client.connect(detail % 5 === 0 ? { timeoutMs: detail * 100 } : {}));
    this.#promise('closed', this.client.closed);
  }

  _disconnect(detail: number): void {
    this.#promise('disconnect', this.client.disconnect({ flush: detail % 2 === 0, timeoutMs: detail * 50 }));
  }

  _drain(detail: number): void {
    this.#promise('drain', this.client.drain(detail % 2 ? { timeoutMs: detail * 100 } : {}));
  }

  _publish(detail: number): void {
    this.#call(() => this.client.publish('a', `m${this.#count++}`, detail % 8));
  }

  _publishAsync(detail: number): void {
    const more = detail % 3 === 0 ? { timeoutMs: detail * 50 } : {};
    const options = { repeat: detail % 2 === 0, acknowledge: detail % 5 !== 0, urgent: detail % 7 === 0, ...more };
    this.#promise('publishAsync', this.client.publishAsync('a', `m${this.#count++}`.padEnd(detail * 20), options));
  }

  _publishMany(detail: number): void {
    for (let index = 0; index < detail; index++) this._publishAsync(index + detail);
  }

  _subscribe(detail: number): void {
    this.#call(() => this.client.subscribe(`s/${detail % 3}`, detail % 2 === 0));
  }

  _subscribeAsync(detail: number): void {
    const handlers = [
      () => {},
      async () => void (await this.client.publishAsync('b', 'x')),
      () => Promise.reject(new Error('handler')),
      async () => void (await this.client.flush({ timeoutMs: 1_000 }).catch(() => {})),
    ];
    const options = detail % 2 ? { timeoutMs: detail * 100 } : {};
    const subscribing = this.client.subscribeAsync(`s/${detail % 3}`, handlers[detail % 4]!, { buffer: 2, ...options });
    subscribing.then((one) => this.#subscriptions.push(one)).catch(() => {});
    this.#promise('subscribeAsync', subscribing);
  }

  _iterate(detail: number): void {
    const subscribing = this.client.subscribeAsync([`s/${detail % 3}`, '#'], { buffer: 2 });
    const loop = async () => {
      const subscription = await subscribing;
      this.#subscriptions.push(subscription);
      for await (const _ of subscription);
    };
    this.#promise('a loop', loop());
  }

  _unsubscribe(detail: number): void {
    this.#call(() => this.client.unsubscribe(`s/${detail % 3}`, detail % 2 === 0));
  }

  _unsubscribeAsync(detail: number): void {
    const one = this.#subscriptions[detail % Math.max(1, this.#subscriptions.length)];
    const options = detail % 2 ? { timeoutMs: 500 } : {};
    if (one !== undefined && detail % 3 > 0) this.#promise('unsubscribe', one.unsubscribe(options));
    else this.#promise('unsubscribeAsync', this.client.unsubscribeAsync(`s/${detail % 3}`, options));
  }

  _ping(detail: number): void {
    if (detail % 2 === 0) this.#promise('pingAsync', this.client.pingAsync());
    else this.#call(() => this.client.ping());
  }

  _flush(detail: number): void {
    this.#promise('flush', this.client.flush(detail % 2 ? { timeoutMs: detail * 100 } : {}));
  }

  _ready(): void {
    this.#promise('ready', this.client.ready());
  }

  _status(): void {
    const loop = async () => {
      for await (const _ of this.client.status());
    };
    if (this.client.state !== 'idle' && this.client.state !== 'closed') this.#promise('status', loop());
  }

  _event(detail: number): void {
    if (!this.#hasLink) return;
    const flags = detail % 2 ? FLAG.ackRequired : FLAG.compressed;
    for (let index = 0; index <= detail % 4; index++)
      this.stage.link.event(`s/${(detail + index) % 3}`, 'x', { msgId: BigInt(this.#count++), flags });
  }

  _cut(): void {
    if (this.#hasLink) this.stage.link.cut();
  }

  _cutAfterBytes(detail: number): void {
    if (!this.#hasLink) return;
    const { transport } = this.stage.link;
    transport.cutAfter = transport.bytesWritten + detail;
  }

  _halfOpen(): void {
    if (this.#hasLink) this.stage.link.transport.isHalfOpen = true;
  }

  _fill(): void {
    if (this.#hasLink) this.stage.link.transport.isFull = true;
  }

  _drainLine(): void {
    if (this.#hasLink) this.stage.link.transport.drain();
  }

  _sayClose(): void {
    if (this.#hasLink) this.stage.link.send('close');
  }

  _sayError(detail: number): void {
    if (!this.#hasLink) return;
    this.stage.link.send('error', { msgId: BigInt(detail % 5), payload: 'no' });
    if (detail % 2) this.stage.link.close();
    else if (detail % 3 === 0) this.stage.link.send('close');
  }

  _hold(detail: number): void {
    this.stage.script.holds.add(HELD[detail % HELD.length]!);
  }

  _answer(detail: number): void {
    if (this.#hasLink) this.stage.link.answerHeld(detail);
  }

  _refuse(detail: number): void {
    this.stage.script.refuse(HELD[1 + (detail % 3)]!, 'no');
  }

  _noNetwork(detail: number): void {
    this.stage.script.dial = () => (detail % 2 ? 'refuse' : 'hang');
  }

  _allIsWell(): void {
    const { script } = this.stage;
    const fresh = new ServerScript();
    script.dial = fresh.dial;
    script.answer = (frame) => script.grant(frame);
    script.holds.clear();
    if (this.#hasLink) this.stage.link.transport.drain();
  }

  _garbage(detail: number): void {
    if (this.#hasLink) this.stage.link.raw(Uint8Array.of(0x4d, 0x53, 0x49, 0x50, 1, detail, 9, 9));
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

  get #hasLink(): boolean {
    return this.stage.links.length > 0 && !this.stage.link.isGone;
  }
}

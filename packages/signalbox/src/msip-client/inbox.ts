// Messages that came: inflated, in their order, handed to everybody who wants them, and acknowledged when all are done. §3.5,
// §5, §8

import { compressionOf } from '../msip/compression.ts';
import type { FrameView } from '../msip/frame-view.ts';
import { Flags } from '../msip/header.ts';
import { Arrival, type ArrivalOwner } from './arrival.ts';
import type { MsipClientError } from './client-errors.ts';
import type { MsipClientOptions } from './client-options.ts';
import { type Delivery, deliveriesOf } from './delivery.ts';
import type { Filters } from './filters.ts';
import { HeldArrivals } from './held-arrivals.ts';
import type { MsipMessage } from './message.ts';
import type { NetworkConnection } from './network-connection.ts';
import type { Platform } from './platform.ts';

export interface InboxHost {
  readonly options: MsipClientOptions;
  readonly network: NetworkConnection;
  readonly filters: Filters;
  readonly platform: Platform;
  /** Somebody listens to the events `message` or `event`. */
  readonly isListenedTo: boolean;
  /** Tells those. Resolves, or returns true, when they are done; false: one of them has failed. */
  tell(message: MsipMessage): boolean | Promise<boolean>;
  report(error: Error): void;
  /** Whether to read on is another question now. */
  onPressure(): void;
}

const DEFAULT_INFLATED = 64 * 1024 * 1024;
const DEFAULT_UNCLAIMED = 1_000;

export class Inbox implements ArrivalOwner {
  /** Messages nobody wanted. */
  dropped = 0;
  readonly #host: InboxHost;
  /** In order, from the first that is being inflated on. */
  #waiting: Arrival[] = [];
  /** Of an acknowledged session, and somebody still has to do with it. */
  readonly #held = new HeldArrivals();
  /** Of an acknowledged session, and nobody has subscribed yet. */
  #unclaimed: Arrival[] = [];

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** Something is being inflated: nothing more is to be read. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  get unclaimed(): number {
    return this.#unclaimed.length;
  }

  onEvent(view: FrameView): void {
    const { network } = this.#host;
    const raw = network.memory.keep(view.buffer, view.messageStart, view.payloadEnd);
    const arrival = new Arrival(view, raw, { epoch: network.epoch, owner: this });
    if (arrival.isOwed && this.#isKnown(arrival)) return;
    this.#inflate(arrival);
    if (arrival.payload !== undefined && this.#waiting.length === 0) this.#dispatch(arrival);
    else this.#wait(arrival);
    if (arrival.isOwed) this.#held.add(arrival); // what a handler is done with at once is not looked for again
  }

  /** There is somebody new who may want what nobody wanted. */
  offer(): void {
    for (const arrival of this.#unclaimed.splice(0)) this.#dispatch(arrival);
  }

  /** The server has what was not acknowledged, and sends it again. */
  onLost(): void {
    for (const arrival of this.#unclaimed.splice(0)) this.#held.settle(arrival);
  }

  close(): void {
    this.#unclaimed = [];
    this.#waiting = [];
    this.#held.clear();
  }

  /** The server has it, and may send it again. */
  release(arrival: Arrival): void {
    this.#held.settle(arrival);
  }

  acknowledge(arrival: Arrival): void {
    const { network } = this.#host;
    if (!this.#held.settle(arrival)) return;
    if (arrival.epoch === network.epoch && network.isConnected) network.acknowledge(arrival); // [MSIP-8-4]
  }

  /** The server sends again what is being dealt with here: it is acknowledged on this connection, and delivered once. */
  #isKnown(arrival: Arrival): boolean {
    const held = this.#held.find(arrival);
    if (held === undefined) return false;
    held.epoch = arrival.epoch;
    return true;
  }

  #inflate(arrival: Arrival): void {
    const { options, platform } = this.#host;
    const { raw, topic } = arrival;
    const isMarked = (arrival.flags & Flags.Compressed) !== 0; // [MSIP-5-4]
    const compression = isMarked && options.inflate !== false ? compressionOf(raw) : undefined; // [MSIP-5-3]
    if (compression === undefined) {
      arrival.payload = raw;
      return;
    }
    arrival.compression = compression;
    const onFailure = (error: unknown): void => {
      arrival.isBroken = true; // [MSIP-5-7]
      arrival.payload = raw;
      this.#host.report(describe(error as MsipClientError, topic));
    };
    try {
      const inflated = platform.inflate(raw, compression, options.maximumInflatedLength ?? DEFAULT_INFLATED);
      if (!(inflated instanceof Promise)) {
        arrival.payload = inflated;
        return;
      }
      const onSuccess = (payload: Uint8Array): void => {
        arrival.payload = payload;
      };
      void inflated.then(onSuccess, onFailure).then(() => this.#goOn());
    } catch (error) {
      onFailure(error);
    }
  }

  #wait(arrival: Arrival): void {
    this.#waiting.push(arrival);
    this.#host.onPressure();
  }

  #goOn(): void {
    while (this.#waiting[0]?.payload !== undefined) this.#dispatch(this.#waiting.shift()!);
    this.#host.onPressure();
  }

  #dispatch(arrival: Arrival): void {
    const { filters, isListenedTo } = this.#host;
    if (arrival.isBroken) {
      this.dropped++;
      this.acknowledge(arrival); // it would not become better
      return;
    }
    const subscriptions = filters.find(arrival.topic);
    const count = subscriptions.length + (isListenedTo ? 1 : 0);
    if (count === 0) {
      this.#onUnwanted(arrival); // [MSIP-3.5-6]
      return;
    }
    const deliveries = count > 1 && arrival.isAckRequired ? deliveriesOf(arrival, count) : undefined;
    for (let index = 0; index < subscriptions.length; index++)
      subscriptions[index]!.deliver(deliveries?.[index] ?? arrival);
    if (isListenedTo) this.#tell(deliveries?.[count - 1] ?? arrival);
  }

  /** The listeners of the client's own events. */
  #tell(delivery: Delivery): void {
    const mode = this.#host.options.acknowledge ?? 'handled';
    if (mode === 'automatic') delivery.finish();
    const told = this.#host.tell(delivery.message);
    if (mode !== 'handled') return;
    const close = (isFinished: boolean): void => (isFinished ? delivery.finish() : delivery.abandon());
    if (typeof told === 'boolean') close(told);
    else void told.then(close);
  }

  #onUnwanted(arrival: Arrival): void {
    const { filters, options } = this.#host;
    if (arrival.isAckRequired && !filters.wasWanted(arrival.topic)) {
      if (this.#unclaimed.length < (options.unclaimed ?? DEFAULT_UNCLAIMED)) this.#unclaimed.push(arrival);
      else this.release(arrival); // the server has it
      return;
    }
    this.dropped++;
    this.acknowledge(arrival);
  }
}

function describe(error: MsipClientError, topic: string): MsipClientError {
  error.message = `a message of ${topic} is dropped: ${error.message}`;
  return error;
}

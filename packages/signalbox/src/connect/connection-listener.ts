// ConnectionListener: connections as they come, as an async sequence. Each works from the moment it is made, whether anybody
// has taken it yet or not; limits hold for both.

import type { CarrierListener } from './carrier.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import type { Connection } from './connection.ts';
import { Deferred } from './deferred.ts';
import { limited, type WaitOptions } from './waiting.ts';

export interface ListenerStatistics {
  /** Open ones, those in a handshake included. */
  readonly connections: number;
  /** Made, and not taken by the program yet. */
  readonly waiting: number;
  /** Because of a limit. */
  readonly refused: number;
  readonly failedHandshakes: number;
}

export class ConnectionListener implements AsyncIterable<Connection>, AsyncDisposable {
  readonly #carriers: CarrierListener;
  readonly #open = new Set<Connection>();
  readonly #waiting: Connection[] = [];
  readonly #takers: Deferred<Connection | undefined>[] = [];
  /** Most that wait: those that have closed meanwhile still do, for what they brought. */
  readonly #mostWaiting: number;
  #refused = 0;
  /** A signal lives longer than its listeners. */
  #forgetSignal: (() => void) | undefined = undefined;
  #isClosed = false;

  /** @internal */
  constructor(carriers: CarrierListener, mostWaiting: number) {
    this.#carriers = carriers;
    this.#mostWaiting = mostWaiting;
  }

  /** Where it listens, with the real port when 0 was asked for. */
  get url(): string {
    return this.#carriers.url;
  }

  get statistics(): ListenerStatistics {
    const { connections, refusedConnections, failedHandshakes } = this.#carriers;
    const refused = refusedConnections + this.#refused;
    return { connections, waiting: this.#waiting.length, refused, failedHandshakes };
  }

  /** @internal */
  add(connection: Connection): void {
    if (this.#isClosed) {
      connection.destroy();
      return;
    }
    const taker = this.#takers.shift();
    if (taker === undefined && this.#waiting.length >= this.#mostWaiting) {
      this.#refused++;
      connection.destroy();
      return;
    }
    this.#open.add(connection);
    void connection.closed.then(() => this.#open.delete(connection));
    if (taker === undefined) this.#waiting.push(connection);
    else taker.resolve(connection);
  }

  /** @internal Closes with this signal, and leaves nothing behind on it when it is closed before. */
  follow(signal: AbortSignal): void {
    const onAbort = (): void => void this.close();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#forgetSignal = () => signal.removeEventListener('abort', onAbort);
  }

  /** The next connection; undefined when the listener is closed. Rejects as the options say. */
  accept(options: WaitOptions = {}): Promise<Connection | undefined> {
    const connection = this.#waiting.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    if (this.#isClosed) return Promise.resolve(undefined);
    const taker = new Deferred<Connection | undefined>();
    this.#takers.push(taker);
    const onGivenUp = (): boolean => {
      const at = this.#takers.indexOf(taker);
      if (at >= 0) this.#takers.splice(at, 1);
      return at >= 0;
    };
    return limited(taker.promise, options, { clock: SYSTEM_CLOCK, onGivenUp });
  }

  /** Connections until the listener is closed. Leaving the loop leaves it open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void, undefined> {
    for (let next = await this.accept(); next !== undefined; next = await this.accept()) yield next;
  }

  /**
   * Accepts no more, and closes what nobody has taken. `connections: 'close'` (default `'keep'`) also closes those that were
   * taken, and waits until they have sent what waits, `timeoutMs` (default 10,000) at most. Never rejects.
   */
  async close(options: WaitOptions & { readonly connections?: 'keep' | 'close' } = {}): Promise<void> {
    this.#isClosed = true;
    this.#forgetSignal?.();
    for (const taker of this.#takers.splice(0)) taker.resolve(undefined);
    for (const connection of this.#waiting.splice(0)) connection.destroy();
    await this.#carriers.close();
    if (options.connections !== 'close') return;
    await Promise.allSettled([...this.#open].map((connection) => connection.close(options)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ connections: 'close' });
  }
}

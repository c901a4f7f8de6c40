// The life of a client from connect() to its end: one attempt after another to have a connection, and what comes between
// them. Knows nothing of messages.

import type { ClientClock } from '../client/clock.ts';
import { Deferred } from '../client/deferred.ts';
import type { StatusBoard } from '../client/status-board.ts';
import type { Transport } from '../transport/transport.ts';
import { addressOf, readAddress, type ServerAddress } from './address.ts';
import { delayBefore } from './back-off.ts';
import { MsipClientError } from './client-errors.ts';
import type { Dial, MsipClientOptions, MsipConnectSettings } from './client-options.ts';
import { limited } from './limited.ts';
import type { MsipClientStatus } from './status.ts';

export interface LifecycleHost {
  readonly options: MsipClientOptions;
  readonly clock: ClientClock;
  readonly status: StatusBoard<MsipClientStatus>;
  readonly dial: Dial;
  /** From an open transport to an accepted HELLO. */
  greet(transport: Transport, settings: MsipConnectSettings): Promise<void>;
  /** The server says that it was not to be: the next attempt, at once, is another one. */
  adapts(): boolean;
  /** Resolves when the connection that was made is gone. */
  ended(): Promise<Ended>;
  /** Before the wait for the next attempt. */
  onReconnecting(attempt: number, delayMs: number, error: Error): void;
  /** No connection could be made; there may be further attempts. */
  onFailedAttempt(error: Error): void;
  /** It is over; called once. */
  finish(error: Error | undefined): void;
}

export interface Ended {
  readonly error: Error | undefined;
  /** The server said ERROR and CLOSE: it does not want this client here, now. */
  readonly isSentAway: boolean;
}

/** After this time a connection counts as stable, and the next failure as the first. */
const STABLE_MS = 10_000;
/** The same when the server had sent the client away: two clients of one id must not take turns for ever. */
const STABLE_AFTER_FAREWELL_MS = 600_000;
/** What a user still waits for. */
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

export class Lifecycle {
  readonly #host: LifecycleHost;
  readonly #stop = new AbortController();
  #outcome = new Deferred<void>();
  /** Attempts that failed since the last connection. */
  #attempts = 0;
  /** What the wait depends on: connections that did not last count, too. */
  #failures = 0;
  #farewells = 0;
  #error: Error | undefined;
  #cutWait: (() => void) | undefined;

  constructor(host: LifecycleHost) {
    this.#host = host;
    this.#outcome.promise.catch(() => {}); // told by whoever awaits it
  }

  /** What becomes of the attempt that is being made, or of the next. */
  get outcome(): Promise<void> {
    return this.#outcome.promise;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** No further attempt; one that is being made is broken off. */
  stop(reason: Error): void {
    this.#stop.abort(reason);
    this.#cutWait?.();
  }

  /** Ends the wait for the next attempt. */
  hurry(): void {
    this.#cutWait?.();
  }

  async run(): Promise<void> {
    let end: Error | undefined;
    while (end === undefined && !this.isStopped) end = await this.#liveOnce();
    this.#outcome.reject(end ?? this.#stop.signal.reason);
    this.#host.finish(this.isStopped ? undefined : end);
  }

  /** One attempt, the connection it leads to, and the wait before the next. Answers why there will be none. */
  async #liveOnce(): Promise<Error | undefined> {
    const { clock, status, options } = this.#host;
    status.set({ state: 'connecting', url: this.#url, attempt: this.#attempts + 1, error: this.#error });
    let error: Error;
    try {
      await this.#attempt();
      this.#renewOutcome().resolve();
      this.#attempts = 0;
      const since = clock.now();
      const ended = await this.#host.ended();
      error = ended.error ?? new MsipClientError('CONNECTION_LOST', 'the server closed the connection');
      this.#count(clock.now() - since, ended.isSentAway);
    } catch (failure) {
      error = failure instanceof Error ? failure : new Error(String(failure));
      if (this.isStopped) return undefined;
      if (this.#host.adapts()) return undefined;
      this.#renewOutcome().reject(error);
      this.#failures++;
      this.#host.onFailedAttempt(error);
    }
    this.#error = error;
    if (this.isStopped) return undefined;
    if (options.autoReconnect === false || isMisuse(error)) return error;
    return this.#wait(error);
  }

  get #url(): string {
    return addressOf(this.#host.options).url;
  }

  #renewOutcome(): Deferred<void> {
    const former = this.#outcome;
    this.#outcome = new Deferred();
    this.#outcome.promise.catch(() => {});
    return former;
  }

  #count(lastedMs: number, isSentAway: boolean): void {
    if (lastedMs >= (this.#farewells > 0 ? STABLE_AFTER_FAREWELL_MS : STABLE_MS)) {
      this.#failures = 0;
      this.#farewells = 0;
    }
    this.#failures++;
    if (isSentAway) this.#farewells++;
  }

  async #attempt(): Promise<void> {
    const { options, dial } = this.#host;
    const { signal } = this.#stop;
    const { beforeConnect } = options;
    const attempt = { attempt: this.#attempts + 1, url: this.#url, error: this.#error, signal };
    const settings = (beforeConnect && (await this.#unlessStopped(beforeConnect(attempt)))) ?? {};
    signal.throwIfAborted();
    const address: ServerAddress = settings.url === undefined ? addressOf(options) : readAddress(settings.url);
    const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const tls = settings.transport?.tls ?? options.tls ?? options.transport?.tls;
    const dialling = dial(address.url, {
      subprotocol: 'msip',
      connectTimeoutMs,
      ...options.transport,
      ...settings.transport,
      ...(tls === undefined ? {} : { tls }),
      signal,
    });
    const onLate = (late: Transport): void => late.destroy();
    const transport = await this.#unlessStopped(dialling, { timeoutMs: connectTimeoutMs, onLate });
    if (signal.aborted) transport.destroy();
    signal.throwIfAborted();
    const { username = options.username ?? address.username, password = options.password ?? address.password } =
      settings;
    await this.#host.greet(transport, { username, password });
  }

  /** The program, or the network, may never answer: that must not keep the client from closing. */
  #unlessStopped<T>(
    asked: T | Promise<T>,
    { timeoutMs, onLate }: { readonly timeoutMs?: number; readonly onLate?: (value: T) => void } = {},
  ): Promise<T> {
    const answer = new Deferred<T>();
    let isGivenUp = false;
    const giveUp = (reason: unknown): void => {
      isGivenUp = true;
      answer.reject(reason);
    };
    const onAnswer = (value: T): void => {
      if (isGivenUp) onLate?.(value);
      else answer.resolve(value);
    };
    Promise.resolve(asked).then(onAnswer, answer.reject);
    return limited(answer.promise, { signal: this.#stop.signal, timeoutMs }, { clock: this.#host.clock, giveUp });
  }

  async #wait(error: Error): Promise<Error | undefined> {
    const { options, clock, status } = this.#host;
    const { maxReconnectAttempts = 10, reconnectDelay = 3_000, reconnectDelayMaximumMs = 60_000 } = options;
    const most = maxReconnectAttempts === 0 ? Infinity : maxReconnectAttempts;
    if (this.#attempts >= most || this.#farewells > most) {
      return new MsipClientError('GAVE_UP', `no connection that lasts after ${most} attempts: ${error.message}`, error);
    }
    this.#attempts++;
    const limits = { firstMs: reconnectDelay, longestMs: Math.max(reconnectDelay, reconnectDelayMaximumMs) };
    const delayMs = delayBefore(this.#failures, limits, Math.random());
    status.set({ state: 'waiting', url: this.#url, attempt: this.#attempts, delayMs, error });
    this.#host.onReconnecting(this.#attempts, delayMs, error);
    if (this.isStopped) return undefined;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(delayMs, resolve);
      this.#cutWait = () => {
        cancel();
        resolve();
      };
    });
    this.#cutWait = undefined;
    return undefined;
  }
}

/** A mistake in the options: the next attempt would make it again. */
function isMisuse(error: Error): boolean {
  const { name, code } = error as Error & { code?: string };
  return name === 'MsipUsageError' || code === 'BAD_URL' || code === 'BAD_OPTIONS' || code === 'TLS_OPTIONS';
}

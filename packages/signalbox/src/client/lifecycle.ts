// The life of a client: one attempt after another to have a connection, and what comes between them. It ends when it is
// asked to, or when going on makes no sense. Knows nothing of messages.

import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { Transport } from '../transport/transport.ts';
import { ClientError, RefusedError } from './client-errors.ts';
import type { ClientOptions, Dial, OperationOptions } from './client-options.ts';
import type { ClientClock } from './clock.ts';
import type { Connecting } from './connecting.ts';
import { Deferred } from './deferred.ts';
import { backOff, isHopeless } from './reconnect.ts';
import type { Rooms } from './rooms.ts';
import { prepareForUrls, readAddress } from './server-address.ts';
import type { ClientStatus } from './status.ts';
import type { StatusBoard } from './status-board.ts';

/** What the life of a client moves. */
export interface LifecycleHost {
  readonly options: ClientOptions;
  readonly clock: ClientClock;
  readonly status: StatusBoard<ClientStatus>;
  readonly dial: Dial;
  readonly connecting: Pick<Connecting, 'prepare' | 'connect' | 'adapts' | 'ended'>;
  readonly rooms: Pick<Rooms, 'references'>;
  /** Resolves when the client may move; undefined: now. */
  permission(): Promise<void> | undefined;
  /** Loads what the options ask for. Rejects with ClientError. */
  open(): Promise<void> | undefined;
  /** Before the first attempt: what is kept is taken up. */
  prepare(): Promise<void>;
  /** The promise, or a rejection when the options say so first. */
  within<T>(promise: Promise<T>, options: OperationOptions): Promise<T>;
  /** It is over; called once. */
  finish(error: Error | undefined): Promise<void>;
}

/** After this time a connection counts as stable, and the next failure as the first. */
const STABLE_MS = 10_000;
/** What a user still waits for. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;
/** As long as a network may keep what it does not deliver. */
const LATE_CONNECT_MS = 120_000;
/** References of servers that are followed in a row. */
const MAXIMUM_REFERENCES = 5;

export class Lifecycle {
  readonly #host: LifecycleHost;
  readonly #servers: readonly string[];
  readonly #stop = new AbortController();
  readonly #first = new Deferred<ConnackPacket>();
  #server = 0;
  #reference: string | undefined;
  #references = 0;
  /** Where the last attempt went, whoever chose it. */
  #dialled = '';
  /** When a CONNECT was given up that the server may still receive. */
  #unansweredAt = -Infinity;
  /** All servers tried since the last wait refused for good. */
  #isHopeless = true;
  #failures = 0;
  #error: Error | undefined;
  #cutWait: (() => void) | undefined;

  constructor(host: LifecycleHost, servers: readonly string[]) {
    this.#host = host;
    this.#servers = servers;
    this.#first.promise.catch(() => {}); // told by whoever awaits it
  }

  /** The first CONNACK that accepts; rejects when there will be none. */
  get firstConnection(): Promise<ConnackPacket> {
    return this.#first.promise;
  }

  /** The server that is tried, or would be. */
  get url(): string {
    return this.#reference ?? this.#servers[this.#server]!;
  }

  /** No further attempt; one that is being made is broken off. */
  stop(reason: Error): void {
    this.#stop.abort(reason);
    this.#cutWait?.();
  }

  /** Aborted when it is stopped. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isStopped(): boolean {
    return this.signal.aborted;
  }

  /** Ends the wait for the next attempt: the network is there again, somebody says. */
  hurry(): void {
    this.#cutWait?.();
  }

  async run(): Promise<void> {
    let end: Error | undefined;
    try {
      while (!this.isStopped && !(await this.#isOpen()));
      await this.#host.prepare();
      while (!this.isStopped && (await this.#liveOnce()));
      end = this.isStopped ? undefined : this.#error;
    } catch (error) {
      if (!this.isStopped) end = error as Error;
    }
    this.#first.reject(end ?? this.#stop.signal.reason);
    await this.#host.finish(end);
  }

  /** What the options ask for is there. A client that is patient with its first connection is so with this. */
  async #isOpen(): Promise<boolean> {
    const { options } = this.#host;
    try {
      await this.#host.open();
      return true;
    } catch (error) {
      this.#failures++;
      this.#error = error as Error;
      if (!this.isStopped && isPatient(options) && (await this.#wait(this.#error))) return false;
      throw error;
    }
  }

  #tell(status: Partial<ClientStatus> & Pick<ClientStatus, 'state'>): void {
    this.#host.status.set({ url: publicUrl(this.url), attempt: this.#failures + 1, ...status });
  }

  /** One attempt, the connection it leads to, and the wait before the next. False: there will be none. */
  async #liveOnce(): Promise<boolean> {
    const { clock } = this.#host;
    const permission = this.#host.permission();
    if (permission !== undefined) await permission;
    if (this.isStopped) return false;
    let since = Infinity;
    let error: Error | undefined;
    this.#tell({ state: 'connecting', error: this.#error });
    try {
      const connack = await this.#attempt();
      since = clock.now();
      this.#first.resolve(connack);
      const { sessionPresent } = connack;
      this.#tell({ state: 'connected', sessionPresent });
      error =
        (await this.#host.connecting.ended) ?? new ClientError('CONNECTION_LOST', 'the server closed the connection');
    } catch (failure) {
      error = failure as Error;
    }
    if (this.isStopped) return false;
    this.#error = error;
    const wasConnected = since !== Infinity;
    if (wasConnected && clock.now() - since >= STABLE_MS) this.#begin();
    else this.#failures++;
    return this.#goesOn(error, wasConnected);
  }

  async #attempt(): Promise<ConnackPacket> {
    const { options, dial } = this.#host;
    const { signal } = this.#stop;
    const attempt = { attempt: this.#failures + 1, url: publicUrl(this.url), error: this.#error, signal };
    const { beforeConnect } = options;
    const settings = (beforeConnect && (await this.#unlessStopped(beforeConnect(attempt)))) ?? {};
    signal.throwIfAborted();
    const { authentication, interceptors, properties } = options;
    // An interceptor may add a method to CONNECT.
    if (settings.authentication ?? authentication ?? properties?.authenticationMethod ?? interceptors)
      await this.#unlessStopped(this.#host.connecting.prepare(settings));
    signal.throwIfAborted();
    const url = settings.url ?? this.url;
    await prepareForUrls([url]);
    const address = readAddress(url);
    this.#dialled = address.url;
    const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const dialling = dial(address.url, { connectTimeoutMs, ...options.transport, ...settings.transport, signal });
    const onLate = (late: Transport): void => late.destroy();
    const transport = await this.#unlessStopped(dialling, { timeoutMs: connectTimeoutMs, onLate });
    if (signal.aborted) transport.destroy();
    signal.throwIfAborted();
    try {
      return await this.#host.connecting.connect(transport, settings, address);
    } catch (error) {
      if (!(error instanceof RefusedError)) this.#unansweredAt = this.#host.clock.now();
      throw error;
    }
  }

  /** The program, or the network, may never answer: that must not keep the client from closing. */
  #unlessStopped<T>(
    asked: T | Promise<T>,
    { timeoutMs, onLate }: { readonly timeoutMs?: number; readonly onLate?: (value: T) => void } = {},
  ): Promise<T> {
    const answer = Promise.resolve(asked);
    const limits = { signal: this.#stop.signal, timeoutMs };
    return this.#host.within(answer, limits).catch((reason: unknown) => {
      answer.then(onLate, () => {});
      throw reason;
    });
  }

  #begin(): void {
    this.#failures = 0;
    this.#references = 0;
  }

  async #goesOn(error: Error, wasConnected: boolean): Promise<boolean> {
    const { options } = this.#host;
    if (this.#host.connecting.adapts(error) || (await this.#follow(error))) return true;
    this.#reference = undefined;
    if (this.#isTakenOver(error) && options.reconnectAfterTakeover !== true) return false;
    this.#isHopeless &&= !wasConnected && isHopeless(error, options.beforeConnect !== undefined);
    this.#server = (this.#server + 1) % this.#servers.length;
    if (this.#server !== 0 && this.#failures > 0) return true; // another one, at once
    if (this.#isHopeless) return false;
    this.#isHopeless = true;
    if (!wasConnected && !isPatient(options) && !this.#hasConnected) return false;
    return this.#wait(error);
  }

  /** Another client has the session, unless it was a CONNECT of our own that came late: that gives it up at once. */
  #isTakenOver(error: Error): boolean {
    if (!(error instanceof ClientError && error.code === 'SESSION_TAKEN_OVER')) return false;
    const isOwn = this.#host.clock.now() - this.#unansweredAt < LATE_CONNECT_MS;
    this.#unansweredAt = -Infinity;
    return !isOwn;
  }

  get #hasConnected(): boolean {
    return this.#host.status.hasConnected;
  }

  /** The server says where to go instead. A page that cannot load what it takes stays. */
  async #follow(error: Error): Promise<boolean> {
    if (!(error instanceof RefusedError) || error.serverReference === undefined) return false;
    if (this.#host.options.followServerReference === false || this.#references >= MAXIMUM_REFERENCES) return false;
    const room = await this.#unlessStopped(this.#host.rooms.references()).catch(() => undefined);
    const reference = room?.referenceOf(error, this.#dialled);
    if (reference === undefined) return false;
    this.#reference = reference;
    this.#references++;
    return true;
  }

  async #wait(error: Error): Promise<boolean> {
    const { options, clock } = this.#host;
    if (options.reconnect === false) return false;
    const policy = options.reconnect ?? backOff();
    const delayMs = policy({ attempt: this.#failures, error, random: Math.random() });
    if (delayMs === false) return false;
    this.#tell({ state: 'waiting', attempt: this.#failures, delayMs, error });
    await new Promise<void>((resolve) => {
      const cancel = clock.after(delayMs, resolve);
      this.#cutWait = () => {
        cancel();
        resolve();
      };
    });
    this.#cutWait = undefined;
    this.#references = 0;
    return !this.isStopped;
  }
}

/** The first connection is tried as patiently as later ones. */
function isPatient({ retryFirst, awaitConnection }: ClientOptions): boolean {
  return retryFirst === true || awaitConnection === false;
}

/** Without user name and password. */
export function publicUrl(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//');
}

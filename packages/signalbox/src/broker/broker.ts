/**
 * The broker as an embedding program sees it: entrances in front, one exchange behind, and its life from open to close. It
 * must not know packets.
 */

import { ReasonCode } from '../mqtt/reason-codes.ts';
import type { Listener, Transport } from '../transport/transport.ts';
import type { Ban, BanKind } from './admission/bans.ts';
import type { BrokerOptions } from './broker-options.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { type DrainOptions, type DrainOutcome, drain, withholdWill } from './draining.ts';
import { type AttachSettings, type BrokerListenOptions, checkDurability } from './entrance.ts';
import { Entrances } from './entrances.ts';
import { Exchange } from './exchange.ts';
import { Extras } from './extras.ts';
import { type BrokerLimits, changeLimits, checkLimits, type LiveLimits } from './limits.ts';
import type { BrokerEventName, BrokerEvents } from './observation/events.ts';
import type { Statistics } from './observation/statistics.ts';
import { SystemTopics } from './observation/system-topics.ts';
import { startTrace, type TraceListener, type TraceOptions } from './observation/tracing.ts';
import { checkBrokerOptions, checkListenOptions } from './option-check.ts';
import { type OwnMessage, publishOwn } from './own-messages.ts';
import { type Readiness, readinessOf } from './readiness.ts';
import type { Redirection } from './redirection.ts';
import { reviewAll } from './sessions/reviewing.ts';
import { MemoryStore } from './store/memory-store.ts';
import type { Durability } from './store/store.ts';
import { TimingWheel } from './timing-wheel.ts';

/** For signalbox/admin, which shows what is inside; embedding programs have no need of it. */
export let exchangeOf: (broker: Broker) => Exchange;

export class Broker {
  static {
    exchangeOf = (broker) => broker.#exchange;
  }

  readonly #exchange: Exchange;
  readonly #entrances: Entrances;
  readonly #systemTopics: SystemTopics;
  #stopTicking: () => void = () => {};
  #opened: Promise<void> | undefined = undefined;
  #drained: Promise<DrainOutcome> | undefined = undefined;
  #closed: Promise<void> | undefined = undefined;

  /** Throws RangeError on an option that there is not or that is of the wrong type, on a limit out of its range, on a durability which the store does not have, and on a wrong rule. */
  constructor(options: BrokerOptions = {}) {
    checkBrokerOptions(options);
    const store = options.store ?? new MemoryStore();
    checkDurability(options.durability, store.durability);
    this.#exchange = new Exchange({
      limits: checkLimits(options.limits ?? {}),
      hooks: options.hooks ?? {},
      store,
      durability: options.durability ?? store.durability,
      queuePolicy: options.queuePolicy ?? 'drop-newest',
      publishRatePolicy: options.publishRatePolicy ?? 'pause',
      clock: options.clock ?? SYSTEM_CLOCK,
      isTrusted: options.isTrusted,
      redirection: options.redirection,
      extras: new Extras(options),
    });
    this.#entrances = new Entrances(this.#exchange);
    this.#systemTopics = new SystemTopics(this.#exchange, options.systemTopicsIntervalMs ?? 10_000);
  }

  /** Reads back what the store kept. Done by `listen` and `attach` callers too; calling it again is free. */
  open(): Promise<void> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /**
   * Accepts connections at a URL: `mqtt://host:port`, `mqtts://…`, `msip://…`, `msips://…`, `ws://host:port/path`, `wss://…`
   * (MQTT or MSIP, as the subprotocol says) or `unix:///path`.
   * Resolves when it listens; rejects with TransportError (`ADDRESS_IN_USE`, `BAD_URL`, …), with the StoreError of `open`,
   * or with RangeError when `durability` is more than the store keeps, or an option or a name in `compat` is one that there is not.
   */
  async listen(url: string, options: BrokerListenOptions = {}): Promise<Listener> {
    checkListenOptions(options);
    checkDurability(options.durability, this.#exchange.store.durability);
    await this.open();
    this.#requireWelcoming();
    const listener = await this.#entrances.listen(url, options);
    this.#requireWelcoming();
    return listener;
  }

  /** Serves a connection that came from elsewhere. The transport must not have been started. Call `open` before. */
  attach(transport: Transport, settings: AttachSettings = {}): void {
    this.#requireWelcoming();
    checkDurability(settings.durability, this.#exchange.store.durability);
    if (this.#opened === undefined) throw new Error('open() the broker before the first transport is attached');
    this.#entrances.attach(transport, settings);
  }

  /**
   * Publishes a message from the embedding program itself; no hook is asked. Resolves when it is routed and kept.
   * Rejects with UsageError on a bad topic, QoS or property or at a limit (nothing was published then), and with the store's error when it cannot be kept.
   */
  async publish(message: OwnMessage): Promise<void> {
    await this.open();
    this.#requireOpen();
    await publishOwn(this.#exchange, message);
  }

  /** Listens to what happens; answers a function that stops it. */
  on<Name extends BrokerEventName>(name: Name, listener: (event: BrokerEvents[Name]) => void): () => void {
    return this.#exchange.events.on(name, listener);
  }

  get statistics(): Statistics {
    return this.#exchange.statistics;
  }

  /** How long what is acknowledged lasts, where a listener has no setting of its own. */
  get durability(): Durability {
    return this.#exchange.durability;
  }

  get limits(): BrokerLimits {
    return this.#exchange.limits;
  }

  /** Who is beyond one already stays. Throws RangeError, and then none has changed. */
  changeLimits(limits: Partial<LiveLimits>): void {
    changeLimits(this.#exchange.limits, limits);
  }

  /** Ends the connection of a client with this reason code, by default Administrative action; false when there is none. */
  disconnect(clientId: string, reasonCode: number = ReasonCode.AdministrativeAction): boolean {
    const link = this.#exchange.sessions.get(clientId)?.link;
    if (link === undefined) return false;
    link.disconnect(reasonCode);
    return true;
  }

  /** Addresses and client identifiers that are refused at present. */
  bans(): Ban[] {
    return this.#exchange.warden.bans(this.#exchange.now());
  }

  /** Lifts a ban; false when there was none. */
  liftBan(kind: BanKind, value: string): boolean {
    return this.#exchange.warden.lift(kind, value);
  }

  /**
   * Asks `authorize` again about every subscription of every connected client, as when its rules have changed. Those that
   * are no longer allowed end, and so does the connection (0x87). Answers how many connections that cost.
   */
  reviewSubscriptions(): Promise<number> {
    return reviewAll(this.#exchange);
  }

  /**
   * Stops accepting, tells the clients one after the other, with where to go when that is known, and closes the broker
   * when all have gone or time is up. Resolves then. Throws RangeError. Calling it again answers the same.
   */
  async drain(options: DrainOptions = {}): Promise<DrainOutcome> {
    this.#drained ??= this.#drain(options);
    const outcome = await this.#drained;
    await this.close();
    return outcome;
  }

  /** Shows packets as they pass; answers what ends it. Throws UsageError `INVALID_TOPIC_FILTER`, `INVALID_ARGUMENT`, `NOT_ALLOWED`. */
  trace(options: TraceOptions, listener: TraceListener): () => void {
    return startTrace(this.#exchange, options, listener);
  }

  /** Sends whoever connects from now on somewhere else; undefined: clients are welcome here again. */
  redirect(redirection: Redirection | undefined): void {
    this.#exchange.redirection = redirection;
  }

  /** Whether clients should come here, and if not, why: what a load balancer wants to know. */
  get readiness(): Readiness {
    const state = this.#closed !== undefined ? 'closed' : this.#drained !== undefined ? 'draining' : 'open';
    return readinessOf(this.#exchange, state, this.listeners.length);
  }

  /** Where it listens now. */
  get listeners(): readonly string[] {
    return this.#entrances.urls;
  }

  /** Stops accepting, tells every client that the server shuts down, and closes the store. Calling it again is allowed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #open(): Promise<void> {
    const exchange = this.#exchange;
    exchange.sessions.restore(await exchange.store.open(exchange.commits));
    exchange.commits.settle();
    this.#stopTicking = exchange.clock.every(TimingWheel.tickMs, () => this.#tick());
    this.#systemTopics.publish();
  }

  #tick(): void {
    const exchange = this.#exchange;
    const now = exchange.now();
    exchange.statistics.messagesKept = exchange.numbers.last;
    exchange.wheel.advance(now);
    exchange.sessions.tick(now);
    exchange.delayed.tick(now);
    exchange.gate.addresses.tick(now);
    exchange.intake.tick(now);
    exchange.expiredRetained.tick(now);
    exchange.commits.settle();
    exchange.census.tick();
    this.#systemTopics.tick(now);
  }

  async #drain(options: DrainOptions): Promise<DrainOutcome> {
    const closed = this.#entrances.close();
    await this.#opened?.catch(() => {});
    await closed;
    const outcome = await drain(this.#exchange, options);
    if (options.wills === 'withhold') for (const link of this.#exchange.links) withholdWill(this.#exchange, link);
    return outcome;
  }

  async #close(): Promise<void> {
    const exchange = this.#exchange;
    this.#entrances.shut();
    await this.#opened?.catch(() => {});
    await this.#entrances.close();
    this.#stopTicking();
    exchange.sessions.stop();
    exchange.delayed.stop();
    exchange.expiredRetained.stop();
    for (const link of [...exchange.links]) link.disconnect(ReasonCode.ServerShuttingDown);
    exchange.outbox.flush();
    await exchange.empty(); // at the latest after the grace time of the transports
    await exchange.standingRights.settled();
    await exchange.commits.close();
  }

  #requireWelcoming(): void {
    this.#requireOpen();
    if (this.#drained !== undefined) throw new Error('the broker is being drained');
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw new Error('the broker is closed');
  }
}

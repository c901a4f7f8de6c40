/**
 * All sessions of the broker (§4.1): found by client identifier, resumed or begun at CONNECT, ended at their expiry;
 * and the wills that outlive their connections (§3.1.2.5). It must not know packets on the wire.
 */
import { SessionExpiry, sessionEnd } from '../../routing/session-expiry.ts';
import { Wills } from '../../routing/wills.ts';
import { isUrgent } from '../delivery/msip-mark.ts';
import type { Exchange } from '../exchange.ts';
import { LaterTurns } from '../later-turns.ts';
import type { RestoredSession, StoredState, StoredSubscription, StoredWill } from '../store/store.ts';
import { Aftermath, type LeftBehind } from './aftermath.ts';
import type { ClientSession } from './client-session.ts';
import { countExcess } from './filter-excess.ts';
import { restoreMqtt } from './restored-mqtt.ts';
import { SessionOwners } from './session-owners.ts';
import { SharedWork } from './shared-work.ts';

export interface OpenedSession {
  readonly session: ClientSession;
  readonly isPresent: boolean;
}

/** Wills published, and sessions ended with their messages, before others get their turn: some 3 ms. */
const MOST_AT_ONCE = 1_000;

export class Sessions {
  /** Those that last, and were made by clients who did not say who they are. */
  readonly anonymous = new Set<ClientSession>();
  /** Whose those are that last. */
  readonly owners: SessionOwners;
  /** Sum of message.size of all wills. */
  willBytes = 0;
  readonly #exchange: Exchange;
  readonly #aftermath: Aftermath;
  readonly #sessions = new Map<string, ClientSession>();
  readonly #wills = new Wills<ClientSession>();
  readonly #expiry = new SessionExpiry<ClientSession>();
  /** There was more to end than was done at once. */
  readonly #laterTurns: LaterTurns;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#aftermath = new Aftermath(exchange);
    this.owners = new SessionOwners(exchange.limits);
    this.#laterTurns = new LaterTurns(exchange, (now) => this.tick(now));
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(clientId: string): ClientSession | undefined {
    return this.#sessions.get(clientId);
  }

  [Symbol.iterator](): IterableIterator<ClientSession> {
    return this.#sessions.values();
  }

  /** For CONNECT: the session kept under this client identifier, or a new one. Whoever used it before must be off already. */
  open(clientId: string, start: 'clean' | 'resume'): OpenedSession {
    let session = this.#sessions.get(clientId); // [MQTT-3.1.3-2] [MQTT-3.1.3-2@3.1.1]
    if (session !== undefined && (start === 'clean' || this.#isOver(session))) {
      this.end(session); // [MQTT-3.1.2-4]
      session = undefined;
    }
    const isPresent = session !== undefined; // [MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.1.2-4@3.1.1]
    if (session === undefined) {
      session = this.#exchange.createSession(clientId);
      this.#sessions.set(clientId, session);
    } else {
      this.#expiry.cancel(clientId); // [MQTT-4.1.0-1] [MQTT-4.1.0-2@3.1.1]
      this.#wills.cancel(clientId); // [MQTT-3.1.3-9]
    }
    session.disconnectedAt = undefined;
    session.subscriber.connected = true;
    return { session, isPresent };
  }

  /** What CONNECT or DISCONNECT say about the session: how long it is kept, and which will it leaves. */
  update(session: ClientSession, sessionExpiryInterval: number, will: StoredWill | undefined): void {
    session.sessionExpiryInterval = sessionExpiryInterval;
    this.#setWill(session, will); // [MQTT-3.1.2-10] [MQTT-3.1.2-10@3.1.1]
    session.subscriber.persistent = sessionExpiryInterval > 0;
    if (session.isStored || session.isPersistent || this.#isWillKept(will)) this.#save(session);
  }

  /** The will of a client whose session ends with its connection: only the store can publish it after the broker fell. */
  #isWillKept(will: StoredWill | undefined): boolean {
    return will !== undefined && this.#exchange.store.durability !== 'memory';
  }

  /** The Network Connection of a session is gone. */
  onDisconnected(session: ClientSession): void {
    const now = this.#exchange.now();
    const { clientId, sessionExpiryInterval, will } = session;
    session.link = undefined;
    this.#exchange.dispatcher.suspend(session);
    session.subscriber.connected = false;
    session.disconnectedAt = now;
    session.queue?.dropQoS0('qos0-offline');
    if (will !== undefined) this.#scheduleWill(session, will); // [MQTT-3.1.2-8] [MQTT-3.1.2-8@3.1.1] [MQTT-3.1.2-12@3.1.1]
    if (sessionExpiryInterval === 0) {
      this.end(session); // [MQTT-3.1.2-23]
    } else {
      this.#expiry.schedule(clientId, session, sessionEnd(sessionExpiryInterval, now));
      if (will?.willDelayInterval === 0 && this.#wills.cancel(clientId) !== undefined) this.#publishWill(session);
      this.#save(session);
    }
  }

  /** The session ends now: its subscriptions, messages and identifiers are forgotten, a will that waits goes out. */
  end(session: ClientSession): void {
    const { clientId } = session;
    const exchange = this.#exchange;
    const work = SharedWork.of(exchange, session);
    exchange.subscriptions.unsubscribeAll(session.subscriber);
    this.#sessions.delete(clientId);
    this.anonymous.delete(session);
    this.owners.leave(session);
    exchange.helloNumbers.forget(session);
    this.#expiry.cancel(clientId);
    session.subscriber.persistent = false; // what is dropped now needs no change of its own in the store
    const inFlight: LeftBehind[] = session.mqtt.clear();
    session.addInFlight(-session.inFlightBytes);
    const waiting = work === undefined ? undefined : session.queue?.takeIf(() => true);
    this.#aftermath.leaveBehind(session, waiting === undefined ? inFlight : [...inFlight, ...waiting], work);
    session.queue?.dropAll('session-ended');
    for (const { messages, next, qos } of session.backlog ?? []) {
      for (let i = next; i < messages.length; i++) session.onDropped(messages[i]!, qos, 'session-ended');
    }
    session.backlog = undefined;
    if (session.isStored) exchange.commits.write({ type: 'session-ended', clientId });
    if (this.#wills.cancel(clientId) !== undefined) this.#publishWill(session); // [MQTT-3.1.3-9]
  }

  /** Ends what has expired and publishes the wills that are due; of crowds the rest follows in later turns. */
  tick(now: number): void {
    if (this.#wills.deadline <= now) {
      for (const session of this.#wills.takeDue(now, MOST_AT_ONCE)) {
        this.#publishWill(session);
        if (session.isPersistent) this.#save(session);
      }
    }
    if (this.#expiry.deadline <= now) {
      for (let left = MOST_AT_ONCE; left > 0; ) {
        const [session] = this.#expiry.takeDue(now, 1);
        if (session === undefined) break;
        left -= 1 + (session.queue?.length ?? 0);
        this.#exchange.statistics.sessionsExpired++;
        this.end(session);
      }
    }
    if (Math.min(this.#wills.deadline, this.#expiry.deadline) <= now) this.#laterTurns.goOn();
  }

  /** The broker closes: what is due stays for the next one on this store. */
  stop(): void {
    this.#laterTurns.stop();
  }

  /** Its time is up, though it was not its turn yet to be ended. */
  #isOver({ link, disconnectedAt, sessionExpiryInterval }: ClientSession): boolean {
    if (link !== undefined || disconnectedAt === undefined) return false;
    return sessionEnd(sessionExpiryInterval, disconnectedAt) <= this.#exchange.now();
  }

  /** What the store kept of an earlier broker. */
  restore(state: StoredState): void {
    for (const message of state.retained) {
      this.#exchange.numbers.skip(message.id);
      this.#exchange.retained.set(message);
    }
    const lookUps: [ClientSession, StoredSubscription][] = [];
    for (const restored of state.sessions) {
      const session = this.#restoreSession(restored);
      for (const subscription of restored.subscriptions) {
        if (subscription.isLookingUp === true) lookUps.push([session, subscription]);
      }
    }
    this.#exchange.delayed.restore(state.delayed ?? []);
    // Numbers are known now: what the look-ups find is older than anything that is published from here on.
    for (const [session, subscription] of lookUps) {
      this.#exchange.lookUps.begin(session, subscription, subscription.subscriptionIdentifier);
    }
    this.tick(this.#exchange.now());
  }

  #restoreSession(restored: RestoredSession): ClientSession {
    const exchange = this.#exchange;
    const { clientId, sessionExpiryInterval } = restored;
    const session = exchange.createSession(clientId, restoreMqtt(restored));
    this.#sessions.set(clientId, session);
    session.sessionExpiryInterval = sessionExpiryInterval;
    session.owner = restored.owner;
    if (sessionExpiryInterval > 0) this.owners.enter(session, { owner: restored.owner, remoteAddress: '' });
    if (restored.helloMsgId !== undefined) exchange.helloNumbers.enter(session, restored.helloMsgId);
    this.#setWill(session, restored.will);
    session.subscriber.persistent = sessionExpiryInterval > 0;
    session.isStored = true;
    for (const subscription of restored.subscriptions) {
      exchange.subscriptions.subscribe(session.subscriber, subscription, subscription.subscriptionIdentifier);
      countExcess(session, subscription.topicFilter, 'added');
    }
    for (const { stage, message, qos, retain, subscriptionIdentifiers } of restored.deliveries) {
      exchange.numbers.skip(message.id);
      // Retained messages for a new subscription stood in the backlog, ahead of the queue. Now all stand in the order in which
      // the session got them, which is theirs in each topic too: what was queued before cannot be newer than what was retained.
      if (stage === 'queued') {
        const urgency = session.helloMsgId !== undefined && isUrgent(message.properties) ? 'urgent' : 'normal';
        session.waitingLine().push(message, qos, retain, subscriptionIdentifiers, urgency);
      } else session.addInFlight(message.size);
    }
    // A broker that was killed did not see its clients go: for them the time runs from now.
    session.disconnectedAt = restored.disconnectedAt ?? exchange.now();
    if (restored.will !== undefined) {
      exchange.numbers.skip(restored.will.message.id);
      this.#scheduleWill(session, restored.will);
    }
    this.#expiry.schedule(clientId, session, sessionEnd(sessionExpiryInterval, session.disconnectedAt));
    return session;
  }

  #setWill(session: ClientSession, will: StoredWill | undefined): void {
    this.willBytes += (will?.message.size ?? 0) - (session.will?.message.size ?? 0);
    session.will = will; // [MQTT-3.1.2-7]
  }

  #scheduleWill(session: ClientSession, { willDelayInterval }: StoredWill): void {
    const { clientId, sessionExpiryInterval } = session;
    const now = session.disconnectedAt ?? this.#exchange.now();
    this.#wills.schedule(clientId, session, { willDelayInterval, sessionExpiryInterval, now });
  }

  #publishWill(session: ClientSession): void {
    const will = session.will;
    this.#setWill(session, undefined); // [MQTT-3.1.2-10] [MQTT-3.1.2-10@3.1.1]
    if (will !== undefined) this.#aftermath.publishWill(will);
  }

  #save(session: ClientSession): void {
    const { clientId, owner, helloMsgId, sessionExpiryInterval, disconnectedAt, will } = session;
    session.isStored = true;
    const stored = { clientId, sessionExpiryInterval, disconnectedAt, will };
    const owned = owner === undefined ? stored : { ...stored, owner };
    this.#exchange.commits.write({
      type: 'session',
      session: helloMsgId === undefined ? owned : { ...owned, helloMsgId },
    });
  }
}

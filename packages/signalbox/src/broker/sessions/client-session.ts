/**
 * A session at the broker (§4.1): what of a client outlives its Network Connection. Its subscriptions are in routing,
 * its packet state in the MQTT Session; here they are tied to the messages that wait. It must not know the network.
 */
import type { Session } from '../../mqtt/session.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import { DeliveryQueue, type DeliveryQueueLimits, type DropListener } from '../../routing/delivery-queue.ts';
import type { DropReason } from '../../routing/drop-reasons.ts';
import { Subscriber } from '../../routing/subscriber.ts';
import type { Link } from '../connection/link.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { ClientInfo } from '../hooks.ts';
import type { LossReason } from '../observation/loss-reasons.ts';
import type { StoredDelivery, StoredWill } from '../store/store.ts';
import type { RetainedLookUp } from './retained-look-ups.ts';

/** Told of every message that a session gives up. */
export interface SessionWatcher {
  onMessageDropped(session: ClientSession, message: KeptMessage, qos: QoS, reason: DropReason): void;
}

export class ClientSession implements DropListener<KeptMessage> {
  readonly clientId: string;
  readonly subscriber: Subscriber<ClientSession>;
  readonly mqtt: Session<StoredDelivery>;
  /** The connection that serves this session now. */
  link: Link | undefined = undefined;
  /** The user whom authentication named when it began: nobody else gets it. Undefined: it named nobody. */
  owner: string | undefined = undefined;
  /** What `SessionOwners` counts it for; empty: nothing. */
  countedFor = '';
  /** Its client speaks MSIP: msg_id, in decimal digits, of the HELLO that opened it. */
  helloMsgId: string | undefined = undefined;
  /** Seconds; 0 ends the session with its connection, 0xFFFFFFFF never. */
  sessionExpiryInterval = 0;
  disconnectedAt: number | undefined = undefined;
  /** The store has it, perhaps from a time when it was to last. */
  isStored = false;
  /** To be published when the connection is lost (and its delay is over), until a normal DISCONNECT. */
  will: StoredWill | undefined = undefined;
  /** Levels beyond the eighth of its Topic Filters, in sum. */
  deepLevels = 0;
  /** Bytes beyond the 256th of its Topic Filters, in sum. */
  longFilterBytes = 0;
  /** Messages that wait, oldest first; undefined until one has to. */
  queue: DeliveryQueue<KeptMessage> | undefined = undefined;
  /** Retained messages still to be sent for new subscriptions, before anything in the queue. */
  backlog: RetainedLookUp[] | undefined = undefined;
  /** Messages that did not reach this session, or were refused from it, by reason; undefined until there is one. */
  drops: Partial<Record<LossReason, number>> | undefined = undefined;
  readonly #queueLimits: DeliveryQueueLimits;
  readonly #watcher: SessionWatcher;
  #inFlightBytes = 0;

  constructor(
    clientId: string,
    mqtt: Session<StoredDelivery>,
    queueLimits: DeliveryQueueLimits,
    watcher: SessionWatcher,
  ) {
    this.clientId = clientId;
    this.subscriber = new Subscriber(clientId, this);
    this.mqtt = mqtt;
    this.#queueLimits = queueLimits;
    this.#watcher = watcher;
  }

  /** Whether the session outlives its connection, and its state therefore goes to the store. */
  get isPersistent(): boolean {
    return this.subscriber.persistent;
  }

  /** Whether messages wait here; then newer ones wait behind them. */
  get hasWaiting(): boolean {
    return (this.queue !== undefined && this.queue.length > 0) || this.backlog !== undefined;
  }

  /** Sum of message.size of what is sent, not acknowledged, and kept in case that it has to be sent again. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** So many bytes more are in flight, or fewer. They take memory like those that wait, and count with those of all sessions. */
  addInFlight(bytes: number): void {
    this.#inFlightBytes += bytes;
    const { budget } = this.#queueLimits;
    if (budget !== undefined) budget.used += bytes;
  }

  /** At which QoS a message published so reaches a subscription granted so. [MQTT-3.8.4-8] [MQTT-3.8.4-6@3.1.1] */
  qosOf(published: QoS, granted: QoS): QoS {
    // An acknowledged session of MSIP gets every message acknowledged: its publishers may not know what that is. [MSIP-8-2]
    if (this.helloMsgId !== undefined && granted > 0) return granted;
    return published < granted ? published : granted;
  }

  /** The queue, made now if there was none. */
  waitingLine(): DeliveryQueue<KeptMessage> {
    this.queue ??= new DeliveryQueue(this.#queueLimits, this);
    return this.queue;
  }

  /** Its client has authenticated anew: of its will that one is asked about. What the store has of it is as it was. */
  renewAuthor(author: ClientInfo): void {
    if (this.will?.author !== undefined) this.will = { ...this.will, author };
  }

  countDrop(reason: LossReason): void {
    this.drops ??= {};
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
  }

  onDropped(message: KeptMessage, qos: QoS, reason: DropReason): void {
    this.#watcher.onMessageDropped(this, message, qos, reason);
  }
}

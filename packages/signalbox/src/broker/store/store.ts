/**
 * What the broker keeps, as an interface. The broker tells every change before it acknowledges anything, and
 * acknowledges only what is committed. A store must not know the network; it may keep the objects it is given, which
 * never change.
 */
import type { QoS } from '../../mqtt/wire-format.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { ClientInfo } from '../hooks.ts';

/** A Subscription as it is kept (§3.8.3). */
export interface StoredSubscription {
  /** As the client wrote it, `$share/…` included. */
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
  /** 0: none. */
  readonly subscriptionIdentifier: number;
  /** Retained messages are still being looked up for it: a broker that fell meanwhile begins anew. Default: false. */
  readonly isLookingUp?: boolean;
}

/** A session without its subscriptions and messages. Times are milliseconds since 1970 on the broker's clock. */
export interface StoredSession {
  readonly clientId: string;
  /** The user who began it, for whom alone it is. Absent: anybody. */
  readonly owner?: string;
  /** Of a session that speaks MSIP: msg_id, in decimal digits, of the HELLO that opened it. */
  readonly helloMsgId?: string;
  /** Seconds; 0xFFFFFFFF never expires (§3.1.2.11.2). */
  readonly sessionExpiryInterval: number;
  /** When the Network Connection was lost; undefined while it stands. */
  readonly disconnectedAt: number | undefined;
  readonly will: StoredWill | undefined;
}

/** A Will Message (§3.1.2.5), from CONNECT until it is published or no longer wanted. */
export interface StoredWill {
  readonly message: KeptMessage;
  /** Seconds between the loss of the connection and the publication. */
  readonly willDelayInterval: number;
  /** Seconds from the publication on; −1: does not expire. */
  readonly messageExpiryInterval: number;
  /** Whose right to publish it is asked about then. Absent: nobody is asked. Of its certificate nothing need be kept. */
  readonly author?: ClientInfo;
}

/** How far an outgoing message has come: not sent, sent, or (QoS 2) received by the peer. */
export type DeliveryStage = 'queued' | 'sent' | 'received';

/** One message for one session; within a session `message.id` names the delivery, and rises in the order of delivery. */
export interface StoredDelivery {
  readonly message: KeptMessage;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
}

export type StoreChange =
  | { readonly type: 'session'; readonly session: StoredSession }
  | { readonly type: 'session-ended'; readonly clientId: string }
  | { readonly type: 'subscribed'; readonly clientId: string; readonly subscription: StoredSubscription }
  | { readonly type: 'unsubscribed'; readonly clientId: string; readonly topicFilter: string }
  | { readonly type: 'delivery'; readonly clientId: string; readonly delivery: StoredDelivery }
  | {
      readonly type: 'delivery-stage';
      readonly clientId: string;
      /** The whole of it, so that a store can write it anew without having read it. */
      readonly delivery: StoredDelivery;
      readonly stage: DeliveryStage;
      readonly packetIdentifier: number;
    }
  | { readonly type: 'delivered'; readonly clientId: string; readonly messageId: number }
  | { readonly type: 'received'; readonly clientId: string; readonly packetIdentifier: number }
  | { readonly type: 'released'; readonly clientId: string; readonly packetIdentifier: number }
  | { readonly type: 'retained'; readonly message: KeptMessage }
  | { readonly type: 'retained-cleared'; readonly topicName: string }
  | { readonly type: 'delayed'; readonly delayed: StoredDelayed }
  | { readonly type: 'delayed-ended'; readonly messageId: number };

/** A message that is to be published later; `message.id` names it. */
export interface StoredDelayed {
  readonly message: KeptMessage;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  /** As of a will. */
  readonly author?: ClientInfo;
}

/** One session as it comes back. */
export interface RestoredSession extends StoredSession {
  readonly subscriptions: readonly StoredSubscription[];
  /** In the order of `message.id`. */
  readonly deliveries: readonly RestoredDelivery[];
  /** Packet Identifiers of QoS 2 messages received and not yet released. */
  readonly received: readonly number[];
}

export interface RestoredDelivery extends StoredDelivery {
  readonly stage: DeliveryStage;
  /** 0 while queued. */
  readonly packetIdentifier: number;
}

/** Read once, from the first to the last, before the first change is written. */
export interface StoredState {
  readonly sessions: Iterable<RestoredSession>;
  readonly retained: Iterable<KeptMessage>;
  /** Absent: none. */
  readonly delayed?: Iterable<StoredDelayed>;
}

/** How long what is acknowledged lasts: as long as the broker runs, its process falls, or the machine does. */
export type Durability = 'memory' | 'process' | 'disk';

/** From the least that can be promised to the most. */
export const DURABILITIES: readonly Durability[] = ['memory', 'process', 'disk'];

/** What a store says of the commits it did not keep at once. It is never called from within `write`. */
export interface StoreListener {
  /** So many more commits are kept, oldest first. */
  onKept(commits: number): void;
  /**
   * What waits could not be kept. Nothing of it is lost: it stays with the store, which tries again with the next commit
   * and by itself, and says `onKept` when it has succeeded. Best a StoreError, which says whether there is no room.
   */
  onFailed(error: Error): void;
}

export interface Store {
  /** What a kept commit survives. */
  readonly durability: Durability;
  /** Everything kept; called once, before the first change. Rejects with StoreError. */
  open(listener: StoreListener): StoredState | Promise<StoredState>;
  /** Takes a change into the current commit. Must not throw. */
  write(change: StoreChange): void;
  /**
   * Ends the current commit. It counts as kept when all its changes are, and everything before them: true when that is so
   * already; otherwise the listener hears. Until then some of them may be kept, where a later commit has changed the others
   * again: nobody was acknowledged for them. What is undone before it was kept (a message delivered, a received message
   * released) need not be kept any more: then the commit counts as kept.
   */
  commit(): boolean;
  /** Commits what is open and releases what the store holds. Rejects with StoreError when it could not be kept. */
  close(): Promise<void>;
}

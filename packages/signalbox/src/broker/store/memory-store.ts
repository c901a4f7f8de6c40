/**
 * The store that lives as long as its process: sessions and retained messages outlive a Broker that is closed and
 * opened again on the same store, and nothing outlives the process. It commits at once.
 */
import type { KeptMessage } from '../delivery/kept-message.ts';
import type {
  DeliveryStage,
  RestoredDelivery,
  RestoredSession,
  Store,
  StoreChange,
  StoredDelayed,
  StoredDelivery,
  StoredSession,
  StoredState,
  StoredSubscription,
} from './store.ts';

interface KeptSession {
  session: StoredSession;
  readonly subscriptions: Map<string, StoredSubscription>;
  readonly deliveries: Map<number, KeptDelivery>;
  readonly received: Set<number>;
}

class KeptDelivery {
  readonly #delivery: StoredDelivery;
  stage: DeliveryStage = 'queued';
  packetIdentifier = 0;

  constructor(delivery: StoredDelivery) {
    this.#delivery = delivery;
  }

  get restored(): RestoredDelivery {
    const { message, qos, retain, subscriptionIdentifiers } = this.#delivery;
    const { stage, packetIdentifier } = this;
    return { message, qos, retain, subscriptionIdentifiers, stage, packetIdentifier };
  }
}

export class MemoryStore implements Store {
  readonly durability = 'memory';
  readonly #sessions = new Map<string, KeptSession>();
  readonly #retained = new Map<string, KeptMessage>();
  readonly #delayed = new Map<number, StoredDelayed>();

  open(): StoredState {
    const sessions: RestoredSession[] = [];
    for (const kept of this.#sessions.values()) {
      sessions.push({
        ...kept.session,
        subscriptions: [...kept.subscriptions.values()],
        deliveries: Array.from(kept.deliveries.values(), (delivery) => delivery.restored),
        received: [...kept.received],
      });
    }
    return { sessions, retained: [...this.#retained.values()], delayed: [...this.#delayed.values()] };
  }

  write(change: StoreChange): void {
    switch (change.type) {
      case 'retained':
        this.#retained.set(change.message.topic.name, change.message);
        break;
      case 'retained-cleared':
        this.#retained.delete(change.topicName);
        break;
      case 'delayed':
        this.#delayed.set(change.delayed.message.id, change.delayed);
        break;
      case 'delayed-ended':
        this.#delayed.delete(change.messageId);
        break;
      case 'session':
        this.#writeSession(change.session);
        break;
      case 'session-ended':
        this.#sessions.delete(change.clientId);
        break;
      default:
        this.#writeState(change);
    }
  }

  commit(): boolean {
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #writeSession(session: StoredSession): void {
    const kept = this.#sessions.get(session.clientId);
    if (kept !== undefined) {
      kept.session = session;
      return;
    }
    this.#sessions.set(session.clientId, {
      session,
      subscriptions: new Map(),
      deliveries: new Map(),
      received: new Set(),
    });
  }

  #writeState(change: Exclude<Extract<StoreChange, { clientId: string }>, { type: 'session-ended' }>): void {
    const kept = this.#sessions.get(change.clientId);
    if (kept === undefined) return;
    switch (change.type) {
      case 'subscribed':
        kept.subscriptions.set(change.subscription.topicFilter, change.subscription);
        break;
      case 'unsubscribed':
        kept.subscriptions.delete(change.topicFilter);
        break;
      case 'delivery':
        kept.deliveries.set(change.delivery.message.id, new KeptDelivery(change.delivery));
        break;
      case 'delivery-stage': {
        const delivery = kept.deliveries.get(change.delivery.message.id);
        if (delivery !== undefined) {
          delivery.stage = change.stage;
          delivery.packetIdentifier = change.packetIdentifier;
        }
        break;
      }
      case 'delivered':
        kept.deliveries.delete(change.messageId);
        break;
      case 'received':
        kept.received.add(change.packetIdentifier);
        break;
      case 'released':
        kept.received.delete(change.packetIdentifier);
        break;
    }
  }
}

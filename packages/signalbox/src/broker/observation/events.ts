/** What happens in a broker, for those who watch. Watching never changes or delays what happens. */
import type { PacketError } from '../../mqtt/errors.ts';
import type { Ban } from '../admission/bans.ts';
import type { ClientInfo } from '../hooks.ts';
import type { LossReason } from './loss-reasons.ts';

export type WarningCode = 'OPEN_TO_ALL';

export interface BrokerEvents {
  /** A listener accepts connections. */
  readonly listening: { readonly url: string };
  /** The broker does what it was told, and somebody should know: a listener that admits everybody from everywhere. */
  readonly warning: { readonly code: WarningCode; readonly message: string };
  /** A CONNECT was accepted and answered. */
  readonly connected: { readonly client: ClientInfo; readonly sessionPresent: boolean };
  /** A CONNECT was refused. */
  readonly refused: { readonly client: ClientInfo; readonly reasonCode: number };
  /** The Network Connection of an accepted client ended. `error`: what the peer did wrong, or the network's error. */
  readonly disconnected: { readonly client: ClientInfo; readonly error: PacketError | Error | undefined };
  readonly subscribed: { readonly client: ClientInfo; readonly topicFilter: string; readonly reasonCode: number };
  readonly unsubscribed: { readonly client: ClientInfo; readonly topicFilter: string };
  /** A message was not delivered to a client; every drop is reported here and counted. */
  readonly dropped: { readonly clientId: string; readonly topicName: string; readonly reason: LossReason };
  /** An address or a client identifier is refused for a while: see the limits `offences`, `flapping` and `banMs`. */
  readonly banned: Ban;
  /** The broker's event loop is so late that it refuses connections and slows the busiest clients down, or no more. */
  readonly overload: { readonly isOn: boolean; readonly delayMs: number };
  /** Something failed that is our fault or the operator's: a hook threw, the store failed, a bug. */
  readonly error: { readonly error: unknown; readonly while: string };
}

export type BrokerEventName = keyof BrokerEvents;

type Listener<Name extends BrokerEventName> = (event: BrokerEvents[Name]) => void;

export class EventListeners {
  readonly #listeners = new Map<BrokerEventName, Set<Listener<BrokerEventName>>>();

  /** Answers a function that stops listening. */
  on<Name extends BrokerEventName>(name: Name, listener: Listener<Name>): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    const entry = listener as Listener<BrokerEventName>;
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  /** So that nobody builds an event that nobody hears. */
  isHeard(name: BrokerEventName): boolean {
    const listeners = this.#listeners.get(name);
    return listeners !== undefined && listeners.size > 0;
  }

  emit<Name extends BrokerEventName>(name: Name, event: BrokerEvents[Name]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        // A watcher's fault must not become a client's; an error listener that throws has nobody left to tell.
        if (name !== 'error') this.emit('error', { error, while: `listening to ${name}` });
      }
    }
  }
}

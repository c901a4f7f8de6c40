/**
 * The ways into one broker: its listeners, transports that are attached, and the first thing that happens to a connection,
 * whichever way it came. Shut for good when the broker drains or closes. It must not know packets.
 */
import { tolerancesOf } from '../mqtt/tolerances.ts';
import { listen } from '../transport/listen.ts';
import type { Listener, Transport } from '../transport/transport.ts';
import { isLocal } from './admission/loopback.ts';
import { ClientLink } from './connection/client-link.ts';
import { type AttachSettings, type BrokerListenOptions, type Entrance, SUBPROTOCOLS, speaksMsip } from './entrance.ts';
import type { Exchange } from './exchange.ts';
import { MsipLink } from './msip/msip-link.ts';

export class Entrances {
  readonly #exchange: Exchange;
  readonly #listeners = new Set<Listener>();
  #isShut = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Where the broker listens now. */
  get urls(): readonly string[] {
    return [...this.#listeners].map(({ url }) => url);
  }

  /** Resolves when it listens; with a listener that is closed already when the entrances were shut meanwhile. */
  async listen(url: string, options: BrokerListenOptions): Promise<Listener> {
    const tolerances = tolerancesOf(options.compat ?? []);
    let entrance: Entrance | undefined; // one for all its connections
    const heeded = this.#exchange.gate.forListener(() => this.#isShut);
    const protocol = /^msips?:/i.test(url) ? 'msip' : 'mqtt';
    const listener: Listener = await listen(url, { subprotocols: SUBPROTOCOLS, ...heeded, ...options }, (transport) => {
      entrance ??= { ...options, url: listener.url, protocol, tolerances };
      this.#accept(transport, entrance);
    });
    if (this.#isShut) {
      await listener.close();
      return listener;
    }
    this.#listeners.add(listener);
    this.#exchange.events.emit('listening', { url: listener.url });
    this.#warnIfOpen(listener.url, options);
    return listener;
  }

  attach(transport: Transport, settings: AttachSettings): void {
    const tolerances = tolerancesOf(settings.compat ?? []);
    if (this.#exchange.gate.welcomes(transport.remoteAddress))
      this.#accept(transport, { protocol: 'mqtt', ...settings, url: '', tolerances });
    else transport.destroy();
  }

  /** From now on nobody comes in. */
  shut(): void {
    this.#isShut = true;
  }

  /** Resolves when no listener is left. */
  async close(): Promise<void> {
    this.shut();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  #accept(transport: Transport, entrance: Entrance): void {
    const exchange = this.#exchange;
    if (this.#isShut || exchange.links.size >= exchange.limits.connections) {
      exchange.statistics.onTurnedAway(this.#isShut ? 'closing' : 'connections');
      transport.destroy();
      return;
    }
    exchange.statistics.connectionsAccepted++;
    const Kind = speaksMsip(transport, entrance) ? MsipLink : ClientLink;
    const link = new Kind(exchange, transport, entrance);
    exchange.links.add(link);
    link.start();
  }

  /** Everybody is let in, and not from this machine only: whoever means that says so with `allowAnonymous`. */
  #warnIfOpen(url: string, { allowAnonymous, tls }: BrokerListenOptions): void {
    const { hooks, events } = this.#exchange;
    const isOpen = hooks.authenticate === undefined && allowAnonymous === undefined;
    if (!isOpen || tls?.requestCert === true || isLocal(url)) return;
    const message = `${url} admits everybody: there is no authenticate hook, and allowAnonymous is not set`;
    if (events.isHeard('warning')) events.emit('warning', { code: 'OPEN_TO_ALL', message });
    else process.emitWarning(`signalbox broker: ${message}`);
  }
}

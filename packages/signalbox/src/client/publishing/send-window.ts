// How many messages of QoS 1 and 2 are on their way, and whether another one may follow: as many as the server takes, and where
// neither it nor the program says how many, no more than servers are known to bear. §4.9

import { vacancy } from '../../mqtt/connection-outgoing.ts';
import type { ClientOptions } from '../client-options.ts';
import type { NetworkConnection } from '../network-connection.ts';
import type { Publication } from './publication.ts';

/** 3.1.1 has no word for what a server takes, and Mosquitto 2.0 cuts off whoever has more than 20 messages of QoS 2 on their way. */
const QOS_2_BEFORE_5 = 20;

interface WindowHost {
  readonly options: ClientOptions;
  readonly network: NetworkConnection;
}

export class SendWindow {
  /** By our own count: what was sent and is not settled. */
  count = 0;
  readonly #host: WindowHost;
  #qos2 = 0;

  constructor(host: WindowHost) {
    this.#host = host;
  }

  /** The server takes another message of this QoS, as far as it can say so. */
  hasVacancyFor({ qos }: Publication): boolean {
    if (qos === 0) return true;
    if (vacancy(this.#host.network.core.core) === 0) return false;
    return qos === 1 || this.#qos2 < QOS_2_BEFORE_5 || !this.#isUnannounced;
  }

  sent({ qos }: Publication): void {
    this.count++;
    if (qos === 2) this.#qos2++;
  }

  /** It is settled, or given up. */
  landed({ qos }: Publication): void {
    this.count--;
    if (qos === 2) this.#qos2--;
  }

  clear(): void {
    this.count = 0;
    this.#qos2 = 0;
  }

  /** Neither the server nor the program says how many messages may be on their way. */
  get #isUnannounced(): boolean {
    return this.#host.network.core.protocolVersion < 5 && this.#host.options.maximumInFlight === undefined;
  }
}

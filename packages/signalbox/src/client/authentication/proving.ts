// Enhanced authentication on one network connection: within the handshake, and again later. Loaded, with what the core needs for
// it, by who has an Authentication. §4.12

import { AUTHENTICATION } from '../../mqtt/connection-authentication.ts';
import { UsageError } from '../../mqtt/errors.ts';
import type { ListeningConnection } from '../../mqtt/listening-connection.ts';
import type { AuthPacket } from '../../mqtt/packets/auth.ts';
import type { ConnectInput } from '../../mqtt/packets/connect.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { NetworkConnection } from '../network-connection.ts';
import type { Authentication, AuthenticationExchange } from './authentication.ts';

/** From now on the connection understands AUTH. */
export function extend(core: Pick<ListeningConnection<never>, 'extend'>): void {
  core.extend(AUTHENTICATION);
}

export class Proving {
  readonly #authentication: Authentication;
  readonly #network: NetworkConnection;
  #exchange: AuthenticationExchange | undefined;
  #again: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(authentication: Authentication, network: NetworkConnection) {
    this.#authentication = authentication;
    this.#network = network;
  }

  /** A re-authentication is going on. */
  get isAsking(): boolean {
    return this.#again !== undefined;
  }

  /** CONNECT with what begins the authentication. */
  async begin(packet: ConnectInput): Promise<ConnectInput> {
    const { method } = this.#authentication;
    this.#exchange = this.#authentication.begin();
    const authenticationData = await this.#exchange.first();
    return { ...packet, properties: { ...packet.properties, authenticationMethod: method, authenticationData } };
  }

  /** CONNACK is here, with this data. Rejects when the server has not proved itself. */
  async end(data: Uint8Array | undefined): Promise<void> {
    await this.#exchange?.last(data);
  }

  /** Proves anew who we are, on a connection that stands; one at a time. §4.12.1 */
  async again(): Promise<void> {
    if (this.isAsking) throw new UsageError('NOT_ALLOWED', 'a re-authentication is going on already');
    const answer = new Promise<void>((resolve, reject) => {
      this.#again = { resolve, reject };
    });
    try {
      this.#exchange = this.#authentication.begin();
      const data = await Promise.race([this.#exchange.first(), answer]);
      this.#send(ReasonCode.ReAuthenticate, data as Uint8Array | undefined);
      await answer;
    } finally {
      this.#again = undefined;
    }
  }

  /** Nobody waits for the re-authentication any longer. */
  abandon(error: unknown): void {
    this.#again?.reject(error);
  }

  /** Rejects when the server is not to be trusted any more. */
  async onAuth({ reasonCode, properties: { authenticationData } }: AuthPacket): Promise<void> {
    const data = authenticationData === undefined ? undefined : new Uint8Array(authenticationData); // it is overwritten
    if (reasonCode === ReasonCode.Success) {
      await this.end(data);
      this.#again?.resolve();
      return;
    }
    const answer = await this.#exchange?.next(data ?? new Uint8Array(0));
    this.#send(ReasonCode.ContinueAuthentication, answer);
  }

  #send(reasonCode: number, authenticationData: Uint8Array | undefined): void {
    const properties = { authenticationMethod: this.#authentication.method, authenticationData };
    this.#network.send({ type: 'auth', reasonCode, properties });
  }
}

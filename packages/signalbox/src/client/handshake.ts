// From an open transport to CONNACK: what CONNECT says, and the enhanced authentication between the two and later. §3.1,
// §3.2, §4.12

import { UsageError } from '../mqtt/errors.ts';
import type { AuthPacket } from '../mqtt/packets/auth.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { ConnectInput } from '../mqtt/packets/connect.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import type { Authentication, AuthenticationExchange } from './authentication/authentication.ts';
import { RefusedError } from './client-errors.ts';
import type { ClientOptions, ConnectSettings } from './client-options.ts';
import { Deferred } from './deferred.ts';
import type { NetworkConnection } from './network-connection.ts';

/** Messages of QoS 1 and 2 the server may have on their way to us: what a slow program makes wait here at most. */
const RECEIVE_MAXIMUM = 1_000;
/** How long a session outlives its connection when nothing is said: a failure of the network, not a holiday. */
const SHORT_EXPIRY = 300;
const LONG_EXPIRY = 86_400;
const DEFAULT_KEEP_ALIVE = 60;

/** Whether the session is to be there for a later life of the program. */
export function isKept(options: ClientOptions): boolean {
  return options.sessionStore !== undefined || options.cleanStart === false;
}

export function expiryOf(options: ClientOptions): number {
  return options.sessionExpiryInterval ?? (isKept(options) ? LONG_EXPIRY : SHORT_EXPIRY);
}

export interface ConnectFacts {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  /** The session of an earlier connection, or life of the program, goes on. */
  readonly resumes: boolean;
}

export function connectPacket(options: ClientOptions, settings: ConnectSettings, facts: ConnectFacts): ConnectInput {
  const { protocolVersion, clientId, resumes } = facts;
  const will = settings.will ?? options.will;
  const packet = {
    type: 'connect' as const,
    protocolVersion,
    clientId,
    keepAlive: options.keepAlive ?? DEFAULT_KEEP_ALIVE,
    username: settings.username ?? options.username,
    password: settings.password ?? options.password,
    // The server made us speak a version that has no properties: a will without is better than none.
    will: will && protocolVersion < 5 && options.protocolVersion === undefined ? { ...will, properties: {} } : will,
  };
  if (protocolVersion < 5) {
    const isLasting = isKept(options) || (options.sessionExpiryInterval ?? 0) > 0;
    return { ...packet, cleanStart: !isLasting || !resumes };
  }
  return {
    ...packet,
    cleanStart: !resumes,
    properties: { sessionExpiryInterval: expiryOf(options), receiveMaximum: RECEIVE_MAXIMUM, ...options.properties },
  };
}

export class Handshake {
  readonly #network: NetworkConnection;
  readonly #authentication: Authentication | undefined;
  #exchange: AuthenticationExchange | undefined;
  #connack: Deferred<ConnackPacket> | undefined;
  /** What came with CONNACK for the authentication: an own copy. */
  #proof: Uint8Array | undefined;
  #again: Deferred<void> | undefined;
  /** The connection is gone, or is not to be used. */
  readonly #failed = new Deferred<never>();

  constructor(network: NetworkConnection, authentication: Authentication | undefined) {
    this.#network = network;
    this.#authentication = authentication;
    this.#failed.promise.catch(() => {}); // told by whoever waits
  }

  /** Sends CONNECT; resolves with an accepting CONNACK. Rejects with RefusedError and UsageError. */
  async connect(packet: ConnectInput): Promise<ConnackPacket> {
    this.#connack = new Deferred();
    this.#connack.promise.catch(() => {});
    const authentication = this.#authentication;
    if (authentication === undefined) this.#network.send(packet);
    else {
      this.#exchange = authentication.begin();
      const data = await Promise.race([this.#exchange.first(), this.#failed.promise]);
      this.#network.send({
        ...packet,
        properties: { ...packet.properties, authenticationMethod: authentication.method, authenticationData: data },
      });
    }
    const connack = await this.#connack.promise;
    await Promise.race([this.#exchange?.last(this.#proof), this.#failed.promise]);
    return connack;
  }

  /** A re-authentication is going on. */
  get isAsking(): boolean {
    return this.#again !== undefined;
  }

  /** Proves anew who we are, on a connection that stands. §4.12.1 */
  async authenticateAgain(): Promise<void> {
    if (this.#again !== undefined) throw new UsageError('NOT_ALLOWED', 'a re-authentication is going on already');
    const authentication = this.#authentication!;
    const again = new Deferred<void>();
    this.#again = again;
    try {
      this.#exchange = authentication.begin();
      const first = this.#exchange.first();
      const data = (await Promise.race([first, again.promise])) as Uint8Array | undefined;
      this.#network.send({
        type: 'auth',
        reasonCode: ReasonCode.ReAuthenticate,
        properties: { authenticationMethod: authentication.method, authenticationData: data },
      });
      await again.promise;
    } finally {
      this.#again = undefined;
    }
  }

  /** The caller has lost patience with the re-authentication. */
  abandon(error: unknown): void {
    this.#again?.reject(error);
  }

  onConnack(connack: ConnackPacket): void {
    const { authenticationData } = connack.properties;
    if (authenticationData !== undefined) this.#proof = new Uint8Array(authenticationData);
    if (connack.reasonCode === 0) this.#connack?.resolve(connack);
    else this.#connack?.reject(refusal('the connection', connack));
  }

  onAuth({ reasonCode, properties }: AuthPacket): void {
    this.#answer(reasonCode, properties.authenticationData).catch((error: Error) => {
      this.fail(error);
      this.#network.destroy(error); // not to be trusted any more
    });
  }

  /** The connection ended first, or the other side is not who it claims to be. */
  fail(error: Error): void {
    this.#connack?.reject(error);
    this.#again?.reject(error);
    this.#failed.reject(error);
  }

  async #answer(reasonCode: number, data: Uint8Array | undefined): Promise<void> {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const own = data === undefined ? undefined : new Uint8Array(data); // what was received is overwritten
    if (reasonCode === ReasonCode.Success) {
      await exchange.last(own);
      this.#again?.resolve();
      return;
    }
    const answer = await exchange.next(own ?? new Uint8Array(0));
    this.#network.send({
      type: 'auth',
      reasonCode: ReasonCode.ContinueAuthentication,
      properties: { authenticationMethod: this.#authentication!.method, authenticationData: answer },
    });
  }
}

/** What CONNACK or DISCONNECT says, as an error; it knows where else to go. */
export function refusal(
  what: string,
  {
    reasonCode,
    properties,
  }: {
    readonly reasonCode: number;
    readonly properties: { readonly reasonString?: string; readonly serverReference?: string };
  },
): RefusedError {
  return new RefusedError(what, reasonCode, properties.reasonString, properties.serverReference);
}

// From an open transport to CONNACK: what CONNECT says, and the waiting for the answer. §3.1, §3.2, §4.12

import type { AuthPacket } from '../mqtt/packets/auth.ts';
import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { ConnectInput } from '../mqtt/packets/connect.ts';
import type { Proving } from './authentication/proving.ts';
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
  /** With enhanced authentication only. */
  readonly proving: Proving | undefined;
  readonly #connack = new Deferred<ConnackPacket>();
  /** What came with CONNACK for the authentication: an own copy. */
  #proof: Uint8Array | undefined;
  /** The connection is gone, or is not to be used. */
  readonly #failed = new Deferred<never>();

  constructor(network: NetworkConnection, proving: Proving | undefined) {
    this.#network = network;
    this.proving = proving;
    for (const { promise } of [this.#connack, this.#failed]) promise.catch(() => {}); // told by whoever waits
  }

  /** Sends CONNECT; resolves with an accepting CONNACK. Rejects with RefusedError and UsageError. */
  async connect(packet: ConnectInput): Promise<ConnackPacket> {
    const { proving } = this;
    const failed = this.#failed.promise;
    this.#network.send(proving === undefined ? packet : await Promise.race([proving.begin(packet), failed]));
    const connack = await this.#connack.promise;
    await Promise.race([proving?.end(this.#proof), failed]);
    return connack;
  }

  onConnack(connack: ConnackPacket): void {
    const { authenticationData } = connack.properties;
    if (authenticationData !== undefined) this.#proof = new Uint8Array(authenticationData);
    if (connack.reasonCode === 0) this.#connack.resolve(connack);
    else this.#connack.reject(refusal('the connection', connack));
  }

  onAuth(packet: AuthPacket): void {
    this.proving?.onAuth(packet).catch((error: Error) => {
      this.fail(error);
      this.#network.destroy(error); // not to be trusted any more
    });
  }

  /** The connection ended first, or the other side is not who it claims to be. */
  fail(error: Error): void {
    this.#connack.reject(error);
    this.proving?.abandon(error);
    this.#failed.reject(error);
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

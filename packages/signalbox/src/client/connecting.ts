// One connection of a client after another: as whom it connects and in which version, whether a session goes on, and when
// the connection that stands may be used. §3.1, §3.2

import type { ConnackPacket } from '../mqtt/packets/connack.ts';
import type { ConnectInput } from '../mqtt/packets/connect.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import type { Transport } from '../transport/transport.ts';
import type { Proving } from './authentication/proving.ts';
import { ClientError } from './client-errors.ts';
import type { ClientOptions, ConnectSettings } from './client-options.ts';
import { Deferred } from './deferred.ts';
import { connectPacket, Handshake, isKept } from './handshake.ts';
import type { NetworkConnection } from './network-connection.ts';
import { loaded } from './rooms.ts';
import { readAddress, type ServerAddress } from './server-address.ts';

export interface ConnectingHost {
  readonly options: ClientOptions;
  readonly network: NetworkConnection;
  /** CONNECT as it is to be sent. */
  intercepted(connect: ConnectInput): ConnectInput;
  /** Within the core's handling of CONNACK: nothing may be sent yet. */
  onAccepted(connack: ConnackPacket): void;
  /** The connection may be used. */
  onReady(): void;
}

export class Connecting {
  clientId: string;
  /** Of the connection that stands. */
  connack: ConnackPacket | undefined;
  handshake: Handshake | undefined;
  /** CONNACK is here, and the server has proved what it has to. */
  isReady = false;
  readonly #host: ConnectingHost;
  /** A session of ours may be there: CONNECT is not to end it. */
  #resumes: boolean;
  /** To be tried next, or spoken. */
  protocolVersion: 4 | 5;
  /** Of the first URL: for servers that come without. */
  readonly #credentials: Pick<ClientOptions, 'username' | 'password'>;
  #proving: Proving | undefined;
  #ended = new Deferred<Error | undefined>();

  constructor(host: ConnectingHost) {
    const { options } = host;
    this.#host = host;
    this.clientId = options.clientId ?? randomClientId();
    this.#resumes = isKept(options) && options.cleanStart !== true;
    this.protocolVersion = options.protocolVersion ?? 5;
    const { username, password } = readAddress(options.url!).options;
    this.#credentials = { username, password };
  }

  /** Resolves, with the reason, when the connection that was opened last is gone. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  /** Before a transport is opened: what this connection needs and most do not is loaded. */
  async prepare(settings: ConnectSettings): Promise<void> {
    const { network, options } = this.#host;
    const authentication = settings.authentication ?? options.authentication;
    this.#proving = undefined;
    const { extend, Proving } = await loaded(import('./authentication/proving.ts'));
    extend(network.core);
    if (authentication !== undefined) this.#proving = new Proving(authentication, network);
  }

  /** Resolves with an accepting CONNACK; otherwise the transport is closed when this rejects. */
  async connect(transport: Transport, settings: ConnectSettings, address: ServerAddress): Promise<ConnackPacket> {
    const { network, options, intercepted } = this.#host;
    const credentials = address.options.username === undefined ? this.#credentials : address.options;
    const combined = { ...address.options, ...credentials, ...options };
    this.#ended = new Deferred();
    this.handshake = new Handshake(network, this.#proving);
    network.open(transport);
    const facts = { clientId: this.clientId, protocolVersion: this.protocolVersion, resumes: this.#resumes };
    try {
      const packet = connectPacket(combined, settings, facts);
      const connack = await this.handshake.connect(intercepted(packet));
      if (!network.isConnected) throw new ClientError('CONNECTION_LOST', 'the server accepted and closed');
      this.isReady = true;
      this.#host.onReady();
      return connack;
    } catch (error) {
      network.destroy(error as Error);
      throw (await this.#ended.promise) ?? error;
    }
  }

  /** A server that knows only 3.1.1 says so: true when the next attempt is made in that. */
  adapts(error: Error): boolean {
    if (this.#host.options.protocolVersion !== undefined || this.protocolVersion === 4) return false;
    const { reasonCode, code } = error as Error & { reasonCode?: number; code?: string };
    const isTooNew = reasonCode === ReasonCode.UnsupportedProtocolVersion || (code === 'REFUSED' && reasonCode === 1);
    if (isTooNew) this.protocolVersion = 4;
    return isTooNew;
  }

  onConnack(connack: ConnackPacket): void {
    if (connack.reasonCode === 0) {
      this.connack = connack;
      this.#resumes = true;
      this.clientId = connack.properties.assignedClientIdentifier ?? this.clientId;
      this.#host.onAccepted(connack);
    }
    this.handshake?.onConnack(connack);
  }

  onEnd(error: Error | undefined): void {
    this.connack = undefined;
    this.isReady = false;
    this.handshake?.fail(error ?? new ClientError('CONNECTION_LOST', 'the server closed the connection'));
    this.#ended.resolve(error);
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** 23 letters and digits: what every server of 3.1.1 takes. [MQTT-3.1.3-5@3.1.1] */
function randomClientId(): string {
  const random = Array.from({ length: 14 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]);
  return `signalbox${random.join('')}`;
}

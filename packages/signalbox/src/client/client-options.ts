// What a client can be told when it is made, with the reason for each default.

import type { WillInput } from '../mqtt/packets/connect.ts';
import type { ConnectProperties, PropertiesInput } from '../mqtt/properties.ts';
import type { ConnectOptions as TransportOptions } from '../transport/connect.ts';
import type { Transport } from '../transport/transport.ts';
import type { Authentication } from './authentication/authentication.ts';
import type { ClientClock } from './clock.ts';
import type { Interceptors } from './observation/interceptors.ts';
import type { Message } from './receiving/message.ts';
import type { ReconnectPolicy } from './reconnect.ts';
import type { ClientStatus } from './status.ts';
import type { SessionStore } from './store/session-store.ts';

/** What a connection is made with: TLS, headers, proxy and what else the transports know. */
export interface DialOptions extends TransportOptions {
  /** In a page: most that is held while nobody reads, in bytes (docs/errors.md, `RECEIVE_BUFFER_FULL`). Default 16 MiB. */
  readonly maximumHeld?: number;
}

/** Makes the network connection to `url`. Rejects when it cannot, or when `options.signal` is aborted. */
export type Dial = (url: string, options: DialOptions) => Promise<Transport>;

/** What `beforeConnect` may change for the coming attempt. What it leaves out stays as the options say. */
export interface ConnectSettings {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Uint8Array | string | undefined;
  readonly will?: WillInput | undefined;
  readonly authentication?: Authentication | undefined;
  /** TLS, headers, proxy. */
  readonly transport?: DialOptions | undefined;
}

export interface ConnectAttempt {
  /** 1 for the first, and again for the first after a connection that was stable. */
  readonly attempt: number;
  /** The server that is about to be tried. */
  readonly url: string;
  /** Why the last connection ended or could not be made. */
  readonly error: Error | undefined;
  readonly signal: AbortSignal;
}

/** What becomes of a message for which the outgoing queue has no room. */
export type QueuePolicy = 'reject' | 'drop-oldest' | 'drop-newest';

export interface QueueOptions {
  /** Default 100,000: what is published in some minutes without a network, and some tens of megabytes. */
  readonly messages?: number | undefined;
  /** Bytes of topics and payloads. Default 64 MiB. */
  readonly bytes?: number | undefined;
  /** A message that waited longer is given up (`EXPIRED`). Default: no limit but its own expiry. */
  readonly ageMs?: number | undefined;
  /** Default `reject`: publish() rejects with `QUEUE_FULL`, nothing is lost silently. */
  readonly policy?: QueuePolicy | undefined;
  /** Whether messages of QoS 0 wait for a connection too. Default true; without it they reject with `CONNECTION_LOST`. */
  readonly qos0?: boolean | undefined;
}

/** When a message that never gets through is given up: it would come again for ever, and hold up others. */
export interface PoisonOptions {
  /**
   * Connections in a row the server ends over one message, with a DISCONNECT that blames something it was sent (0x82, 0x95, …),
   * until publish() rejects with `POISONED`. Which message it is shows when they are sent one at a time. Default 3.
   */
  readonly disconnects?: number | undefined;
  /** The same for connections that end without a word, or on which the message is never acknowledged. Default 20: networks do that, too. */
  readonly drops?: number | undefined;
  /** How often a received message is delivered to a handler that fails, once for each connection. Default: as often as the server sends it. */
  readonly deliveries?: number | undefined;
  /** Of PUBACK or PUBREC for a message that failed so often (5.0). Default 0x83; 3.1.1 has no other word than that it is done. */
  readonly reasonCode?: number | undefined;
  /** Gets it before it is acknowledged, to keep it elsewhere. When this fails, the message stays. Default: `onProblem` is told. */
  readonly onPoison?: ((message: Message, error: Error) => unknown) | undefined;
}

/** When a received message of QoS 1 or 2 is acknowledged. */
export type AcknowledgeMode = 'handled' | 'automatic' | 'manual';

export interface ClientOptions {
  /** `mqtt://`, `mqtts://`, `ws://`, `wss://` or `unix://`; `tcp://`, `ssl://` and `tls://` are understood. May hold user name and password. */
  readonly url?: string | undefined;
  /** More servers of the same service, tried in turn. */
  readonly servers?: readonly string[] | undefined;
  /** TLS, headers of WebSocket, proxy. */
  readonly transport?: DialOptions | undefined;
  /** In place of the built-in transports. */
  readonly dial?: Dial | undefined;

  /** Default: 5, and 3.1.1 (4) when the server answers that it does not know 5. */
  readonly protocolVersion?: 4 | 5 | undefined;
  /** Default: made up once, `signalbox` and 14 random characters. */
  readonly clientId?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Uint8Array | string | undefined;
  /** Seconds. Default 60: a dead connection is noticed within 75 s. 0: none. */
  readonly keepAlive?: number | undefined;
  /** The first connection begins a new session. Default true, false with a `sessionStore`. Later ones resume it. */
  readonly cleanStart?: boolean | undefined;
  /**
   * Seconds the server keeps the session without a connection. Default 300, so that a short failure costs nothing, and none
   * after close(); 86,400 with a `sessionStore` or `cleanStart: false`, after close() as well. 3.1.1 knows kept sessions
   * only without end: there the default is none unless `cleanStart` is false.
   */
  readonly sessionExpiryInterval?: number | undefined;
  readonly will?: WillInput | undefined;
  /** Further properties of CONNECT. Receive Maximum is 1,000 by default, so that what waits for a slow program is bounded. */
  readonly properties?: PropertiesInput<ConnectProperties> | undefined;
  /** Enhanced authentication, such as `scramSha256({ username, password })`. */
  readonly authentication?: Authentication | undefined;

  /** False: connect() resolves at once, and what is published waits. Default true. */
  readonly awaitConnection?: boolean | undefined;
  /** Whether the first connection is tried as patiently as later ones. Default false: connect() rejects when no server lets us in. */
  readonly retryFirst?: boolean | undefined;
  /** When to try again; false: never. Default: after 1 s, doubling to 120 s, with jitter; anew after 10 s of connection. */
  readonly reconnect?: ReconnectPolicy | false | undefined;
  /** Asked before each attempt, for fresh credentials or another URL. A rejection counts as a failed attempt. */
  readonly beforeConnect?:
    | ((attempt: ConnectAttempt) => ConnectSettings | undefined | Promise<ConnectSettings | undefined>)
    | undefined;
  /** From dialling to CONNACK. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Whether to go where the server sends us (Server Reference), five times at most in a row. Default true. */
  readonly followServerReference?: boolean | undefined;
  /** Connect again after another client took the session over. Default false: the two would take turns for ever. */
  readonly reconnectAfterTakeover?: boolean | undefined;
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined;

  /** In a page, what publishes is loaded with the first message; with this (`{}` will do) before the first connection. */
  readonly queue?: QueueOptions | undefined;
  /** Most messages of QoS 1 and 2 on their way at a time. Default 1,000, and never more than the server takes; in 3.1.1, where it cannot say, 20 of QoS 2. */
  readonly maximumInFlight?: number | undefined;
  /** `map`: topics get aliases as far as the server allows, the least recently used is replaced. `off`: only those given by hand. Default `off`: aliases save bytes on a slow line, and cost time at both ends. */
  readonly topicAliases?: 'map' | 'replace' | 'off' | undefined;
  /** What is unanswered this long on a living connection (messages, SUBSCRIBE, UNSUBSCRIBE): the connection is made anew and it is repeated. Default 60,000. */
  readonly acknowledgeTimeoutMs?: number | undefined;
  /** Limit for publish, subscribe, unsubscribe when the call names none. Default: none, they wait for the network. */
  readonly operationTimeoutMs?: number | undefined;
  /** Least time between two messages that are sent again after a reconnection. Default 0. */
  readonly resendIntervalMs?: number | undefined;

  /** Default `handled`: after the handler has resolved, or when the next message is asked for. */
  readonly acknowledge?: AcknowledgeMode | undefined;
  /** What becomes of messages that never get through. */
  readonly poison?: PoisonOptions | undefined;
  /** Messages no subscription wants (a session that goes on from before) kept for one to come. Default 1,000. */
  readonly unclaimed?: number | undefined;

  /** Keeps the session beyond the life of the program. */
  readonly sessionStore?: SessionStore | undefined;

  readonly interceptors?: Interceptors | undefined;
  /** The value of the User Property `traceparent` for a message that is published (W3C Trace Context). */
  readonly traceContext?: (() => string | undefined) | undefined;
  /** How many of the last packets `lastPackets()` knows. Default 64, and 0 in a page, where it is loaded for who asks; 0: none. */
  readonly lastPackets?: number | undefined;
  readonly onStatus?: ((status: ClientStatus) => void) | undefined;
  /** What no promise tells: a handler that threw, an interceptor that failed. Default: console.error. */
  readonly onProblem?: ((problem: Error) => void) | undefined;
  /** `polled`: nothing moves but while `events()` is asked for the next one. Default `running`. */
  readonly drive?: 'running' | 'polled' | undefined;
  /** For tests and simulations. */
  readonly clock?: ClientClock | undefined;
}

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
  /** The promise rejects with `TIMEOUT`; a message that was sent already may arrive nevertheless. */
  readonly timeoutMs?: number | undefined;
}

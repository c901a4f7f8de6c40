// What an MSIP client can be told when it is made, with the reason for each default. The first seven are those of the
// reference clients, with their names, units and defaults.

import type { ClientClock } from '../client/clock.ts';
import type { ConnectOptions } from '../transport/connect.ts';
import type { Transport } from '../transport/transport.ts';

/** What a connection is made with: TLS, headers, proxy and what else the transports know. */
export type MsipDialOptions = ConnectOptions;

/** Makes the network connection to `url`. Rejects when it cannot, or when `options.signal` is aborted. */
export type Dial = (url: string, options: MsipDialOptions) => Promise<Transport>;

/** When a message of an acknowledged session is acknowledged. */
export type MsipAcknowledgeMode = 'handled' | 'automatic' | 'manual';

/** What becomes of a message for which the outgoing queue has no room. */
export type MsipQueuePolicy = 'reject' | 'drop-oldest' | 'drop-newest';

export interface MsipQueueOptions {
  /** Default 100,000: what is published in some minutes without a network. */
  readonly messages?: number | undefined;
  /** Bytes of topics and messages. Default 64 MiB. */
  readonly bytes?: number | undefined;
  /** Default `reject`: publish() throws, publishAsync() rejects with `QUEUE_FULL`, nothing is lost silently. */
  readonly policy?: MsipQueuePolicy | undefined;
}

/** What `beforeConnect` may change for the coming attempt. */
export interface MsipConnectSettings {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Uint8Array | string | undefined;
  readonly transport?: MsipDialOptions | undefined;
}

export interface MsipConnectAttempt {
  /** 1 for the first, and again for the first after a connection. */
  readonly attempt: number;
  readonly url: string;
  /** Why the last connection ended or could not be made. */
  readonly error: Error | undefined;
  readonly signal: AbortSignal;
}

export interface MsipClientOptions {
  /** Default '': the server assigns one. */
  readonly clientId?: string | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 9000, with TLS 9001. */
  readonly port?: number | undefined;
  /** Whether a connection that is lost, or cannot be made, is tried again. Default true. */
  readonly autoReconnect?: boolean | undefined;
  /** ms. Default 3,000. The first wait; each further one is twice as long, up to a minute, and of each a random half to all. */
  readonly reconnectDelay?: number | undefined;
  /** Failed attempts in a row until the client gives up. Default 10; 0: no end. */
  readonly maxReconnectAttempts?: number | undefined;
  /** ms between two PINGs. Default 0: none. */
  readonly pingInterval?: number | undefined;

  /** In place of host and port: `msip://`, `msips://`, `ws://`, `wss://` or `unix://`. May hold user name and password. */
  readonly url?: string | undefined;
  /** For TLS with host and port. With a `url` its scheme decides, and this is what it connects with. */
  readonly tls?: MsipDialOptions['tls'] | undefined;
  /** Headers of WebSocket, proxy, and what else the transports know. */
  readonly transport?: MsipDialOptions | undefined;
  /** In place of the built-in transports. */
  readonly dial?: Dial | undefined;
  readonly username?: string | undefined;
  /** Needs a user name. Sent as it is: use TLS. */
  readonly password?: Uint8Array | string | undefined;
  /** Asked before each attempt, for fresh credentials or another URL. A rejection counts as a failed attempt. */
  readonly beforeConnect?:
    | ((attempt: MsipConnectAttempt) => MsipConnectSettings | undefined | Promise<MsipConnectSettings | undefined>)
    | undefined;
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined;

  /** The longest wait between two attempts, in ms. Default 60,000: a service that comes back is found within a minute. */
  readonly reconnectDelayMaximumMs?: number | undefined;
  /** From dialling to the answer to HELLO, in ms. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long the server may be silent after a PING until the connection counts as dead. Default: `pingInterval`. */
  readonly pongTimeoutMs?: number | undefined;
  /** What is unanswered this long on a living connection rejects with `NOT_ACKNOWLEDGED`. Default 30,000; 0: never. */
  readonly acknowledgeTimeoutMs?: number | undefined;
  /** Limit for every promise whose call names none, in ms. Default: none, they wait for the network. */
  readonly operationTimeoutMs?: number | undefined;

  /** Asks for an acknowledged session: at least once, kept while the client is away. Needs a `clientId` to be of use. */
  readonly acknowledged?: boolean | undefined;
  /** Default `handled`: after the handler has resolved, or when the next message is asked for. */
  readonly acknowledge?: MsipAcknowledgeMode | undefined;
  /** Messages of an acknowledged session that nobody wants yet, kept for a subscription to come. Default 1,000. */
  readonly unclaimed?: number | undefined;

  readonly queue?: MsipQueueOptions | undefined;
  /** Most messages that are published and not acknowledged at a time, of those whose acknowledgement is awaited. Default 1,000. */
  readonly maximumInFlight?: number | undefined;
  /** The largest payload taken from the server, in bytes. Default 16 MiB: twice what our broker passes on. */
  readonly maximumPayloadLength?: number | undefined;
  /** Whether compressed messages are inflated. Default true; without it they are handed over as they came. */
  readonly inflate?: boolean | undefined;
  /** The largest message made by inflating, in bytes. Default 64 MiB. */
  readonly maximumInflatedLength?: number | undefined;

  /** For tests and simulations. */
  readonly clock?: ClientClock | undefined;
}

export interface MsipOperationOptions {
  /** Aborting rejects with its reason; what was sent already may have its effect. */
  readonly signal?: AbortSignal | undefined;
  /** The promise rejects with `TIMEOUT`; what was sent already may have its effect. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Where an embedding program decides: who may connect, who may publish and subscribe, what a message or a subscription
 * becomes. Each hook may answer at once or with a promise; while one client's promise is pending, only that client waits.
 */
import type { Will } from '../mqtt/packets/connect.ts';
import type { SubscriptionRequest } from '../mqtt/packets/subscribe.ts';
import type { UserProperty } from '../mqtt/properties.ts';
import type { QoS } from '../mqtt/wire-format.ts';
import type { PeerCertificate } from '../transport/transport.ts';
import type { AuthenticationMethod } from './admission/authentication-method.ts';
import type { SpokenVersion } from './connection/link.ts';

/** Topic Filters that a client may use, as whoever authenticated it says: all it may do, whatever else would allow. */
export interface TopicGrants {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** A client, as hooks and events see it. */
export interface ClientInfo {
  readonly clientId: string;
  /** As the client sent it, or as authentication said. */
  readonly username: string | undefined;
  /** 3, 4 or 5 of MQTT 3.1, 3.1.1 or 5.0; 1: the client speaks MSIP/1. */
  readonly protocolVersion: SpokenVersion;
  /** Address and port of the peer, or the path of the socket. */
  readonly remoteAddress: string;
  /** URL of the listener that accepted the connection; empty for an attached transport. */
  readonly listener: string;
  /** What the client showed in its TLS handshake, verified; undefined without one, and without TLS. */
  readonly certificate: PeerCertificate | undefined;
  /** As authentication said. */
  readonly groups: readonly string[];
  /** As authentication said; undefined: no limits of its own. */
  readonly acl: TopicGrants | undefined;
  /** Milliseconds since 1970 at which the connection ends with Maximum connect time (0xA0); undefined: never. */
  readonly expiresAt: number | undefined;
}

/** What a client presents in CONNECT (§3.1). */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly cleanStart: boolean;
  readonly will: Will | undefined;
  readonly userProperties: readonly UserProperty[];
}

/** Admits, and says more about the client. What is left out stays as the client said it. At least one part is there. */
export interface Admission {
  readonly username?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly acl?: TopicGrants | undefined;
  /** Milliseconds since 1970: until when the client may stay, as when its token runs out. */
  readonly expiresAt?: number | undefined;
}

/**
 * `true` admits, and so does an Admission. A session belongs to the user whom an Admission names; `true` names nobody, and
 * what is told apart by users is told apart by addresses then. `false` refuses with Not authorized (0x87), a number with that
 * reason code.
 */
export type AuthenticationResult = boolean | number | Admission;

export interface PublishedMessage {
  readonly topicName: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
}

/**
 * `true` or nothing passes the message on. `false` refuses it with Not authorized (0x87), a number with that reason
 * code. An object passes on the message with these parts replaced.
 */
export type PublishResult = undefined | boolean | number | { readonly payload?: Uint8Array; readonly retain?: boolean };

/** `true` or nothing grants what was asked for. A number is the reason code of SUBACK: 0, 1, 2 or a failure (§3.9.3). */
export type SubscribeResult = undefined | boolean | number;

export type Action = 'publish' | 'subscribe';

/** What else is asked for. */
export interface ActionDetails {
  /** The group that the client wants to be a member of (`$share/GROUP/filter`); the Topic Filter is the part behind it. */
  readonly shareName?: string | undefined;
}

/** An answer now or later. */
export type Maybe<T> = T | Promise<T>;

/** Whether the answer is still to come. Promises of other libraries and realms count, or they would pass for `true`. */
export function isLater<T>(answer: Maybe<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function';
}

/** Goes on with an answer: at once when it is there, so that a hook which does not wait costs no promise. */
export function after<T, R>(answer: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return isLater(answer) ? Promise.resolve(answer).then(next) : next(answer);
}

/** A hook did not answer within `limits.hookTimeoutMs`: an error of the embedding program, which costs that client its connection. */
export class HookTimeout extends Error {
  override readonly name = 'HookTimeout';
}

export interface BrokerHooks {
  /** Called once per CONNECT. A hook that throws refuses with Unspecified error (0x80). Absent: everybody is admitted. */
  readonly authenticate?: (client: ClientInfo, credentials: Credentials) => Maybe<AuthenticationResult>;
  /**
   * Enhanced authentication (§4.12): the methods that clients may name in CONNECT. Who authenticates with one is not
   * asked about by `authenticate`. Absent: clients that name a method are refused with 0x8C.
   */
  readonly authenticationMethods?: readonly AuthenticationMethod[];
  /**
   * Whether this client, as it was admitted, may have its Client Identifier; asked about anonymous clients too. Whoever may
   * not is refused with 0x85. Absent: every client may have any.
   */
  readonly allowsClientId?: (client: ClientInfo) => boolean;
  /** May this client publish to this Topic Name, or subscribe to this Topic Filter? Also asked for Will Messages,
   * and for what is published on behalf of a client that may be gone (a will, `$delayed/…`) once more when it is. */
  readonly authorize?: (client: ClientInfo, action: Action, topic: string, details?: ActionDetails) => Maybe<boolean>;
  /** Called for each message of a client after `authorize`, before it is routed. */
  readonly onPublish?: (client: ClientInfo, message: PublishedMessage) => Maybe<PublishResult>;
  /** Called for each Topic Filter after `authorize`, before the subscription exists. */
  readonly onSubscribe?: (client: ClientInfo, request: SubscriptionRequest) => Maybe<SubscribeResult>;
}

// What the entry point `signalbox` has on every platform.

export { PacketError, UsageError } from '../mqtt/errors.ts';
export type { ConnackPacket } from '../mqtt/packets/connack.ts';
export type { WillInput } from '../mqtt/packets/connect.ts';
export type { Packet, PacketInput } from '../mqtt/packets/packet.ts';
export type { RetainHandling } from '../mqtt/packets/subscribe.ts';
export type { ConnectProperties, PublishProperties, UserProperty } from '../mqtt/properties.ts';
export { ReasonCode, reasonCodeName } from '../mqtt/reason-codes.ts';
export type { QoS } from '../mqtt/wire-format.ts';
export type { Transport, TransportHandler, TransportProtocol } from '../transport/transport.ts';
export { TransportError, type TransportErrorCode } from '../transport/transport-error.ts';
export type { Authentication, AuthenticationExchange } from './authentication/authentication.ts';
export { type ScramOptions, scramSha256 } from './authentication/scram.ts';
export type { Client } from './client.ts';
export { CLIENT_ERRORS, ClientError, type ClientErrorCode, RefusedError } from './client-errors.ts';
export type {
  AcknowledgeMode,
  ClientOptions,
  ConnectAttempt,
  ConnectSettings,
  Dial,
  DialOptions,
  OperationOptions,
  PoisonOptions,
  QueueOptions,
  QueuePolicy,
} from './client-options.ts';
export type { ClientClock } from './clock.ts';
export type { CloseOptions } from './closing.ts';
export { explainError } from './explain-error.ts';
export type { ClientEvent } from './observation/activity.ts';
export type { Interceptors } from './observation/interceptors.ts';
export type { PacketActivity, PacketRecord } from './observation/packet-recorder.ts';
export type { OutgoingMessage, PublishOptions, PublishResult } from './publishing/publication.ts';
export type { PublishStreamOptions, PublishStreamResult } from './publishing/publish-stream.ts';
export type { Message } from './receiving/message.ts';
export type { MessageHandler, OverflowPolicy, SubscribeOptions, Subscription } from './receiving/subscription.ts';
export { type BackOffOptions, backOff, type ReconnectContext, type ReconnectPolicy } from './reconnect.ts';
export type { Reply, ReplyHandler } from './reply.ts';
export type { RequestOptions } from './requests.ts';
export type { ClientStatistics } from './statistics.ts';
export type { ClientState, ClientStatus } from './status.ts';
export { memorySessionStore } from './store/memory-session-store.ts';
export { SessionStore, type StoredChange } from './store/session-store.ts';
export { SESSION_STORE_ERRORS, SessionStoreError, type SessionStoreErrorCode } from './store/session-store-error.ts';

// signalbox/broker: an MQTT broker to embed.

export { TOLERANCES, type ToleranceName } from '../mqtt/tolerances.ts';
export { SHARED_STRATEGIES, type SharedStrategy } from '../routing/shared-strategy.ts';
export type { ListenOptions } from '../transport/listen.ts';
export { memoryPair } from '../transport/memory.ts';
export { checkTls, type TlsCertificate, type TlsServerOptions } from '../transport/tls-contexts.ts';
export type {
  Listener,
  PeerCertificate,
  Transport,
  TransportHandler,
  TransportProtocol,
} from '../transport/transport.ts';
export { TransportError, type TransportErrorCode } from '../transport/transport-error.ts';
export type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep } from './authentication-method.ts';
export type { Ban, BanKind } from './bans.ts';
export { Broker } from './broker.ts';
export type { BrokerOptions } from './broker-options.ts';
export type { Clock } from './clock.ts';
export type { DrainOptions, DrainOutcome } from './draining.ts';
export type { BrokerListenOptions, EntranceSettings } from './entrance.ts';
export type { BrokerEventName, BrokerEvents, WarningCode } from './events.ts';
export type { AutoSubscription, BrokerExtras, RetainedExpiry, SharingOptions } from './extras.ts';
export type {
  Action,
  Admission,
  AuthenticationResult,
  BrokerHooks,
  ClientInfo,
  Credentials,
  PublishedMessage,
  PublishResult,
  SubscribeResult,
  TopicGrants,
} from './hooks.ts';
export type { PublishRatePolicy } from './intake.ts';
export type { KeptMessage } from './kept-message.ts';
export { type BrokerLimits, DEFAULT_LIMITS, LIVE_LIMITS, type LiveLimits, limitRange } from './limits.ts';
export { isLocal } from './loopback.ts';
export type { LossReason, RefusalReason } from './loss-reasons.ts';
export { MemoryStore } from './memory-store.ts';
export type { Readiness } from './readiness.ts';
export type { Redirection } from './redirection.ts';
export type { Statistics } from './statistics.ts';
export type {
  DeliveryStage,
  Durability,
  RestoredDelivery,
  RestoredSession,
  Store,
  StoreChange,
  StoredDelayed,
  StoredDelivery,
  StoredSession,
  StoredState,
  StoredSubscription,
  StoredWill,
  StoreListener,
} from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type { RewriteRule } from './topic-rewriting.ts';
export type { TracedPacket, TraceListener, TraceOptions } from './tracing.ts';
export { VERSION } from './version.ts';

// signalbox/broker: a broker to embed, of MQTT and MSIP.

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
export type {
  AuthenticationExchange,
  AuthenticationMethod,
  AuthenticationStep,
} from './admission/authentication-method.ts';
export type { Ban, BanKind } from './admission/bans.ts';
export { isLocal } from './admission/loopback.ts';
export { Broker } from './broker.ts';
export type { BrokerOptions } from './broker-options.ts';
export type { Clock } from './clock.ts';
export type { KeptMessage } from './delivery/kept-message.ts';
export type { RewriteRule } from './delivery/topic-rewriting.ts';
export type { DrainOptions, DrainOutcome } from './draining.ts';
export type { AttachSettings, BrokerListenOptions, EntranceSettings } from './entrance.ts';
export type { AutoSubscription, BrokerExtras, RetainedExpiry, SharingOptions } from './extras.ts';
export type {
  Action,
  ActionDetails,
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
export { type BrokerLimits, DEFAULT_LIMITS, LIVE_LIMITS, type LiveLimits, limitRange } from './limits.ts';
export type { BrokerEventName, BrokerEvents, WarningCode } from './observation/events.ts';
export type { LossReason, RefusalReason } from './observation/loss-reasons.ts';
export type { Statistics } from './observation/statistics.ts';
export type { TracedPacket, TraceListener, TraceOptions } from './observation/tracing.ts';
export type { Readiness } from './readiness.ts';
export type { Redirection } from './redirection.ts';
export { MemoryStore } from './store/memory-store.ts';
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
} from './store/store.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
export { VERSION } from './version.ts';

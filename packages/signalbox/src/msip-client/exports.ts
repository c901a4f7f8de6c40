// What the entry point `signalbox/msip` has on every platform: the pure core, and the client around it.

export type { ClientClock } from '../client/clock.ts';
export * from '../msip/index.ts';
export type { Transport, TransportHandler, TransportProtocol } from '../transport/transport.ts';
export { TransportError, type TransportErrorCode } from '../transport/transport-error.ts';
export {
  MSIP_CLIENT_ERRORS,
  MsipClientError,
  type MsipClientErrorCode,
  MsipRefusedError,
} from './client-errors.ts';
export type { MsipClientEvents, MsipHeader } from './client-events.ts';
export type {
  Dial,
  MsipAcknowledgeMode,
  MsipClientOptions,
  MsipConnectAttempt,
  MsipConnectSettings,
  MsipDialOptions,
  MsipOperationOptions,
  MsipQueueOptions,
  MsipQueuePolicy,
} from './client-options.ts';
export type { MsipDisconnectOptions } from './closing.ts';
export type { Emitter } from './emitter.ts';
export type { EventVoice } from './event-voice.ts';
export type { MsipMessage } from './message.ts';
export type { BaseMsipClient, MsipContent } from './msip-client.ts';
export type { MsipPublishOptions, MsipPublishResult } from './publication.ts';
export type { MsipClientStatistics } from './statistics.ts';
export type { MsipClientState, MsipClientStatus } from './status.ts';
export type {
  MsipMessageHandler,
  MsipOverflowPolicy,
  MsipSubscribeOptions,
  MsipSubscription,
} from './subscription.ts';

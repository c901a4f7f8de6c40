/**
 * `signalbox/msip`: MSIP/1, a small binary publish/subscribe protocol for services (docs/msip.md). The pure core: bytes and
 * time go in, what to do comes out.
 */
export { MsipClientConnection, type MsipClientConnectionOptions } from './client-connection.ts';
export { type Compression, compressionOf } from './compression.ts';
export { MsipConnection, type MsipConnectionOptions } from './connection.ts';
export type { MsipEvent, MsipSink } from './connection-events.ts';
export type { MsipConnectionState } from './connection-states.ts';
export {
  FRAME_ERRORS,
  FrameError,
  type FrameErrorCode,
  MSIP_USAGE_ERRORS,
  MsipUsageError,
  type MsipUsageErrorCode,
} from './errors.ts';
export type {
  AckFrame,
  BareFrame,
  ErrorFrame,
  Frame,
  FrameInput,
  FrameKind,
  HelloFrame,
  MessageFrame,
  SubscriptionFrame,
} from './frame.ts';
export { type FrameJsonOptions, frameToJson, frameToLine } from './frame-json.ts';
export type { FrameView } from './frame-view.ts';
export { DEFAULT_MAXIMUM_PAYLOAD_LENGTH, type FrameHandler, Framer, type FramerOptions } from './framer.ts';
export { DEFAULT_PORT, Flags, FrameType, HEADER_SIZE, MsgKind } from './header.ts';
export { readFrame } from './read-frame.ts';
export { MsipServerConnection, type MsipServerConnectionOptions } from './server-connection.ts';
export { writeFrame } from './write-frame.ts';

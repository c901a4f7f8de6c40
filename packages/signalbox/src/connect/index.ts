// The entry point `signalbox/connect`: ordered messages between two programs, without a broker.

export { Datagram, type DatagramData } from '../datagram/datagram.ts';
export { DATAGRAM_ERRORS, DatagramError, type DatagramErrorCode } from '../datagram/errors.ts';
export { type DatagramHandler, DatagramReader, type DatagramReaderOptions } from '../datagram/reader.ts';
export { TransportError, type TransportErrorCode } from '../transport/transport-error.ts';
export { type Answer, type AnsweringOptions, answerRequests } from './answering.ts';
export type { BackOffOptions } from './back-off.ts';
export type * from './carrier.ts';
export type { ConnectionClock } from './clock.ts';
export { type ConnectOptions, connect, type ListenOptions, listen } from './connect.ts';
export { Connection, type ConnectionStatistics } from './connection.ts';
export { CONNECTION_ERRORS, ConnectionError, type ConnectionErrorCode } from './connection-error.ts';
export type { ConnectionListener, ListenerStatistics } from './connection-listener.ts';
export type { ConnectionOptions } from './connection-options.ts';
export { type ConnectionPairOptions, connectionPair } from './connection-pair.ts';
export type { ConnectionReader } from './connection-reader.ts';
export type { ConnectionWriter, Sendable, SendOptions } from './connection-writer.ts';
export { type Link, openLink } from './link.ts';
export type { LinkOptions, LinkStatistics, LinkStatus } from './link-options.ts';
export type { LinkQueueOptions } from './link-queue.ts';
export type { KeepAliveOptions } from './liveness.ts';
export type { TagRange } from './request-tags.ts';
export { type MessageChannel, Requester, type RequesterOptions } from './requester.ts';
export type { WaitOptions } from './waiting.ts';

// The entry point `signalbox/mqtt`: the MQTT core without I/O, clock and timers. Packets in bytes and as objects, in 3.1,
// 3.1.1 and 5.0. Everything public of the core is exported here, and nothing else is.

export type { GrowingBytes } from '../bytes/growing-bytes.ts';
export { Writer } from '../bytes/writer.ts';
export type { AcknowledgementResponse } from './acknowledgement-order.ts';
export { ClientConnection, type ClientConnectionOptions } from './client-connection.ts';
export { Connection } from './connection.ts';
export type { ConnectionEvent, ConnectionSink, DroppedReason } from './connection-events.ts';
export type { Limits } from './connection-limits.ts';
export type { ConnectionOptions, Role } from './connection-options.ts';
export type { ConnectionState, Side } from './connection-states.ts';
export {
  PACKET_ERRORS,
  PacketError,
  type PacketErrorCode,
  USAGE_ERRORS,
  UsageError,
  type UsageErrorCode,
} from './errors.ts';
export { type FrameHandler, Framer, type FramerOptions, LARGEST_PACKET_SIZE } from './framer.ts';
export type { InFlight, InFlightEntry, InFlightStage } from './in-flight.ts';
export type { PacketIdentifiers } from './packet-identifiers.ts';
export {
  eventToJson,
  eventToLine,
  type JsonObject,
  type JsonValue,
  type PacketJsonOptions,
  packetToJson,
  packetToLine,
} from './packet-json.ts';
export type { AuthInput, AuthPacket } from './packets/auth.ts';
export type { ConnackInput, ConnackPacket } from './packets/connack.ts';
export type { ConnectInput, ConnectPacket, Will, WillInput } from './packets/connect.ts';
export type { DisconnectInput, DisconnectPacket } from './packets/disconnect.ts';
export {
  type Packet,
  type PacketInput,
  type PacketType,
  packetSize,
  readFramedPacket,
  readPacket,
  writePacket,
  writePacketTo,
} from './packets/packet.ts';
export type { PingreqPacket, PingrespPacket } from './packets/ping.ts';
export type { PubackInput, PubackPacket } from './packets/puback.ts';
export type { PubcompInput, PubcompPacket } from './packets/pubcomp.ts';
export type { PublishInput, PublishPacket } from './packets/publish.ts';
export type { PubrecInput, PubrecPacket } from './packets/pubrec.ts';
export type { PubrelInput, PubrelPacket } from './packets/pubrel.ts';
export type { SubackInput, SubackPacket } from './packets/suback.ts';
export type {
  RetainHandling,
  SubscribeInput,
  SubscribePacket,
  SubscriptionRequest,
  SubscriptionRequestInput,
} from './packets/subscribe.ts';
export type { UnsubackInput, UnsubackPacket } from './packets/unsuback.ts';
export type { UnsubscribeInput, UnsubscribePacket } from './packets/unsubscribe.ts';
export {
  type AcknowledgementProperties,
  type AuthProperties,
  type ConnackProperties,
  type ConnectProperties,
  type DisconnectProperties,
  NO_PROPERTIES,
  type Properties,
  type PropertiesInput,
  type PropertyName,
  type PublishProperties,
  type SubscribeProperties,
  type UnsubscribeProperties,
  type UserProperty,
  type WillProperties,
} from './properties.ts';
export { forwardableProperties, readPublishView } from './publish-properties.ts';
export { PublishView } from './publish-view.ts';
export type { ReadLimits } from './read-limits.ts';
export { isReasonCodeAllowed, REASON_CODES, type ReasonedPacketType } from './reason-code-table.ts';
export { ConnectReturnCode, connectReturnCodeName, ReasonCode, reasonCodeName } from './reason-codes.ts';
export type { ReceivedIdentifiers } from './received-identifiers.ts';
export { Session, type SessionOptions, type SessionSnapshot } from './session.ts';
export { TOLERANCES, type ToleranceName, tolerancesOf } from './tolerances.ts';
export { RecentTopicNames, TopicName, TopicNames, type TopicNamesOptions, type TopicNameTable } from './topic-names.ts';
export {
  hasWildcards,
  isTopicFilter,
  isTopicName,
  matches,
  parseShare,
  type Share,
  splitLevels,
  validateTopicFilter,
  validateTopicName,
} from './topics.ts';
export type { PacketIdentifierSize, ProtocolVersion, QoS, WireFormat } from './wire-format.ts';

// The two errors of the MQTT core: PacketError is the peer's fault (it carries the reason code the standard names for
// it), UsageError is the caller's fault (thrown, and then nothing has changed). Codes are stable; texts are not. §4.13

/** Every `code` of a PacketError with the MQTT 5.0 reason code that tells the peer. The names are the standard's. */
export const PACKET_ERRORS = {
  MALFORMED_PACKET: 0x81,
  PROTOCOL_ERROR: 0x82,
  IMPLEMENTATION_SPECIFIC_ERROR: 0x83,
  UNSUPPORTED_PROTOCOL_VERSION: 0x84,
  CLIENT_IDENTIFIER_NOT_VALID: 0x85,
  NOT_AUTHORIZED: 0x87,
  BAD_AUTHENTICATION_METHOD: 0x8c,
  KEEP_ALIVE_TIMEOUT: 0x8d,
  TOPIC_FILTER_INVALID: 0x8f,
  TOPIC_NAME_INVALID: 0x90,
  RECEIVE_MAXIMUM_EXCEEDED: 0x93,
  TOPIC_ALIAS_INVALID: 0x94,
  PACKET_TOO_LARGE: 0x95,
  QUOTA_EXCEEDED: 0x97,
  PAYLOAD_FORMAT_INVALID: 0x99,
  RETAIN_NOT_SUPPORTED: 0x9a,
  QOS_NOT_SUPPORTED: 0x9b,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: 0x9e,
  MAXIMUM_CONNECT_TIME: 0xa0,
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: 0xa1,
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: 0xa2,
} as const;

export type PacketErrorCode = keyof typeof PACKET_ERRORS;

/** The peer broke the protocol. `statement` is the id of the violated statement, such as `MQTT-3.1.2-3`, where there is one. */
export class PacketError extends Error {
  override readonly name = 'PacketError';
  readonly code: PacketErrorCode;
  readonly reasonCode: number;
  readonly statement: string | undefined;

  constructor(code: PacketErrorCode, message: string, statement?: string) {
    super(message);
    this.code = code;
    this.reasonCode = PACKET_ERRORS[code];
    this.statement = statement;
  }
}

/** A Malformed Packet (0x81): the bytes cannot be parsed according to the standard. To be thrown by the caller. */
export function malformed(message: string, statement?: string): PacketError {
  return new PacketError('MALFORMED_PACKET', message, statement);
}

/** A Protocol Error (0x82): well-formed, but not allowed here and now. To be thrown by the caller. */
export function protocolError(message: string, statement?: string): PacketError {
  return new PacketError('PROTOCOL_ERROR', message, statement);
}

/** Every `code` of a UsageError. */
export const USAGE_ERRORS = [
  'INVALID_ARGUMENT', // a value of the wrong type or out of its range
  'INVALID_STRING', // a lone surrogate, U+0000, or more than 65,535 bytes of UTF-8
  'INVALID_TOPIC_NAME',
  'INVALID_TOPIC_FILTER',
  'INVALID_PROPERTY', // a property this packet must not carry, or this protocol version does not have
  'PACKET_TOO_LARGE', // larger than the standard allows or the peer accepts
  'NOT_ALLOWED', // this packet must not be sent by this role or in this state
  'NOT_SUPPORTED_BY_PEER', // the peer announced that it does not take this
  'PACKET_IDENTIFIER_IN_USE',
  'PACKET_IDENTIFIER_UNKNOWN',
  'PACKET_IDENTIFIERS_EXHAUSTED',
  'RECEIVE_MAXIMUM_EXCEEDED',
] as const;

export type UsageErrorCode = (typeof USAGE_ERRORS)[number];

/** The caller asked for something impossible; whoever threw it has changed nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: UsageErrorCode;

  constructor(code: UsageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

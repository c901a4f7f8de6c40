// The codes a packet can carry as its result: Reason Codes of 5.0 (§2.4) and the Return Codes of CONNACK before it.
// Which packet may carry which is in reason-code-table.ts.

/** Those that a connection itself gives or understands: alone, so that who needs one does not carry them all. */
export const CONTINUE_AUTHENTICATION = 0x18;
export const RE_AUTHENTICATE = 0x19;
export const PACKET_IDENTIFIER_NOT_FOUND = 0x92;

/** Reason Codes of MQTT 5.0. 0x80 and above are failures. Names that share a value belong to different packets. */
export const ReasonCode = {
  Success: 0x00,
  NormalDisconnection: 0x00,
  GrantedQoS0: 0x00,
  GrantedQoS1: 0x01,
  GrantedQoS2: 0x02,
  DisconnectWithWillMessage: 0x04,
  NoMatchingSubscribers: 0x10,
  NoSubscriptionExisted: 0x11,
  ContinueAuthentication: CONTINUE_AUTHENTICATION,
  ReAuthenticate: RE_AUTHENTICATE,
  UnspecifiedError: 0x80,
  MalformedPacket: 0x81,
  ProtocolError: 0x82,
  ImplementationSpecificError: 0x83,
  UnsupportedProtocolVersion: 0x84,
  ClientIdentifierNotValid: 0x85,
  BadUserNameOrPassword: 0x86,
  NotAuthorized: 0x87,
  ServerUnavailable: 0x88,
  ServerBusy: 0x89,
  Banned: 0x8a,
  ServerShuttingDown: 0x8b,
  BadAuthenticationMethod: 0x8c,
  KeepAliveTimeout: 0x8d,
  SessionTakenOver: 0x8e,
  TopicFilterInvalid: 0x8f,
  TopicNameInvalid: 0x90,
  PacketIdentifierInUse: 0x91,
  PacketIdentifierNotFound: PACKET_IDENTIFIER_NOT_FOUND,
  ReceiveMaximumExceeded: 0x93,
  TopicAliasInvalid: 0x94,
  PacketTooLarge: 0x95,
  MessageRateTooHigh: 0x96,
  QuotaExceeded: 0x97,
  AdministrativeAction: 0x98,
  PayloadFormatInvalid: 0x99,
  RetainNotSupported: 0x9a,
  QoSNotSupported: 0x9b,
  UseAnotherServer: 0x9c,
  ServerMoved: 0x9d,
  SharedSubscriptionsNotSupported: 0x9e,
  ConnectionRateExceeded: 0x9f,
  MaximumConnectTime: 0xa0,
  SubscriptionIdentifiersNotSupported: 0xa1,
  WildcardSubscriptionsNotSupported: 0xa2,
} as const;

export type ReasonCode = (typeof ReasonCode)[keyof typeof ReasonCode];

export const UNACCEPTABLE_PROTOCOL_VERSION = 1;

/** Return Codes of a CONNACK in 3.1 and 3.1.1. */
export const ConnectReturnCode = {
  Accepted: 0,
  UnacceptableProtocolVersion: UNACCEPTABLE_PROTOCOL_VERSION,
  IdentifierRejected: 2,
  ServerUnavailable: 3,
  BadUserNameOrPassword: 4,
  NotAuthorized: 5,
} as const;

export type ConnectReturnCode = (typeof ConnectReturnCode)[keyof typeof ConnectReturnCode];

/** Names by value for the packets where a value has a name of its own. */
const OWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  disconnect: ['NormalDisconnection'],
  suback: ['GrantedQoS0'],
};

/** By value, made when somebody asks; the first name counts. */
let names: ReadonlyMap<number, string> | undefined;

function namesByValue(): ReadonlyMap<number, string> {
  const entries = Object.entries(ReasonCode).reverse();
  return new Map(entries.map(([name, code]) => [code, name]));
}

/** The name of a reason code of 5.0, such as `PacketTooLarge`; `0x7b` for one that has none. */
export function reasonCodeName(code: number, packetType = ''): string {
  names ??= namesByValue();
  return OWN_NAMES[packetType]?.[code] ?? names.get(code) ?? hexadecimal(code);
}

const RETURN_CODE_NAMES = /* @__PURE__ */ Object.keys(ConnectReturnCode);

/** The name of a return code of CONNACK in 3.1 and 3.1.1, such as `NotAuthorized`; `0x06` for one that has none. */
export function connectReturnCodeName(code: number): string {
  return RETURN_CODE_NAMES[code] ?? hexadecimal(code);
}

function hexadecimal(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}

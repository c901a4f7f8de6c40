// Which packet may carry which reason code (§2.4 and the table in each packet's chapter). Knows the names of codes from
// reason-codes.ts; reading and writing a code is the packet's own affair.

import { PacketTypeNumber, packetTypeBit } from './packets/packet-types.ts';
import { ConnectReturnCode, ReasonCode } from './reason-codes.ts';
import type { ProtocolVersion } from './wire-format.ts';

/** Packets with one reason code or a list of them. */
export type ReasonedPacketType =
  | 'connack'
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'suback'
  | 'unsuback'
  | 'disconnect'
  | 'auth';

const R = ReasonCode;

/** Allowed in 5.0. 0x8C stands in DISCONNECT by the overview of §2.4, though the table of §3.14.2.1 forgot it. */
export const REASON_CODES: { readonly [T in ReasonedPacketType]: readonly ReasonCode[] } = {
  connack: [
    R.Success,
    R.UnspecifiedError,
    R.MalformedPacket,
    R.ProtocolError,
    R.ImplementationSpecificError,
    R.UnsupportedProtocolVersion,
    R.ClientIdentifierNotValid,
    R.BadUserNameOrPassword,
    R.NotAuthorized,
    R.ServerUnavailable,
    R.ServerBusy,
    R.Banned,
    R.BadAuthenticationMethod,
    R.TopicNameInvalid,
    R.PacketTooLarge,
    R.QuotaExceeded,
    R.PayloadFormatInvalid,
    R.RetainNotSupported,
    R.QoSNotSupported,
    R.UseAnotherServer,
    R.ServerMoved,
    R.ConnectionRateExceeded,
  ],
  puback: [
    R.Success,
    R.NoMatchingSubscribers,
    R.UnspecifiedError,
    R.ImplementationSpecificError,
    R.NotAuthorized,
    R.TopicNameInvalid,
    R.PacketIdentifierInUse,
    R.QuotaExceeded,
    R.PayloadFormatInvalid,
  ],
  pubrec: [
    R.Success,
    R.NoMatchingSubscribers,
    R.UnspecifiedError,
    R.ImplementationSpecificError,
    R.NotAuthorized,
    R.TopicNameInvalid,
    R.PacketIdentifierInUse,
    R.QuotaExceeded,
    R.PayloadFormatInvalid,
  ],
  pubrel: [R.Success, R.PacketIdentifierNotFound],
  pubcomp: [R.Success, R.PacketIdentifierNotFound],
  suback: [
    R.GrantedQoS0,
    R.GrantedQoS1,
    R.GrantedQoS2,
    R.UnspecifiedError,
    R.ImplementationSpecificError,
    R.NotAuthorized,
    R.TopicFilterInvalid,
    R.PacketIdentifierInUse,
    R.QuotaExceeded,
    R.SharedSubscriptionsNotSupported,
    R.SubscriptionIdentifiersNotSupported,
    R.WildcardSubscriptionsNotSupported,
  ],
  unsuback: [
    R.Success,
    R.NoSubscriptionExisted,
    R.UnspecifiedError,
    R.ImplementationSpecificError,
    R.NotAuthorized,
    R.TopicFilterInvalid,
    R.PacketIdentifierInUse,
  ],
  disconnect: [
    R.NormalDisconnection,
    R.DisconnectWithWillMessage,
    R.UnspecifiedError,
    R.MalformedPacket,
    R.ProtocolError,
    R.ImplementationSpecificError,
    R.NotAuthorized,
    R.ServerBusy,
    R.ServerShuttingDown,
    R.BadAuthenticationMethod,
    R.KeepAliveTimeout,
    R.SessionTakenOver,
    R.TopicFilterInvalid,
    R.TopicNameInvalid,
    R.ReceiveMaximumExceeded,
    R.TopicAliasInvalid,
    R.PacketTooLarge,
    R.MessageRateTooHigh,
    R.QuotaExceeded,
    R.AdministrativeAction,
    R.PayloadFormatInvalid,
    R.RetainNotSupported,
    R.QoSNotSupported,
    R.UseAnotherServer,
    R.ServerMoved,
    R.SharedSubscriptionsNotSupported,
    R.ConnectionRateExceeded,
    R.MaximumConnectTime,
    R.SubscriptionIdentifiersNotSupported,
    R.WildcardSubscriptionsNotSupported,
  ],
  auth: [R.Success, R.ContinueAuthentication, R.ReAuthenticate],
};

/** Allowed before 5.0; what is missing has no code there, which reads as 0. A refused SUBACK entry came with 3.1.1. */
const OLDER_CODES: { readonly [T in ReasonedPacketType]?: readonly number[] } = {
  connack: Object.values(ConnectReturnCode),
  suback: [R.GrantedQoS0, R.GrantedQoS1, R.GrantedQoS2, R.UnspecifiedError],
};

/** By reason code: the set of packet types which may carry it in 5.0. */
const CARRIERS = new Uint16Array(256);
for (const type of Object.keys(REASON_CODES) as ReasonedPacketType[]) {
  for (const code of REASON_CODES[type]) CARRIERS[code]! |= packetTypeBit(PacketTypeNumber[type]);
}

/** Whether a packet of this type may carry `code` in this version. */
export function isReasonCodeAllowed(code: number, type: ReasonedPacketType, protocolVersion: ProtocolVersion): boolean {
  if (protocolVersion === 5) return ((CARRIERS[code] ?? 0) & packetTypeBit(PacketTypeNumber[type])) !== 0;
  const codes = OLDER_CODES[type];
  if (codes === undefined) return code === 0;
  return codes.includes(code) && !(type === 'suback' && protocolVersion === 3 && code === R.UnspecifiedError);
}

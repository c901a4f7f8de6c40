/**
 * Reason Strings: a sentence for the person who looks for the reason of a refusal (§3.2.2.3.9, §3.4.2.2.2, §3.9.2.1.2,
 * §3.14.2.2.3). They say what is public anyway, nothing of other clients, rules or accounts. The core leaves them out where
 * a client does not want them, or they do not fit.
 */
import type { ConnackInput } from '../../mqtt/packets/connack.ts';
import type { DisconnectInput } from '../../mqtt/packets/disconnect.ts';
import type { PacketInput } from '../../mqtt/packets/packet.ts';
import type { SubackInput } from '../../mqtt/packets/suback.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';

type Words = Readonly<Record<number, string>>;

const CONNACK: Words = {
  [ReasonCode.UnspecifiedError]: 'this client could not be decided about; the log of the server says more',
  [ReasonCode.ClientIdentifierNotValid]: 'the Client Identifier is not accepted here',
  [ReasonCode.BadUserNameOrPassword]: 'the User Name or the Password is wrong',
  [ReasonCode.NotAuthorized]: 'this client must not connect, or must not leave this will',
  [ReasonCode.ServerUnavailable]: 'the server cannot serve this client now; try again later',
  [ReasonCode.ServerBusy]: 'the server is busy; try again later',
  [ReasonCode.Banned]: 'this client or its address is banned for some time',
  [ReasonCode.BadAuthenticationMethod]: 'this Authentication Method is not offered',
  [ReasonCode.PacketTooLarge]: 'the CONNECT is larger than the server takes',
  [ReasonCode.QuotaExceeded]: 'the server has as many sessions, or as much in store, as it keeps',
  [ReasonCode.UseAnotherServer]: 'use another server for now',
  [ReasonCode.ServerMoved]: 'use another server from now on',
  [ReasonCode.ConnectionRateExceeded]: 'connections come too fast; try again later',
};

const DISCONNECT: Words = {
  [ReasonCode.UnspecifiedError]: 'the server could not go on with this connection; its log says more',
  [ReasonCode.NotAuthorized]: 'this client must not be connected any more',
  [ReasonCode.ServerBusy]: 'the server is busy; try again later',
  [ReasonCode.ServerShuttingDown]: 'the server shuts down',
  [ReasonCode.SessionTakenOver]: 'another connection has the same Client Identifier',
  [ReasonCode.PacketTooLarge]: 'an answer is larger than the Maximum Packet Size of this client',
  [ReasonCode.MessageRateTooHigh]: 'messages come faster than they may',
  [ReasonCode.QuotaExceeded]: 'more waits for this client than the server keeps, or it has used up what it may',
  [ReasonCode.AdministrativeAction]: 'an operator has ended this connection',
  [ReasonCode.UseAnotherServer]: 'use another server for now',
  [ReasonCode.ServerMoved]: 'use another server from now on',
  [ReasonCode.MaximumConnectTime]: 'the time of this connection is over',
};

const SUBACK: Words = {
  [ReasonCode.UnspecifiedError]: 'could not be decided about, or not be kept',
  [ReasonCode.ImplementationSpecificError]: 'cannot be kept now; try again later',
  [ReasonCode.NotAuthorized]: 'this client must not subscribe to it',
  [ReasonCode.TopicFilterInvalid]: 'has more levels than the server takes',
  [ReasonCode.QuotaExceeded]: 'this client has as many subscriptions as it may have, or the store is full',
};

const PUBACK: Words = {
  [ReasonCode.UnspecifiedError]: 'the message could not be decided about, or not be kept',
  [ReasonCode.ImplementationSpecificError]: 'the message cannot be kept now; send it again later',
  [ReasonCode.NotAuthorized]: 'this client must not publish to this topic',
  [ReasonCode.TopicNameInvalid]: 'the topic has more levels than the server takes, or a delay it does not take',
  [ReasonCode.QuotaExceeded]: 'the server keeps no more messages of this kind',
  [ReasonCode.PayloadFormatInvalid]: 'the payload is not what it says to be',
};

const SENTENCES = { connack: CONNACK, disconnect: DISCONNECT, suback: SUBACK, puback: PUBACK } as const;

/** For protocols whose answers are sentences: what the answer with this reason code would say. */
export function sentenceFor(answer: keyof typeof SENTENCES, reasonCode: number): string {
  return SENTENCES[answer][reasonCode] ?? `refused with reason code 0x${reasonCode.toString(16)}`;
}

/** For PUBACK and PUBREC; undefined where there is nothing to explain. */
export function explainRefusal(reasonCode: number): string | undefined {
  return PUBACK[reasonCode];
}

/** The packet with a Reason String where it refuses something and has none. */
export function explained(packet: PacketInput): PacketInput {
  if (packet.type !== 'connack' && packet.type !== 'suback' && packet.type !== 'disconnect') return packet;
  const reasonString = packet.properties?.reasonString ?? reasonOf(packet);
  if (reasonString === undefined) return packet;
  return { ...packet, properties: { ...packet.properties, reasonString } } as PacketInput;
}

function reasonOf(packet: ConnackInput | SubackInput | DisconnectInput): string | undefined {
  if (packet.type === 'connack') return CONNACK[packet.reasonCode ?? 0];
  if (packet.type === 'disconnect') return DISCONNECT[packet.reasonCode ?? 0];
  const first = packet.reasonCodes.findIndex((code) => code >= 0x80);
  const words = first < 0 ? undefined : SUBACK[packet.reasonCodes[first]!];
  return words === undefined ? undefined : `Topic Filter ${first + 1} of ${packet.reasonCodes.length}: ${words}`;
}

// The options of a Connection, with the reason for each default.

import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { PublishInput } from './packets/publish.ts';
import type { ReadLimits } from './read-limits.ts';
import type { Session } from './session.ts';
import type { TopicNameTable } from './topic-names.ts';
import type { PacketIdentifierSize, ProtocolVersion } from './wire-format.ts';

/** 'any' becomes a client by sending CONNECT and a server by receiving one, anew on each network connection. */
export type Role = 'client' | 'server' | 'any';

export interface ConnectionOptions<S> {
  readonly role: Role;
  /** Undefined: decided by the CONNECT that is received or sent. A server with a version refuses the others. */
  readonly protocolVersion?: ProtocolVersion | undefined;
  /** Default: that of the session, else 2. Both sides must agree; 4 is no standard MQTT. */
  readonly packetIdentifierSize?: PacketIdentifierSize | undefined;
  /** Default: a new one. A server usually attaches it when it knows the client. */
  readonly session?: Session<S> | undefined;
  /** Where packets are written. Shared among connections it is the owner's to reset. Default: an own one. */
  readonly writer?: GrowingBytes | undefined;
  /** Topic Names known so far, to be shared among connections. Default: an own small table. */
  readonly names?: TopicNameTable | undefined;

  /** Mistakes of the peer that are overlooked, as bits (`tolerancesOf`). Default 0: none. */
  readonly tolerances?: number | undefined;
  /** CONNACK and DISCONNECT for an error of the peer say in a Reason String what it was. Default false. */
  readonly explainsErrors?: boolean | undefined;
  /** PUBACK, PUBREC and PUBCOMP at once, without acknowledge(). Default false: acknowledge what was accepted. */
  readonly automaticAcknowledge?: boolean | undefined;
  /** PUBREL at once on PUBREC. Default true. */
  readonly automaticRelease?: boolean | undefined;
  /** PINGRESP at once on PINGREQ. Default true. */
  readonly automaticPingResponse?: boolean | undefined;
  /** send() gives each Topic Name a Topic Alias as far as the peer allows, the least recently used one is replaced. */
  readonly mapTopicAliases?: boolean | undefined;
  /** send() replaces a Topic Name by the Topic Alias it was given before, but gives none by itself. */
  readonly replaceTopicAliases?: boolean | undefined;

  /** PINGREQ after this time without sending. Default: three quarters of the keep alive, so that a late timer does no harm. */
  readonly pingIntervalMs?: number | undefined;
  /** The peer is gone when nothing came for this time after PINGREQ. Default: half of the keep alive. */
  readonly pingResponseTimeoutMs?: number | undefined;
  /** A server closes when no packet came for this time. Default: one and a half times the keep alive. */
  readonly pingRequestTimeoutMs?: number | undefined;
  /** A server closes when there is no CONNECT this long after begin(), a client when there is no CONNACK. Default: never. */
  readonly connectTimeoutMs?: number | undefined;

  /** Largest packet to receive unless CONNECT or CONNACK announced another. Default: what MQTT can express. */
  readonly maximumPacketSize?: number | undefined;
  /** Largest CONNECT a server takes from somebody it does not know yet. Default: `maximumPacketSize`. */
  readonly maximumConnectSize?: number | undefined;
  /** What one received packet may hold; more closes with Quota exceeded. Default: as much as fits. */
  readonly readLimits?: ReadLimits | undefined;
  /** Most PUBLISH packets of QoS 1 and 2 on their way at a time, when the peer would take more. Default: no limit of our own. */
  readonly maximumInFlight?: number | undefined;
  /** So many messages beyond our Receive Maximum are overlooked, as some servers miscount QoS 2. Default 0. */
  readonly receiveMaximumSlack?: number | undefined;
  /** Least time between two messages that are sent again on a new network connection. Default 0: as fast as the quota allows. */
  readonly resendIntervalMs?: number | undefined;
  /** send() takes a PUBLISH of QoS 1 or 2 also without a network connection, and sends it when there is one. */
  readonly offlinePublish?: boolean | undefined;

  /** Makes what is kept of a PUBLISH that send() takes. Default: the packet itself, with an own copy of its bytes. */
  readonly publishToStore?: ((publish: PublishInput) => S) | undefined;
  /** The PUBLISH to send again for what was kept; undefined: there is none any more. Default: what was kept is one. */
  readonly storedPublish?: ((stored: S) => PublishInput | undefined) | undefined;
}

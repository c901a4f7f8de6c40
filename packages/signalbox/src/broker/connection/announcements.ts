/**
 * What CONNACK of 5.0 announces (§3.2.2.3): the limits that are enforced, and what of CONNECT was granted otherwise than asked
 * for. It must not know how it was decided.
 */
import type { ConnectPacket } from '../../mqtt/packets/connect.ts';
import type { ConnackProperties } from '../../mqtt/properties.ts';
import type { ClientInfo } from '../hooks.ts';
import { retainsAnything } from '../limits.ts';
import { fillPlaceholders } from '../placeholders.ts';
import type { ClientLink } from './client-link.ts';

/** A CONNECT and what became of it. */
export interface Accepted {
  readonly packet: ConnectPacket;
  readonly client: ClientInfo;
  readonly assignedClientId: string | undefined;
  /** With CONNACK the exchange of an enhanced authentication ends. */
  readonly authenticationData: Uint8Array | undefined;
  /** Seconds, as granted. */
  readonly sessionExpiryInterval: number;
}

/** The largest CONNACK that has user properties. */
const ROOM_FOR_USER_PROPERTIES = 256;

/** Nothing before 5.0, which has no properties. */
export function announcementsOf(link: ClientLink, accepted: Accepted): ConnackProperties {
  const { packet, client, assignedClientId, sessionExpiryInterval } = accepted;
  const { protocolVersion, keepAlive, properties } = packet;
  if (protocolVersion !== 5) return {};
  const { limits, store, extras } = link.exchange;
  const responseInformation =
    properties.requestResponseInformation === true && extras.responseInformation !== undefined // [MQTT-3.1.2-28]
      ? fillPlaceholders(extras.responseInformation, client)
      : undefined;
  const hasLittleRoom = link.maximumPacketSize < ROOM_FOR_USER_PROPERTIES; // [MQTT-3.2.2-20]
  const isKeepAliveTooLong = limits.keepAlive > 0 && (keepAlive === 0 || keepAlive > limits.keepAlive);
  return {
    ...lastOfAuthentication(link, accepted),
    receiveMaximum: limits.receiveMaximum,
    maximumPacketSize: limits.packetSize,
    topicAliasMaximum: limits.topicAliases,
    ...(retainsAnything(limits) ? {} : { retainAvailable: false }),
    ...(sessionExpiryInterval === (properties.sessionExpiryInterval ?? 0) ? {} : { sessionExpiryInterval }),
    ...(assignedClientId === undefined ? {} : { assignedClientIdentifier: assignedClientId }), // [MQTT-3.2.2-16]
    ...(responseInformation === undefined ? {} : { responseInformation }),
    ...(isKeepAliveTooLong ? { serverKeepAlive: limits.keepAlive } : {}), // [MQTT-3.2.2-21]
    // What this broker promises, for clients that care and for those who look at what goes by.
    ...(store.durability === 'memory' || hasLittleRoom ? {} : { userProperties: [['durability', link.durability]] }),
  };
}

function lastOfAuthentication(link: ClientLink, { authenticationData }: Accepted): ConnackProperties {
  const authenticationMethod = link.authentication?.method;
  if (authenticationMethod === undefined) return {};
  return { authenticationMethod, ...(authenticationData === undefined ? {} : { authenticationData }) }; // [MQTT-4.12.0-5]
}

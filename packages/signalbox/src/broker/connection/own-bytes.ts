/**
 * Packets whose bytes outlive the call that brought them, for whoever is asked about them and may answer later. It must not
 * know what they mean.
 */
import type { AuthPacket } from '../../mqtt/packets/auth.ts';
import type { ConnectPacket, Will } from '../../mqtt/packets/connect.ts';

export function withOwnBytes(packet: ConnectPacket): ConnectPacket {
  const { password, will, properties } = packet;
  const { authenticationData } = properties;
  return {
    ...packet,
    properties:
      authenticationData === undefined
        ? properties
        : { ...properties, authenticationData: Uint8Array.from(authenticationData) },
    password: password === undefined ? undefined : Uint8Array.from(password),
    will:
      will === undefined ? undefined : { ...will, payload: Uint8Array.from(will.payload), properties: ownWill(will) },
  };
}

function ownWill({ properties }: Will): Will['properties'] {
  const { correlationData } = properties;
  return correlationData === undefined
    ? properties
    : { ...properties, correlationData: Uint8Array.from(correlationData) };
}

export function withOwnData(packet: AuthPacket): AuthPacket {
  const { authenticationData } = packet.properties;
  if (authenticationData === undefined) return packet;
  return { ...packet, properties: { ...packet.properties, authenticationData: Uint8Array.from(authenticationData) } };
}

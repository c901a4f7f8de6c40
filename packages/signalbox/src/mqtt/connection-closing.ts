// How a network connection ends, as far as it is the same on both sides: DISCONNECT, and what is forgotten and kept when the network is gone.
// §3.14, §4.1, §4.2

import type { ConnectionCore } from './connection-core.ts';
import type { ConnectionState } from './connection-states.ts';
import { writeChecked } from './connection-write.ts';
import type { DisconnectInput, DisconnectPacket } from './packets/disconnect.ts';

/** Sends the DISCONNECT that the side has judged. */
export function disconnectNow<S>(core: ConnectionCore<S>, disconnect: DisconnectInput, next: ConnectionState): number {
  const start = writeChecked(core, disconnect);
  core.sessionExpiryInterval = disconnect.properties?.sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.state = next; // [MQTT-3.14.4-1] [MQTT-3.14.4-2@3.1.1]
  core.transmit(start);
  core.close(undefined); // [MQTT-3.14.4-2] [MQTT-3.14.4-1@3.1.1]
  return 0;
}

/** The peer has said goodbye, and the side has found nothing wrong with it. */
export function disconnected<S>(core: ConnectionCore<S>, disconnect: DisconnectPacket): void {
  core.state = 'closed' satisfies ConnectionState;
  core.sink!.packet(disconnect);
  core.close(undefined); // [MQTT-4.13.2-1]
}

/** The network is gone. */
export function endNetwork<S>(core: ConnectionCore<S>): void {
  const { session } = core;
  const isOver = core.side === 'client' && core.wasConnected && core.sessionExpiryInterval === 0; // a server's sessions are its owner's
  const unanswered = core.requests?.identifiers() ?? [];
  core.forgetNetwork();
  if (session === undefined) return;
  for (const packetIdentifier of unanswered) session.identifiers.release(packetIdentifier);
  if (session.user !== core) return; // another network connection has it already, or none ever had
  session.user = undefined;
  const lost = isOver ? session.clear() : []; // [MQTT-3.1.2-23]
  session.outgoing.holdAll();
  core.reportDropped(lost, 'session-ended');
}

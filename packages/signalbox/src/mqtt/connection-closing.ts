// How a network connection ends: DISCONNECT in both directions, and what is forgotten and kept when the network is gone.
// §3.14, §4.1, §4.2

import type { ConnectionCore } from './connection-core.ts';
import type { ConnectionState } from './connection-states.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import type { DisconnectInput, DisconnectPacket } from './packets/disconnect.ts';

export function sendDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectInput, next: ConnectionState): void {
  const { sessionExpiryInterval } = disconnect.properties ?? {};
  if (core.side === 'server') {
    if (core.format.protocolVersion !== 5)
      throw new UsageError('NOT_ALLOWED', 'a server sends no DISCONNECT before MQTT 5.0');
    if (sessionExpiryInterval !== undefined)
      throw new UsageError('INVALID_PROPERTY', 'a server sends no sessionExpiryInterval'); // [MQTT-3.14.2-2]
  } else if (core.sessionExpiryInterval === 0 && (sessionExpiryInterval ?? 0) !== 0) {
    throw new UsageError('INVALID_PROPERTY', 'a session that was to end cannot be made to last'); // §3.14.2.2.2
  }
  const start = writeChecked(core, disconnect);
  core.sessionExpiryInterval = sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.state = next; // [MQTT-3.14.4-1] [MQTT-3.14.4-2@3.1.1]
  core.transmit(start);
  core.close(undefined); // [MQTT-3.14.4-2] [MQTT-3.14.4-1@3.1.1]
}

export function receiveDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectPacket): void {
  const { sessionExpiryInterval } = disconnect.properties;
  if (core.side === 'client' && core.format.protocolVersion !== 5) {
    core.failProtocol('a server sends no DISCONNECT before MQTT 5.0');
    return;
  }
  if (sessionExpiryInterval !== undefined) {
    if (core.side === 'client') {
      core.failProtocol('a server sends no Session Expiry Interval in DISCONNECT', 'MQTT-3.14.2-2'); // [MQTT-3.14.2-2]
      return;
    }
    if (core.sessionExpiryInterval === 0 && sessionExpiryInterval !== 0) {
      core.failProtocol('a session that was to end cannot be made to last'); // §3.14.2.2.2
      return;
    }
    core.sessionExpiryInterval = sessionExpiryInterval;
  }
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

// How a network connection begins, as far as it is the same on both sides: what CONNECT and CONNACK agree on, and what
// becomes of the session. Who sends what is in client-handshake.ts and server-handshake.ts. §3.1, §3.2

import type { ConnectionCore } from './connection-core.ts';
import { NO_EXPIRY } from './connection-core.ts';
import { DEFAULT_LIMITS } from './connection-limits.ts';
import type { ConnackPacket } from './packets/connack.ts';
import type { ProtocolVersion } from './wire-format.ts';

/** Both sides: the handshake is complete. */
export function connected<S>(
  core: ConnectionCore<S>,
  isSessionPresent: boolean,
  connack: ConnackPacket | undefined,
): void {
  const session = core.session!;
  core.state = 'connected';
  core.connectDeadline = Infinity;
  session.user = core;
  core.wasConnected = true;
  core.authentication?.connected();
  core.sendLimit = Math.min(core.peer.receiveMaximum, core.options.maximumInFlight ?? Infinity); // [MQTT-4.9.0-1]
  const lost = isSessionPresent ? [] : session.clear(); // [MQTT-3.2.2-5]
  if (session.hasReceived) session.received.expectReleaseAgain();
  session.outgoing.holdAll();
  core.handshake = undefined;
  if (connack !== undefined) core.sink!.packet(connack);
  core.reportDropped(lost, 'session-lost');
  if (core.isConnected) core.sending.publishing?.resume(core);
}

/** 3.1 does not say: whoever asks for a session there is taken to have it. */
export function isPresent<S>(core: ConnectionCore<S>, sessionPresent: boolean): boolean {
  return sessionPresent || (core.format.protocolVersion === 3 && !core.handshake!.cleanStart);
}

export function setReceiveLimit<S>(core: ConnectionCore<S>, announced: number | undefined): void {
  core.framer.maximumPacketSize = announced ?? core.options.maximumPacketSize ?? DEFAULT_LIMITS.maximumPacketSize;
}

export function expiryInterval(
  protocolVersion: ProtocolVersion,
  cleanStart: boolean,
  announced: number | undefined,
): number {
  if (protocolVersion === 5) return announced ?? 0;
  return cleanStart ? 0 : NO_EXPIRY;
}

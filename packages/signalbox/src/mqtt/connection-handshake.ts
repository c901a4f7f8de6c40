// How a network connection begins: CONNECT and CONNACK in both directions, what they agree on, and what becomes of the
// session. §3.1, §3.2

import type { ConnectionCore } from './connection-core.ts';
import { NO_EXPIRY } from './connection-core.ts';
import { announcedLimits, DEFAULT_LIMITS } from './connection-limits.ts';
import { resume } from './connection-outgoing.ts';
import { writeChecked } from './connection-write.ts';
import { EnhancedAuthentication } from './enhanced-authentication.ts';
import { PacketError, UsageError } from './errors.ts';
import type { ConnackInput, ConnackPacket } from './packets/connack.ts';
import type { ConnectInput, ConnectPacket } from './packets/connect.ts';
import type { ProtocolVersion } from './wire-format.ts';

/** Client: sends CONNECT. */
export function sendConnect<S>(core: ConnectionCore<S>, connect: ConnectInput): void {
  const fixed = core.options.protocolVersion;
  const protocolVersion = connect.protocolVersion ?? fixed ?? 5;
  if (fixed !== undefined && protocolVersion !== fixed) {
    throw new UsageError('INVALID_ARGUMENT', `this connection speaks protocol version ${fixed}`);
  }
  const session = core.requireSession();
  const properties = connect.properties ?? {};
  const cleanStart = connect.cleanStart ?? true;
  const format = core.format;
  core.format = core.formatOf(protocolVersion);
  let start: number;
  try {
    start = writeChecked(core, connect);
  } catch (error) {
    core.format = format;
    throw error;
  }
  core.side = 'client';
  core.state = 'connecting';
  core.own = announcedLimits(properties);
  setReceiveLimit(core, properties.maximumPacketSize);
  core.handshake = { cleanStart, hasClientId: (connect.clientId ?? '') !== '', keepAlive: connect.keepAlive ?? 0 };
  core.sessionExpiryInterval = expiryInterval(protocolVersion, cleanStart, properties.sessionExpiryInterval);
  if (properties.authenticationMethod !== undefined)
    core.authentication = new EnhancedAuthentication(properties.authenticationMethod);
  core.connectDeadline = core.now + (core.options.connectTimeoutMs ?? Infinity);
  const lost = cleanStart ? session.clear() : []; // [MQTT-3.1.2-4] [MQTT-3.1.2-6@3.1.1]
  core.transmit(start);
  core.reportDropped(lost, 'session-lost');
}

/** Server: a CONNECT was read. */
export function receiveConnect<S>(core: ConnectionCore<S>, connect: ConnectPacket): void {
  const { protocolVersion, properties, cleanStart } = connect;
  const fixed = core.options.protocolVersion;
  core.side = 'server';
  core.state = 'connecting';
  core.format = core.formatOf(protocolVersion);
  if (fixed !== undefined && fixed !== protocolVersion) {
    core.fail(
      new PacketError('UNSUPPORTED_PROTOCOL_VERSION', `only protocol version ${fixed} is spoken here`, 'MQTT-3.1.2-2'),
    ); // [MQTT-3.1.2-2] [MQTT-3.1.2-2@3.1.1]
    return;
  }
  core.peer = announcedLimits(properties);
  setReceiveLimit(core, undefined);
  core.handshake = { cleanStart, hasClientId: connect.clientId !== '', keepAlive: connect.keepAlive };
  core.sessionExpiryInterval = expiryInterval(protocolVersion, cleanStart, properties.sessionExpiryInterval);
  if (properties.authenticationMethod !== undefined)
    core.authentication = new EnhancedAuthentication(properties.authenticationMethod);
  core.connectDeadline = Infinity;
  core.sink!.packet(connect);
}

/** The version a CONNECT announces that could not be read; undefined when not even that can be made out. */
export function announcedVersion(bytes: Uint8Array, bodyStart: number, end: number): ProtocolVersion | undefined {
  if (bodyStart + 2 > end) return undefined;
  const at = bodyStart + 2 + ((bytes[bodyStart]! << 8) | bytes[bodyStart + 1]!);
  if (at >= end) return undefined;
  const version = bytes[at]!;
  if ((version & 0x7f) === 4 || version < 4) return 4; // what came before 3.1.1 understands its CONNACK
  return 5;
}

/** Client: a CONNACK was read. */
export function receiveConnack<S>(core: ConnectionCore<S>, connack: ConnackPacket): void {
  const problem = connackProblem(core, connack);
  if (problem !== undefined) {
    core.fail(problem);
    return;
  }
  if (connack.reasonCode !== 0) {
    core.state = 'closed';
    core.connectDeadline = Infinity;
    core.sink!.packet(connack);
    core.close(undefined);
    return;
  }
  const { properties } = connack;
  core.peer = announcedLimits(properties);
  core.sessionExpiryInterval = properties.sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.keepAlive.startClient(properties.serverKeepAlive ?? core.handshake!.keepAlive, core.options, core.now); // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
  connected(core, isPresent(core, connack.sessionPresent), connack);
}

function connackProblem<S>(core: ConnectionCore<S>, connack: ConnackPacket): PacketError | undefined {
  if (connack.sessionPresent && core.handshake!.cleanStart) {
    return new PacketError('PROTOCOL_ERROR', 'a session is present after a clean start', 'MQTT-3.2.2-4'); // [MQTT-3.2.2-4] [MQTT-3.2.2-2]
  }
  const method = connack.properties.authenticationMethod;
  if (connack.reasonCode !== 0 || method === core.authentication?.method) return undefined;
  const statement = core.authentication === undefined ? 'MQTT-4.12.0-6' : 'MQTT-4.12.0-5';
  return new PacketError('PROTOCOL_ERROR', 'the Authentication Method is not the one in CONNECT', statement); // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
}

/** Server: sends CONNACK, and with it begins or ends what CONNECT asked for. */
export function sendConnack<S>(core: ConnectionCore<S>, connack: ConnackInput): void {
  const reasonCode = connack.reasonCode ?? 0;
  const properties = connack.properties ?? {};
  if (reasonCode === 0) requireFitting(core, connack);
  else if (connack.sessionPresent === true)
    throw new UsageError('INVALID_ARGUMENT', 'no session is present when the connection is refused'); // [MQTT-3.2.2-6] [MQTT-3.2.2-4@3.1.1]
  const start = writeChecked(core, connack);
  if (reasonCode !== 0) {
    core.state = 'closed';
    core.transmit(start);
    core.close(undefined); // [MQTT-3.2.2-7] [MQTT-3.2.2-5@3.1.1]
    return;
  }
  core.own = announcedLimits(properties);
  setReceiveLimit(core, properties.maximumPacketSize);
  core.sessionExpiryInterval = properties.sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.keepAlive.startServer(properties.serverKeepAlive ?? core.handshake!.keepAlive, core.options, core.now); // [MQTT-3.2.2-22]
  core.requireSession();
  core.transmit(start);
  connected(core, isPresent(core, connack.sessionPresent ?? false), undefined);
}

/** What an accepting CONNACK must not say after this CONNECT. Throws UsageError. */
function requireFitting<S>(core: ConnectionCore<S>, { sessionPresent, properties = {} }: ConnackInput): void {
  const { cleanStart, hasClientId } = core.handshake!;
  if (sessionPresent === true && cleanStart)
    throw new UsageError('INVALID_ARGUMENT', 'no session is present after a clean start'); // [MQTT-3.2.2-2] [MQTT-3.2.2-1@3.1.1]
  if (core.format.protocolVersion !== 5) return;
  if (!hasClientId && properties.assignedClientIdentifier === undefined) {
    throw new UsageError('INVALID_PROPERTY', 'the client needs an assignedClientIdentifier'); // [MQTT-3.1.3-7] [MQTT-3.2.2-16]
  }
  if (properties.authenticationMethod !== core.authentication?.method) {
    throw new UsageError('INVALID_PROPERTY', 'the authenticationMethod must be the one in CONNECT'); // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
  }
  if (properties.responseInformation !== undefined && !core.peer.requestResponseInformation) {
    throw new UsageError('INVALID_PROPERTY', 'the client did not ask for response information'); // [MQTT-3.1.2-28]
  }
}

/** Both sides: the handshake is complete. */
function connected<S>(core: ConnectionCore<S>, isSessionPresent: boolean, connack: ConnackPacket | undefined): void {
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
  if (core.isConnected) resume(core);
}

/** 3.1 does not say: whoever asks for a session there is taken to have it. */
function isPresent<S>(core: ConnectionCore<S>, sessionPresent: boolean): boolean {
  return sessionPresent || (core.format.protocolVersion === 3 && !core.handshake!.cleanStart);
}

function setReceiveLimit<S>(core: ConnectionCore<S>, announced: number | undefined): void {
  core.framer.maximumPacketSize = announced ?? core.options.maximumPacketSize ?? DEFAULT_LIMITS.maximumPacketSize;
}

function expiryInterval(protocolVersion: ProtocolVersion, cleanStart: boolean, announced: number | undefined): number {
  if (protocolVersion === 5) return announced ?? 0;
  return cleanStart ? 0 : NO_EXPIRY;
}

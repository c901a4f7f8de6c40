// How a network connection begins on the server's side: CONNECT comes in, CONNACK goes out, also when the CONNECT was none.
// §3.1, §3.2

import type { ConnectionCore } from './connection-core.ts';
import { connected, expiryInterval, isPresent, setReceiveLimit } from './connection-handshake.ts';
import { announcedLimits } from './connection-limits.ts';
import { writeChecked } from './connection-write.ts';
import { EnhancedAuthentication } from './enhanced-authentication.ts';
import { PacketError, UsageError } from './errors.ts';
import type { ConnackInput } from './packets/connack.ts';
import type { ConnectPacket } from './packets/connect.ts';
import type { PacketType } from './packets/packet.ts';
import { ConnectReturnCode, ReasonCode } from './reason-codes.ts';
import { receiveEarly } from './server-early.ts';
import type { ProtocolVersion } from './wire-format.ts';

/** A CONNECT was read. */
export function receiveConnect<S>(core: ConnectionCore<S>, connect: ConnectPacket): void {
  const { protocolVersion, properties, cleanStart } = connect;
  const fixed = core.options.protocolVersion;
  core.become(core.halves.receiver);
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

/** A CONNECT that cannot be read is answered in the version it announces, if that can be told. */
export function prepareRefusal<S>(
  core: ConnectionCore<S>,
  type: PacketType,
  buffer: Uint8Array,
  bodyStart: number,
  end: number,
): void {
  const version = type === 'connect' ? announcedVersion(buffer, bodyStart, end) : undefined;
  if (version === undefined) return;
  core.become(core.halves.receiver);
  core.format = core.formatOf(version);
}

/** The version a CONNECT announces that could not be read; undefined when not even that can be made out. */
function announcedVersion(bytes: Uint8Array, bodyStart: number, end: number): ProtocolVersion | undefined {
  if (bodyStart + 2 > end) return undefined;
  const at = bodyStart + 2 + ((bytes[bodyStart]! << 8) | bytes[bodyStart + 1]!);
  if (at >= end) return undefined;
  const version = bytes[at]!;
  if ((version & 0x7f) === 4 || version < 4) return 4; // what came before 3.1.1 understands its CONNACK
  return 5;
}

/** Sends CONNACK, and with it begins or ends what CONNECT asked for. */
export function sendConnack<S>(core: ConnectionCore<S>, connack: ConnackInput): number {
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
    return 0;
  }
  core.own = announcedLimits(properties);
  setReceiveLimit(core, properties.maximumPacketSize);
  core.sessionExpiryInterval = properties.sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.keepAlive.startServer(properties.serverKeepAlive ?? core.handshake!.keepAlive, core.options, core.now); // [MQTT-3.2.2-22]
  core.requireSession();
  core.transmit(start);
  connected(core, isPresent(core, connack.sessionPresent ?? false), undefined);
  receiveEarly(core);
  return 0;
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

/** The peer broke a rule before CONNACK: that says so. */
export function refuse<S>(core: ConnectionCore<S>, error: PacketError): void {
  const code = error.reasonCode;
  if (core.format.protocolVersion !== 5) refuseOlder(core, code);
  else if (!core.explains(0x20, [0, code], error)) core.transmitBytes(0x20, 3, 0, code, 0); // [MQTT-3.2.2-6] [MQTT-3.2.2-7]
}

/** Before 5.0 there are two codes for what a CONNECT can be refused for here, and none for the rest. */
function refuseOlder<S>(core: ConnectionCore<S>, code: number): void {
  if (code === ReasonCode.UnsupportedProtocolVersion)
    core.transmitBytes(0x20, 2, 0, ConnectReturnCode.UnacceptableProtocolVersion); // [MQTT-3.1.2-2@3.1.1]
  else if (code === ReasonCode.ClientIdentifierNotValid)
    core.transmitBytes(0x20, 2, 0, ConnectReturnCode.IdentifierRejected); // [MQTT-3.1.3-8@3.1.1]
}

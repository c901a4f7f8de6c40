// How a network connection begins on the client's side: CONNECT goes out, CONNACK comes in. §3.1, §3.2

import type { ConnectionCore } from './connection-core.ts';
import { connected, expiryInterval, isPresent, setReceiveLimit } from './connection-handshake.ts';
import { announcedLimits } from './connection-limits.ts';
import { writeChecked } from './connection-write.ts';
import { PacketError, UsageError } from './errors.ts';
import type { ConnackPacket } from './packets/connack.ts';
import type { ConnectInput } from './packets/connect.ts';

/** Sends CONNECT. */
export function sendConnect<S>(core: ConnectionCore<S>, connect: ConnectInput): number {
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
  core.become(core.halves.sender);
  core.own = announcedLimits(properties);
  setReceiveLimit(core, properties.maximumPacketSize);
  core.handshake = { cleanStart, hasClientId: (connect.clientId ?? '') !== '', keepAlive: connect.keepAlive ?? 0 };
  core.sessionExpiryInterval = expiryInterval(protocolVersion, cleanStart, properties.sessionExpiryInterval);
  if (properties.authenticationMethod !== undefined)
    core.sending.beginAuthentication?.(core, properties.authenticationMethod);
  core.connectDeadline = core.now + (core.options.connectTimeoutMs ?? Infinity);
  const lost = cleanStart ? session.clear() : []; // [MQTT-3.1.2-4] [MQTT-3.1.2-6@3.1.1]
  core.transmit(start);
  core.reportDropped(lost, 'session-lost');
  return 0;
}

/** A CONNACK was read. */
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

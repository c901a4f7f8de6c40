// What a connection does with each packet it receives: the hot ones at once from their bytes, the others through the state
// table and as objects. §4.13

import type { ConnectionCore } from './connection-core.ts';
import { announcedVersion, receiveConnack, receiveConnect } from './connection-handshake.ts';
import { receivePublish, receivePubrel } from './connection-incoming.ts';
import { wireFormat } from './connection-core.ts';
import { receiveSettlement } from './connection-settlement.ts';
import { type ConnectionState, isViolation, PACKET_TYPES, RECEIVING } from './connection-states.ts';
import { readVariableByteInteger, variableByteIntegerSize } from '../bytes/variable-byte-integer.ts';
import { Writer } from '../bytes/writer.ts';
import { copyOf } from '../bytes/copy.ts';
import { PacketError } from './errors.ts';
import type { FrameHandler } from './framer.ts';
import type { AuthPacket } from './packets/auth.ts';
import type { DisconnectPacket } from './packets/disconnect.ts';
import { type Packet, readFramedPacket } from './packets/packet.ts';
import type { SubscribePacket } from './packets/subscribe.ts';
import { hasWildcards, parseShare } from './topics.ts';

/** Most bytes a client may send before it has its CONNACK: more than one read, far less than would hurt. */
const EARLY_BYTES = 262_144;
const SETTLING = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const;

export class FrameReceiver<S> implements FrameHandler {
  readonly #core: ConnectionCore<S>;

  constructor(core: ConnectionCore<S>) {
    this.#core = core;
  }

  frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
    const core = this.#core;
    core.isHeard = true;
    if (core.state === 'connected') {
      const firstByte = buffer[start]!;
      const type = firstByte >> 4;
      if (type === 3) {
        receivePublish(core, buffer, start, bodyStart, end);
        return !core.isClosed;
      }
      if (type >= 4 && type <= 7 && end - bodyStart === core.format.packetIdentifierSize && (firstByte & 15) === (type === 6 ? 2 : 0)) {
        const packetIdentifier = readIdentifier(buffer, bodyStart, end);
        if (packetIdentifier !== 0) {
          if (type === 6) receivePubrel(core, packetIdentifier, undefined);
          else receiveSettlement(core, SETTLING[type - 4] as 'puback', packetIdentifier, 0, undefined);
          return !core.isClosed;
        }
      }
    }
    receiveFrame(core, buffer, start, bodyStart, end);
    return !core.isClosed;
  }
}

function readIdentifier(buffer: Uint8Array, start: number, end: number): number {
  const short = (buffer[start]! << 8) | buffer[start + 1]!;
  return end - start === 2 ? short : ((short << 16) | (buffer[start + 2]! << 8) | buffer[start + 3]!) >>> 0;
}

function receiveFrame<S>(core: ConnectionCore<S>, buffer: Uint8Array, start: number, bodyStart: number, end: number): void {
  const type = PACKET_TYPES[buffer[start]! >> 4];
  if (core.isClosed) return;
  if (type !== undefined) {
    const side = core.side ?? (type === 'connect' ? 'server' : 'client');
    const next = core.side === undefined && type !== 'connect' ? RECEIVING.server.idle[type] : RECEIVING[side][core.state][type];
    if (isViolation(next)) {
      core.failProtocol(next.message, next.statement);
      return;
    }
    if (side === 'server' && core.state === 'connecting' && mustWait(core, type)) {
      keepEarly(core, buffer, start, end);
      return;
    }
    if (core.isClosed) return;
  }
  const packet = readOrFail(core, buffer, start, bodyStart, end);
  if (packet !== undefined) receivePacket(core, packet);
}

function readOrFail<S>(core: ConnectionCore<S>, buffer: Uint8Array, start: number, bodyStart: number, end: number): Packet | undefined {
  try {
    return readFramedPacket(buffer, start, bodyStart, end, core.format);
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    if (core.state === 'idle' && core.side !== 'client') prepareRefusal(core, announcedVersion(buffer, bodyStart, end));
    core.fail(error); // [MQTT-3.1.4-1] [MQTT-3.1.4-1@3.1.1]
    return undefined;
  }
}

/** A CONNECT that cannot be read is answered in the version it announces, if that can be told. */
function prepareRefusal<S>(core: ConnectionCore<S>, version: 3 | 4 | 5 | undefined): void {
  if (version === undefined) return;
  core.side = 'server';
  core.state = 'connecting';
  core.format = wireFormat(version, core.format.packetIdentifierSize);
}

/** Before CONNACK a server answers nothing but the authentication; what a client sends too early waits. [MQTT-3.1.4-6] */
function mustWait<S>(core: ConnectionCore<S>, type: string): boolean {
  if (core.authentication !== undefined) {
    if (type !== 'auth' && type !== 'disconnect') core.failProtocol('only AUTH and DISCONNECT come before CONNACK', 'MQTT-3.1.2-30'); // [MQTT-3.1.2-30]
    return false;
  }
  return type !== 'auth' && (type !== 'disconnect' || core.early !== undefined);
}

function keepEarly<S>(core: ConnectionCore<S>, buffer: Uint8Array, start: number, end: number): void {
  core.early ??= new Writer();
  if (core.early.length + end - start > EARLY_BYTES) {
    core.fail(new PacketError('IMPLEMENTATION_SPECIFIC_ERROR', `more than ${EARLY_BYTES} bytes before CONNACK`));
    return;
  }
  core.early.raw(copyOf(buffer, start, end));
}

/** Server, after CONNACK: what the client sent before it is received now. */
export function receiveEarly<S>(core: ConnectionCore<S>, receiver: FrameReceiver<S>): void {
  const { early } = core;
  core.early = undefined;
  if (early === undefined || core.state !== 'connected') return;
  const { bytes, length } = early;
  for (let at = 0; at < length && core.isConnected; ) {
    const remaining = readVariableByteInteger(bytes, at + 1, length);
    const bodyStart = at + 1 + variableByteIntegerSize(remaining);
    const end = bodyStart + remaining;
    receiver.frame(bytes, at, bodyStart, end);
    at = end;
  }
}

function receivePacket<S>(core: ConnectionCore<S>, packet: Packet): void {
  switch (packet.type) {
    case 'connect':
      receiveConnect(core, packet);
      break;
    case 'connack':
      receiveConnack(core, packet);
      break;
    case 'puback':
    case 'pubrec':
    case 'pubcomp':
      receiveSettlement(core, packet.type, packet.packetIdentifier, packet.reasonCode, packet);
      break;
    case 'pubrel':
      receivePubrel(core, packet.packetIdentifier, packet);
      break;
    case 'subscribe':
      receiveSubscribe(core, packet);
      break;
    case 'unsubscribe':
      core.requireRequests().add(packet.packetIdentifier, 'unsubscribe', packet.topicFilters.length);
      core.sink!.packet(packet);
      break;
    case 'suback':
      receiveAnswer(core, packet, 'subscribe');
      break;
    case 'unsuback':
      receiveAnswer(core, packet, 'unsubscribe');
      break;
    case 'pingreq':
      if (core.options.automaticPingResponse !== false) core.transmitBytes(0xd0, 0); // [MQTT-3.12.4-1] [MQTT-3.12.4-1@3.1.1]
      core.sink!.packet(packet);
      break;
    case 'pingresp':
      core.keepAlive.pingAnswered();
      core.sink!.packet(packet);
      break;
    case 'disconnect':
      receiveDisconnect(core, packet);
      break;
    default:
      receiveAuth(core, packet as AuthPacket);
  }
}

/** Server. A subscription that CONNACK said is not available breaks the connection. §3.2.2.3.11 to §3.2.2.3.13 */
function receiveSubscribe<S>(core: ConnectionCore<S>, subscribe: SubscribePacket): void {
  const { own } = core;
  let error: PacketError | undefined;
  for (const { topicFilter } of subscribe.subscriptions) {
    if (!own.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined) {
      error ??= new PacketError('SHARED_SUBSCRIPTIONS_NOT_SUPPORTED', 'there are no shared subscriptions here');
    } else if (!own.wildcardSubscriptionAvailable && hasWildcards(topicFilter)) {
      error ??= new PacketError('WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED', 'there are no wildcard subscriptions here');
    }
  }
  if (!own.subscriptionIdentifiersAvailable && subscribe.properties.subscriptionIdentifiers !== undefined) {
    error ??= new PacketError('SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED', 'there are no Subscription Identifiers here');
  }
  if (error !== undefined) {
    core.fail(error);
    return;
  }
  core.requireRequests().add(subscribe.packetIdentifier, 'subscribe', subscribe.subscriptions.length);
  core.sink!.packet(subscribe);
}

/** Client: SUBACK or UNSUBACK must match a request. [MQTT-3.8.4-2] [MQTT-3.10.4-5] */
function receiveAnswer<S>(core: ConnectionCore<S>, packet: Extract<Packet, { type: 'suback' | 'unsuback' }>, request: 'subscribe' | 'unsubscribe'): void {
  const filters = core.requests?.filtersOf(packet.packetIdentifier, request) ?? 0;
  if (filters === 0) {
    core.failProtocol(`${packet.type.toUpperCase()} for nothing that was asked`, request === 'subscribe' ? 'MQTT-3.8.4-2' : 'MQTT-3.10.4-5');
    return;
  }
  const isCounted = packet.type === 'suback' || core.format.protocolVersion === 5;
  if (isCounted && packet.reasonCodes.length !== filters) {
    core.failProtocol(`${packet.reasonCodes.length} reason codes for ${filters} topic filters`, request === 'subscribe' ? 'MQTT-3.8.4-6' : 'MQTT-3.11.3-1'); // [MQTT-3.9.3-1]
    return;
  }
  core.requests!.remove(packet.packetIdentifier);
  core.session!.identifiers.release(packet.packetIdentifier);
  core.sink!.packet(packet);
}

function receiveDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectPacket): void {
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

function receiveAuth<S>(core: ConnectionCore<S>, auth: AuthPacket): void {
  const from = core.side === 'client' ? 'server' : 'client';
  const { authentication } = core;
  if (authentication === undefined) {
    core.failProtocol('AUTH without an Authentication Method in CONNECT', from === 'server' ? 'MQTT-4.12.0-6' : 'MQTT-4.12.0-7'); // [MQTT-4.12.0-6] [MQTT-4.12.0-7]
    return;
  }
  const violation = authentication.violationOf(from, auth.reasonCode, auth.properties.authenticationMethod);
  if (violation !== undefined) {
    core.failProtocol(violation.message, violation.statement);
    return;
  }
  authentication.follow(auth.reasonCode);
  core.sink!.packet(auth);
}

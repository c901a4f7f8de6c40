// What a connection does with each packet it receives: the hot ones at once from their bytes, the others through the state
// table and as objects. §4.13

import { copyOf } from '../bytes/copy.ts';
import { readVariableByteInteger, variableByteIntegerSize } from '../bytes/variable-byte-integer.ts';
import { Writer } from '../bytes/writer.ts';
import { receiveAuth } from './connection-authentication.ts';
import { receiveDisconnect } from './connection-closing.ts';
import type { ConnectionCore } from './connection-core.ts';
import { announcedVersion, receiveConnack, receiveConnect } from './connection-handshake.ts';
import { receivePublish, receivePubrel } from './connection-incoming.ts';
import { receiveSettlement } from './connection-settlement.ts';
import { isViolation, PACKET_TYPES, RECEIVING } from './connection-states.ts';
import { receiveAnswer, receiveSubscribe, receiveUnsubscribe } from './connection-subscriptions.ts';
import { PacketError } from './errors.ts';
import type { FrameHandler } from './framer.ts';
import type { AuthPacket } from './packets/auth.ts';
import type { Packet } from './packets/packet.ts';
import { readFramedPacket } from './packets/packet.ts';
import { PacketTypeNumber } from './packets/packet-types.ts';

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
      if (
        type >= 4 &&
        type <= 7 &&
        end - bodyStart === core.format.packetIdentifierSize &&
        (firstByte & 15) === (type === 6 ? 2 : 0)
      ) {
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

function receiveFrame<S>(
  core: ConnectionCore<S>,
  buffer: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
): void {
  const type = PACKET_TYPES[buffer[start]! >> 4];
  if (type !== undefined) {
    const side = core.side ?? (type === 'connect' ? 'server' : 'client');
    const next =
      core.side === undefined && type !== 'connect' ? RECEIVING.server.idle[type] : RECEIVING[side][core.state][type];
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

function readOrFail<S>(
  core: ConnectionCore<S>,
  buffer: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
): Packet | undefined {
  try {
    return readFramedPacket(buffer, start, bodyStart, end, core.format, core.options.readLimits);
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    if (core.state === 'idle' && buffer[start]! >> 4 === PacketTypeNumber.connect)
      prepareRefusal(core, announcedVersion(buffer, bodyStart, end));
    core.fail(error); // [MQTT-3.1.4-1] [MQTT-3.1.4-1@3.1.1]
    return undefined;
  }
}

/** A CONNECT that cannot be read is answered in the version it announces, if that can be told. */
function prepareRefusal<S>(core: ConnectionCore<S>, version: 3 | 4 | 5 | undefined): void {
  if (version === undefined) return;
  core.side = 'server';
  core.state = 'connecting';
  core.format = core.formatOf(version);
}

/** Before CONNACK a server answers nothing but the authentication; what a client sends too early waits. [MQTT-3.1.4-6] [MQTT-3.1.4-5@3.1.1] */
function mustWait<S>(core: ConnectionCore<S>, type: string): boolean {
  if (core.authentication !== undefined) {
    if (type !== 'auth' && type !== 'disconnect')
      core.failProtocol('only AUTH and DISCONNECT come before CONNACK', 'MQTT-3.1.2-30'); // [MQTT-3.1.2-30]
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
      receiveUnsubscribe(core, packet);
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

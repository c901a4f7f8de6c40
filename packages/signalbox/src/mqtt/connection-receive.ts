// What a connection does with each packet it receives: the hot ones at once from their bytes, the others through the state
// table and as objects. §4.13

import type { ConnectionCore } from './connection-core.ts';
import type { Incoming } from './connection-half.ts';
import { receivePublish, receivePubrel } from './connection-incoming.ts';
import { isViolation } from './connection-states.ts';
import { PacketError } from './errors.ts';
import type { FrameHandler } from './framer.ts';
import type { Packet } from './packets/packet.ts';
import { PACKET_TYPES } from './packets/packet-types.ts';
import { readWith } from './packets/read-packet.ts';

type IncomingPacket = Incoming<Packet>;
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
      const { publishing } = core.receiving;
      if (
        publishing !== undefined &&
        type >= 4 &&
        type <= 7 &&
        end - bodyStart === core.format.packetIdentifierSize &&
        (firstByte & 15) === (type === 6 ? 2 : 0)
      ) {
        const packetIdentifier = readIdentifier(buffer, bodyStart, end);
        if (packetIdentifier !== 0) {
          if (type === 6) receivePubrel(core, packetIdentifier, undefined);
          else publishing.receiveSettlement(core, SETTLING[type - 4] as 'puback', packetIdentifier, 0, undefined);
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
  const half = core.receiving;
  const firstByte = buffer[start]!;
  const type = PACKET_TYPES[firstByte >> 4];
  if (type !== undefined) {
    const next = half.receives[core.state][type];
    if (isViolation(next)) {
      core.failProtocol(next.message, next.statement);
      return;
    }
    if (core.state === 'connecting' && half.intercept?.(core, type, buffer, start, end) === true) return;
  }
  const incoming = type === undefined ? undefined : (half.incoming[type as 'auth'] as IncomingPacket | undefined);
  if (incoming === undefined && type !== undefined) {
    core.failProtocol(`${type.toUpperCase()} for nothing that was sent`, 'MQTT-2.2.1-5'); // a part is missing: see HalfPart
    return;
  }
  let packet: Packet;
  try {
    packet = readWith(incoming?.read, firstByte, buffer, bodyStart, end, core.format, core.options.readLimits);
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    if (type !== undefined) half.onUnreadable?.(core, type, buffer, bodyStart, end);
    core.fail(error); // [MQTT-3.1.4-1] [MQTT-3.1.4-1@3.1.1]
    return;
  }
  incoming!.receive(core, packet);
}

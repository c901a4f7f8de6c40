// What a client sends before it has its CONNACK: kept until then, within a limit. §3.1.4

import { copyOf } from '../bytes/copy.ts';
import { readVariableByteInteger, variableByteIntegerSize } from '../bytes/variable-byte-integer.ts';
import { Writer } from '../bytes/writer.ts';
import type { ConnectionCore } from './connection-core.ts';
import { FrameReceiver } from './connection-receive.ts';
import { PacketError } from './errors.ts';
import type { PacketType } from './packets/packet.ts';

/** Most bytes a client may send before it has its CONNACK: more than one read, far less than would hurt. */
const EARLY_BYTES = 262_144;

/** True when the packet waits, or when it was one too many or of the wrong kind and the connection closed. */
export function intercept<S>(
  core: ConnectionCore<S>,
  type: PacketType,
  buffer: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (!mustWait(core, type)) return core.isClosed;
  keepEarly(core, buffer, start, end);
  return true;
}

/** Before CONNACK a server answers nothing but the authentication; what a client sends too early waits. [MQTT-3.1.4-6] [MQTT-3.1.4-5@3.1.1] */
function mustWait<S>(core: ConnectionCore<S>, type: PacketType): boolean {
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

/** After CONNACK: what the client sent before it is received now. */
export function receiveEarly<S>(core: ConnectionCore<S>): void {
  const { early } = core;
  core.early = undefined;
  if (early === undefined || !core.isConnected) return;
  const { bytes, length } = early;
  const receiver = new FrameReceiver(core);
  for (let at = 0; at < length && core.isConnected; ) {
    const remaining = readVariableByteInteger(bytes, at + 1, length);
    const bodyStart = at + 1 + variableByteIntegerSize(remaining);
    const end = bodyStart + remaining;
    receiver.frame(bytes, at, bodyStart, end);
    at = end;
  }
}

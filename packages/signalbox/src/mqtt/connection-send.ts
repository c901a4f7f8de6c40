// What a connection does with each packet its owner sends: the state table, then what its half does. Every check comes
// before the first change, so a UsageError has changed nothing.

import type { ConnectionCore } from './connection-core.ts';
import { requireAllowed } from './connection-core.ts';
import type { ConnectionState } from './connection-states.ts';
import { writeChecked } from './connection-write.ts';
import type { PacketInput } from './packets/packet.ts';

type SendAny = <S>(
  core: ConnectionCore<S>,
  packet: PacketInput,
  next: ConnectionState,
  stored: S | undefined,
) => number;

/** Sends a packet. Returns the Packet Identifier it has, 0 when it has none. Throws UsageError. */
export function sendPacket<S>(core: ConnectionCore<S>, packet: PacketInput, stored: S | undefined): number {
  const next = nextState(core, packet);
  const send = core.sending.outgoing[packet.type]!.send as SendAny;
  return send(core, packet, next, stored);
}

function nextState<S>(core: ConnectionCore<S>, packet: PacketInput): ConnectionState {
  const { type } = packet;
  const isKept =
    type === 'publish' &&
    core.options.offlinePublish === true &&
    core.sending.side === 'client' &&
    (packet.qos ?? 0) > 0;
  if (isKept && core.state !== 'connected') return core.state;
  return requireAllowed(core.sending.sends[core.state][type], type);
}

/** A packet that is nothing but written. */
export function sendPlain<S>(core: ConnectionCore<S>, packet: PacketInput): number {
  core.transmit(writeChecked(core, packet));
  return 0;
}

// What a connection does with each packet its owner sends: the state table, the limits of the peer, the identifiers. Every
// check comes before the first change, so a UsageError has changed nothing.

import { sendAcknowledgement } from './connection-acknowledge.ts';
import { sendAuth } from './connection-authentication.ts';
import { sendDisconnect } from './connection-closing.ts';
import type { ConnectionCore } from './connection-core.ts';
import { requireAllowed } from './connection-core.ts';
import { sendConnack, sendConnect } from './connection-handshake.ts';
import { sendPublish } from './connection-outgoing.ts';
import { sendPubrel } from './connection-settlement.ts';
import type { ConnectionState } from './connection-states.ts';
import { SENDING } from './connection-states.ts';
import { sendAnswer, sendRequest } from './connection-subscriptions.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import type { PacketInput } from './packets/packet.ts';

/** Sends a packet. Returns the Packet Identifier it has, 0 when it has none. Throws UsageError. */
export function sendPacket<S>(core: ConnectionCore<S>, packet: PacketInput, stored: S | undefined): number {
  const next = nextState(core, packet);
  switch (packet.type) {
    case 'connect':
      sendConnect(core, packet);
      return 0;
    case 'connack':
      sendConnack(core, packet);
      return 0;
    case 'publish':
      return sendPublish(core, packet, stored);
    case 'puback':
    case 'pubrec':
    case 'pubcomp':
      sendAcknowledgement(core, packet.type, packet.packetIdentifier, packet);
      return packet.packetIdentifier;
    case 'pubrel':
      sendPubrel(core, packet);
      return packet.packetIdentifier;
    case 'subscribe':
    case 'unsubscribe':
      return sendRequest(core, packet);
    case 'suback':
    case 'unsuback':
      sendAnswer(core, packet);
      return packet.packetIdentifier;
    case 'disconnect':
      sendDisconnect(core, packet, next);
      return 0;
    case 'auth':
      sendAuth(core, packet);
      return 0;
    default: {
      const start = writeChecked(core, packet);
      if (packet.type === 'pingreq') core.keepAlive.pingSent(core.now);
      core.transmit(start);
      return 0;
    }
  }
}

function nextState<S>(core: ConnectionCore<S>, packet: PacketInput): ConnectionState {
  const { type } = packet;
  const side = core.side ?? 'client';
  const isKept =
    type === 'publish' && core.options.offlinePublish === true && side === 'client' && (packet.qos ?? 0) > 0;
  if (isKept && core.state !== 'connected') return core.state;
  const cell = SENDING[side][core.state][type];
  if (cell === undefined) throw new UsageError('INVALID_ARGUMENT', `there is no packet type ${String(type)}`);
  return requireAllowed(cell, type);
}

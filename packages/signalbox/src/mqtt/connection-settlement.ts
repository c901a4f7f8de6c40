// The answers of the peer to our PUBLISH packets: PUBACK, PUBREC and PUBCOMP, and the PUBREL in between. §4.3.2, §4.3.3

import type { ConnectionCore } from './connection-core.ts';
import { sendHeld } from './connection-outgoing.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import { NOT_FOUND } from './identifier-ring.ts';
import { Stage } from './in-flight.ts';
import type { Packet } from './packets/packet.ts';
import type { PubackPacket } from './packets/puback.ts';
import type { PubcompPacket } from './packets/pubcomp.ts';
import type { PubrecPacket } from './packets/pubrec.ts';
import type { PubrelInput } from './packets/pubrel.ts';
import { PACKET_IDENTIFIER_NOT_FOUND } from './reason-codes.ts';
import { transmitPubrel, writeAcknowledgement } from './write-acknowledgement.ts';

type Settling = 'puback' | 'pubrec' | 'pubcomp';

/** From here on an acknowledgement says that the message was refused. */
const FAILURE = 0x80;

/** The object form of the three. */
export function receiveSettlementPacket<S>(
  core: ConnectionCore<S>,
  packet: PubackPacket | PubrecPacket | PubcompPacket,
): void {
  receiveSettlement(core, packet.type, packet.packetIdentifier, packet.reasonCode, packet);
}

/** `packet` when it was read as an object; the short form is made into one only for who wants it. */
export function receiveSettlement<S>(
  core: ConnectionCore<S>,
  type: Settling,
  packetIdentifier: number,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  if (type === 'pubrec') receivePubrec(core, packetIdentifier, reasonCode, packet);
  else if (type === 'puback') receiveLast(core, type, Stage.Puback, packetIdentifier, reasonCode, packet);
  else receiveLast(core, type, Stage.Pubcomp, packetIdentifier, reasonCode, packet);
}

/** PUBACK or PUBCOMP: the last answer to a message that is in `stage`. */
function receiveLast<S>(
  core: ConnectionCore<S>,
  type: 'puback' | 'pubcomp',
  stage: number,
  packetIdentifier: number,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  const { outgoing } = core.session!;
  const slot = outgoing.find(packetIdentifier);
  if (slot === NOT_FOUND) reportPacket(core, type, packetIdentifier, reasonCode, packet);
  else if (outgoing.stageAt(slot) === stage)
    settle(core, slot, type, reasonCode, packet); // [MQTT-4.4.0-2] [MQTT-4.3.3-5]
  else failUnexpected(core, type, type === 'puback' ? 'MQTT-4.3.2-4' : 'MQTT-4.3.3-11');
}

function failUnexpected<S>(core: ConnectionCore<S>, type: Settling, statement: string): void {
  core.failProtocol(`${type.toUpperCase()} for a message that does not wait for it`, statement);
}

function receivePubrec<S>(
  core: ConnectionCore<S>,
  packetIdentifier: number,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  const { outgoing } = core.session!;
  const slot = outgoing.find(packetIdentifier);
  if (slot === NOT_FOUND) {
    reportPacket(core, 'pubrec', packetIdentifier, reasonCode, packet);
    const unknown = core.format.protocolVersion === 5 ? PACKET_IDENTIFIER_NOT_FOUND : 0;
    if (reasonCode < FAILURE && core.state === 'connected') transmitPubrel(core, packetIdentifier, unknown);
    return;
  }
  const stage = outgoing.stageAt(slot);
  if (stage === Stage.Pubrec) {
    if (reasonCode >= FAILURE)
      settle(core, slot, 'pubrec', reasonCode, packet); // [MQTT-4.4.0-2]
    else handOver(core, slot, packetIdentifier, reasonCode, packet);
  } else if (stage === Stage.Pubcomp) {
    reportPacket(core, 'pubrec', packetIdentifier, reasonCode, packet);
    if (core.state === 'connected') transmitPubrel(core, packetIdentifier, 0); // the peer has not got the first one
  } else if (stage === Stage.Release) {
    reportPacket(core, 'pubrec', packetIdentifier, reasonCode, packet);
  } else failUnexpected(core, 'pubrec', 'MQTT-4.3.3-8');
}

/** The peer has the message: from now on only PUBREL is sent. [MQTT-4.3.3-6] */
function handOver<S>(
  core: ConnectionCore<S>,
  slot: number,
  packetIdentifier: number,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  const { outgoing } = core.session!;
  const isAutomatic = core.options.automaticRelease !== false;
  const stored = outgoing.valueAt(slot);
  if (outgoing.isHeld(slot)) outgoing.held--;
  outgoing.setStageAt(slot, isAutomatic ? Stage.Pubcomp : Stage.Release);
  reportPacket(core, 'pubrec', packetIdentifier, reasonCode, packet);
  core.sink!.handedOver?.(packetIdentifier, stored, reasonCode);
  if (isAutomatic && core.state === 'connected') transmitPubrel(core, packetIdentifier, 0); // [MQTT-4.3.3-4] [MQTT-4.6.0-4] [MQTT-4.6.0-4@3.1.1]
}

/** PUBREL by hand, where it is not automatic. Throws UsageError. */
export function sendPubrel<S>(core: ConnectionCore<S>, pubrel: PubrelInput): number {
  const { outgoing } = core.session!;
  const slot = outgoing.find(pubrel.packetIdentifier);
  if (slot === NOT_FOUND || outgoing.stageAt(slot) !== Stage.Release) {
    throw new UsageError('PACKET_IDENTIFIER_UNKNOWN', `no message ${pubrel.packetIdentifier} waits for PUBREL`);
  }
  const isShort = core.format.protocolVersion !== 5 || (!pubrel.reasonCode && pubrel.properties === undefined);
  const start = isShort ? writeAcknowledgement(core, 0x62, pubrel.packetIdentifier, 0) : writeChecked(core, pubrel); // [MQTT-3.6.2-2] [MQTT-3.6.2-3]
  outgoing.setStageAt(slot, Stage.Pubcomp);
  core.transmit(start);
  return pubrel.packetIdentifier;
}

/** The message has left the flight: its identifier is free, and what is held may follow. */
function settle<S>(
  core: ConnectionCore<S>,
  slot: number,
  type: Settling,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  const { outgoing } = core.session!;
  const packetIdentifier = outgoing.identifierAt(slot);
  const stored = outgoing.valueAt(slot);
  outgoing.settleAt(slot);
  if (outgoing.held > 0) sendHeld(core); // before the owner can find the vacancy
  reportPacket(core, type, packetIdentifier, reasonCode, packet);
  core.sink!.settled?.(packetIdentifier, reasonCode, stored);
}

function reportPacket<S>(
  core: ConnectionCore<S>,
  type: Settling,
  packetIdentifier: number,
  reasonCode: number,
  packet: Packet | undefined,
): void {
  const sink = core.sink!;
  if (sink.settled !== undefined && sink.everyPacket !== true) return;
  sink.packet(packet ?? { type, packetIdentifier, reasonCode, properties: {} });
}

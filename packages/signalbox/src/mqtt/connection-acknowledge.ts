// Our answers to received PUBLISH and PUBREL packets: only after the owner has accepted, in the order of the messages, and
// remembered in the session for as long as the peer may ask again. §4.3, §4.6

import { type AcknowledgementOrder, type AcknowledgementResponse, SUCCESS } from './acknowledgement-order.ts';
import type { ConnectionCore } from './connection-core.ts';
import { measureChecked, writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import type { ListeningSession } from './listening-session.ts';
import type { PubackInput } from './packets/puback.ts';
import type { PubcompInput } from './packets/pubcomp.ts';
import type { PubrecInput } from './packets/pubrec.ts';
import { isReasonCodeAllowed } from './reason-code-table.ts';
import { PACKET_IDENTIFIER_NOT_FOUND } from './reason-codes.ts';
import { Received } from './received-identifiers.ts';
import { writeAcknowledgement } from './write-acknowledgement.ts';

const PUBACK = 0x40;
export const PUBREC = 0x50;
const PUBCOMP = 0x70;
const TYPES = { [PUBACK]: 'puback', [PUBREC]: 'pubrec', [PUBCOMP]: 'pubcomp' } as const;
type FirstByte = keyof typeof TYPES;

/** Answers the PUBLISH or PUBREL of this identifier. Throws UsageError when nothing waits for an answer. */
export function acknowledge<S>(
  core: ConnectionCore<S>,
  packetIdentifier: number,
  given: AcknowledgementResponse,
): void {
  const { pubacks, pubrecs } = core;
  const response = core.format.protocolVersion === 5 ? given : SUCCESS;
  if (core.state !== 'connected') acceptOffline(core, packetIdentifier, given);
  else if (pubacks !== undefined && pubacks.first === packetIdentifier) {
    answerFirst(core, pubacks, PUBACK, response); // [MQTT-4.3.2-4] [MQTT-4.6.0-2] [MQTT-4.3.2-2@3.1.1] [MQTT-4.6.0-2@3.1.1] [MQTT-3.3.4-1] [MQTT-3.3.4-1@3.1.1]
  } else if (pubrecs !== undefined && pubrecs.first === packetIdentifier) {
    answerFirst(core, pubrecs, PUBREC, response); // [MQTT-4.3.3-8] [MQTT-4.6.0-3] [MQTT-4.3.3-2@3.1.1] [MQTT-4.6.0-3@3.1.1] [MQTT-3.3.4-1] [MQTT-3.3.4-1@3.1.1]
  } else acknowledgeOther(core, packetIdentifier, response);
}

/** Stands for an acknowledgement that is never sent. */
const ABANDONED: AcknowledgementResponse = Object.freeze({});

/** The PUBLISH gets no answer on this network connection; those behind it can have theirs. Unknown: no effect. */
export function abandon<S>(core: ConnectionCore<S>, packetIdentifier: number): void {
  const { session, pubacks, pubrecs } = core;
  const isQoS2 = session?.hasReceived === true && session.received.stageOf(packetIdentifier) === Received.Delivered;
  if (isQoS2) session.received.remove(packetIdentifier); // when it is sent again, it is new
  if (core.state !== 'connected') return;
  const [order, firstByte] = isQoS2 ? ([pubrecs, PUBREC] as const) : ([pubacks, PUBACK] as const);
  if (order?.answer(packetIdentifier, ABANDONED) === true) sendReady(core, order, firstByte);
}

function acknowledgeOther<S>(
  core: ConnectionCore<S>,
  packetIdentifier: number,
  response: AcknowledgementResponse,
): void {
  const { pubacks, pubrecs } = core;
  const session = core.session!;
  const stage = session.hasReceived ? session.received.stageOf(packetIdentifier) : Received.Unknown;
  if (stage === Received.Released) {
    const start = writeResponse(core, PUBCOMP, packetIdentifier, response);
    session.received.remove(packetIdentifier);
    core.receiveMaximum!.giveReleased(packetIdentifier);
    core.transmit(start); // [MQTT-4.3.3-11]
  } else if (pubacks?.has(packetIdentifier) === true) {
    requireWritable(core, PUBACK, packetIdentifier, response);
    pubacks.answer(packetIdentifier, response);
  } else if (stage === Received.Delivered) {
    requireWritable(core, PUBREC, packetIdentifier, response);
    if (pubrecs?.answer(packetIdentifier, response) !== true || !isRefused(response))
      accept(session, packetIdentifier, response);
  } else if (stage !== Received.Accepted) {
    throw new UsageError(
      'PACKET_IDENTIFIER_UNKNOWN',
      `nothing of Packet Identifier ${packetIdentifier} waits for an answer`,
    );
  }
}

function answerFirst<S>(
  core: ConnectionCore<S>,
  order: AcknowledgementOrder,
  firstByte: FirstByte,
  response: AcknowledgementResponse,
): void {
  answer(core, order, firstByte, response);
  if (order.firstAnswer !== undefined) sendReady(core, order, firstByte);
}

/** Sends the acknowledgements whose turn has come and that were given early. */
export function sendReady<S>(core: ConnectionCore<S>, order: AcknowledgementOrder, firstByte: FirstByte): void {
  for (let next = order.firstAnswer; next !== undefined && core.state === 'connected'; next = order.firstAnswer)
    answer(core, order, firstByte, next);
}

function answer<S>(
  core: ConnectionCore<S>,
  order: AcknowledgementOrder,
  firstByte: FirstByte,
  response: AcknowledgementResponse,
): void {
  const packetIdentifier = order.first;
  if (response === ABANDONED) {
    order.shift();
    return;
  }
  const start = writeResponse(core, firstByte, packetIdentifier, response);
  order.shift();
  if (firstByte === PUBACK) core.receiveMaximum!.give();
  else {
    accept(core.session!, packetIdentifier, response);
    if (isRefused(response)) core.receiveMaximum!.give();
  }
  core.transmit(start);
}

/** The owner has decided about a QoS 2 message: it is its own now, or was never here. */
function accept<S>(session: ListeningSession<S>, packetIdentifier: number, response: AcknowledgementResponse): void {
  if (isRefused(response))
    session.received.remove(packetIdentifier); // [MQTT-4.3.3-9]
  else session.received.advance(packetIdentifier, Received.Accepted);
}

/** The network connection is gone: what the peer will ask again is remembered, and told to the connection it asks on. */
function acceptOffline<S>(core: ConnectionCore<S>, packetIdentifier: number, response: AcknowledgementResponse): void {
  const { session } = core;
  if (session === undefined || !session.hasReceived) return;
  const stage = session.received.stageOf(packetIdentifier);
  const next = session.user === core ? undefined : session.user;
  if (stage === Received.Delivered) {
    accept(session, packetIdentifier, response);
    next?.acceptedBefore(packetIdentifier, response);
  } else if (stage === Received.Released && next === undefined) {
    session.received.remove(packetIdentifier); // its PUBREL will be an unknown one
  }
}

/** Sends the PUBRECs that became ready between two calls. */
export function sendReadyPubrecs<S>(core: ConnectionCore<S>): void {
  core.hasReadyPubrec = false;
  sendReady(core, core.pubrecs!, PUBREC);
}

function isRefused(response: AcknowledgementResponse): boolean {
  return response.reasonCode !== undefined && response.reasonCode >= 0x80;
}

function writeResponse<S>(
  core: ConnectionCore<S>,
  firstByte: FirstByte,
  packetIdentifier: number,
  response: AcknowledgementResponse,
): number {
  const { reasonCode = 0 } = response;
  const isShort = response.properties === undefined;
  if (isShort && (reasonCode === 0 || isReasonCodeAllowed(reasonCode, TYPES[firstByte], core.format.protocolVersion))) {
    return writeAcknowledgement(core, firstByte, packetIdentifier, reasonCode); // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.7.2-1] [MQTT-2.2.1-5] [MQTT-2.3.1-6@3.1.1]
  }
  return writeChecked(core, { type: TYPES[firstByte], packetIdentifier, ...response });
}

/** Throws for a response that could not be written when its turn comes. */
function requireWritable<S>(
  core: ConnectionCore<S>,
  firstByte: FirstByte,
  packetIdentifier: number,
  response: AcknowledgementResponse,
): void {
  if (response !== SUCCESS) measureChecked(core, { type: TYPES[firstByte], packetIdentifier, ...response });
}

/** An acknowledgement sent as a packet: it must be of the kind that the identifier waits for. Throws UsageError. */
export function sendAcknowledgement<S>(
  core: ConnectionCore<S>,
  packet: PubackInput | PubrecInput | PubcompInput,
): number {
  const { type, packetIdentifier } = packet;
  const session = core.session!;
  const stage = session.hasReceived ? session.received.stageOf(packetIdentifier) : Received.Unknown;
  const isExpected =
    type === 'puback'
      ? core.pubacks?.has(packetIdentifier) === true
      : stage === (type === 'pubrec' ? Received.Delivered : Received.Released);
  if (!isExpected)
    throw new UsageError(
      'PACKET_IDENTIFIER_UNKNOWN',
      `nothing of Packet Identifier ${packetIdentifier} waits for ${type.toUpperCase()}`,
    );
  acknowledge(core, packetIdentifier, packet);
  return packetIdentifier;
}

/** PUBCOMP for a PUBREL of which nothing is known (any more). [MQTT-4.3.3-11] */
export function completeUnknown<S>(core: ConnectionCore<S>, packetIdentifier: number): void {
  const reasonCode = core.format.protocolVersion === 5 ? PACKET_IDENTIFIER_NOT_FOUND : 0;
  core.transmit(writeAcknowledgement(core, PUBCOMP, packetIdentifier, reasonCode));
}

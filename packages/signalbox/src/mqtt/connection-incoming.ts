// Incoming PUBLISH and PUBREL of a connection and our answers to them: Topic Aliases resolved, our Receive Maximum
// watched, duplicates of QoS 2 recognised, acknowledgements in order and only after the owner has accepted. §3.3, §4.3, §4.6

import { AcknowledgementOrder, type AcknowledgementResponse, SUCCESS } from './acknowledgement-order.ts';
import type { ConnectionCore } from './connection-core.ts';
import { writeAcknowledgement } from './connection-outgoing.ts';
import { writeChecked } from './connection-write.ts';
import { PacketError, UsageError } from './errors.ts';
import { type Packet, packetSize } from './packets/packet.ts';
import { PublishView, readPublishView } from './publish-view.ts';
import { ReasonCode } from './reason-codes.ts';
import { Received } from './received-identifiers.ts';
import type { Session } from './session.ts';
import { InboundTopicAliases } from './topic-aliases.ts';
import { NO_TOPIC } from './topic-names.ts';

const PUBACK = 0x40;
const PUBREC = 0x50;
const PUBCOMP = 0x70;
const TYPES = { [PUBACK]: 'puback', [PUBREC]: 'pubrec', [PUBCOMP]: 'pubcomp' } as const;
type FirstByte = keyof typeof TYPES;

export function receivePublish<S>(core: ConnectionCore<S>, bytes: Uint8Array, start: number, bodyStart: number, end: number): void {
  core.view ??= new PublishView();
  const view = core.view;
  try {
    readPublishView(view, bytes, start, bodyStart, end, core.format, core.names ?? core.requireNames());
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    core.fail(error);
    return;
  }
  if (core.format.protocolVersion === 5 && !isAccepted(core, view)) return;
  if (view.qos === 0) deliver(core, view);
  else if (view.qos === 1) receiveQoS1(core, view);
  else receiveQoS2(core, view);
}

/** The rules of 5.0 beyond the packet itself; false when the connection failed by them. */
function isAccepted<S>(core: ConnectionCore<S>, view: PublishView): boolean {
  let error: PacketError | undefined;
  if (view.topicAlias !== 0) error = resolveAlias(core, view);
  if (view.hasSubscriptionIdentifiers && core.side === 'server') {
    error ??= new PacketError('PROTOCOL_ERROR', 'a client sent a Subscription Identifier', 'MQTT-3.3.4-6'); // [MQTT-3.3.4-6]
  }
  if (view.qos > core.own.maximumQoS) error ??= new PacketError('QOS_NOT_SUPPORTED', 'above the Maximum QoS', 'MQTT-3.2.2-11'); // [MQTT-3.2.2-11]
  if (view.retain && !core.own.retainAvailable) error ??= new PacketError('RETAIN_NOT_SUPPORTED', 'RETAIN is set', 'MQTT-3.2.2-14'); // [MQTT-3.2.2-14]
  if (error === undefined) return true;
  core.fail(error);
  return false;
}

function resolveAlias<S>(core: ConnectionCore<S>, view: PublishView): PacketError | undefined {
  core.inboundAliases ??= new InboundTopicAliases(core.own.topicAliasMaximum);
  const aliases = core.inboundAliases;
  if (!aliases.isValid(view.topicAlias)) {
    return new PacketError('TOPIC_ALIAS_INVALID', `Topic Alias ${view.topicAlias} is above the maximum of ${aliases.maximum}`);
  }
  if (view.topic !== NO_TOPIC) {
    aliases.set(view.topicAlias, view.topic);
    return undefined;
  }
  const topic = aliases.get(view.topicAlias);
  if (topic === undefined) return new PacketError('PROTOCOL_ERROR', `Topic Alias ${view.topicAlias} has no Topic Name yet`);
  view.topic = topic;
  return undefined;
}

function deliver<S>(core: ConnectionCore<S>, view: PublishView): void {
  const sink = core.sink!;
  if (sink.publish !== undefined) sink.publish(view);
  else sink.packet(view.toPacket());
}

function receiveQoS1<S>(core: ConnectionCore<S>, view: PublishView): void {
  core.requireReceiveMaximum().takeNew(); // [MQTT-4.3.2-5]
  if (isTooMany(core)) return;
  core.pubacks ??= new AcknowledgementOrder();
  const { packetIdentifier } = view;
  core.pubacks.push(packetIdentifier, undefined);
  deliver(core, view);
  if (core.options.automaticAcknowledge === true && core.state === 'connected') acknowledge(core, packetIdentifier, SUCCESS);
}

function receiveQoS2<S>(core: ConnectionCore<S>, view: PublishView): void {
  const { received } = core.session!;
  const { packetIdentifier } = view;
  const stage = received.stageOf(packetIdentifier);
  const quota = core.requireReceiveMaximum();
  core.pubrecs ??= new AcknowledgementOrder();
  if (stage === Received.Unknown) {
    quota.takeNew(); // [MQTT-4.3.3-9] [MQTT-4.3.3-12]
    if (isTooMany(core)) return;
    received.add(packetIdentifier);
    core.pubrecs.push(packetIdentifier, undefined);
    deliver(core, view);
    if (core.options.automaticAcknowledge === true && core.state === 'connected') acknowledge(core, packetIdentifier, SUCCESS);
    return;
  }
  quota.takeAgain(packetIdentifier);
  if (isTooMany(core)) return;
  if (stage !== Received.Delivered) {
    core.pubrecs.push(packetIdentifier, SUCCESS); // [MQTT-4.3.3-10]
    flush(core, core.pubrecs, PUBREC);
  } else if (!core.pubrecs.has(packetIdentifier)) core.pubrecs.push(packetIdentifier, undefined); // the owner still has it from before
}

function isTooMany<S>(core: ConnectionCore<S>): boolean {
  if (!core.receiveMaximum!.isExceeded) return false;
  core.fail(new PacketError('RECEIVE_MAXIMUM_EXCEEDED', `more than ${core.own.receiveMaximum} messages unacknowledged`, 'MQTT-3.3.4-7')); // [MQTT-3.3.4-7] [MQTT-3.3.4-9]
  return true;
}

export function receivePubrel<S>(core: ConnectionCore<S>, packetIdentifier: number, packet: Packet | undefined): void {
  const session = core.session!;
  const stage = session.hasReceived ? session.received.stageOf(packetIdentifier) : Received.Unknown;
  if (stage === Received.Unknown) {
    const unknown = core.format.protocolVersion === 5 ? ReasonCode.PacketIdentifierNotFound : 0;
    core.transmit(writeAcknowledgement(core, PUBCOMP, packetIdentifier, unknown)); // [MQTT-4.3.3-11]
    return;
  }
  if (stage === Received.Delivered) {
    core.failProtocol('PUBREL before PUBREC', 'MQTT-4.3.3-4');
    return;
  }
  if (stage === Received.Released) return; // its PUBCOMP is on the way
  core.requireReceiveMaximum();
  session.received.advance(packetIdentifier, Received.Released);
  const sink = core.sink!;
  if (sink.released !== undefined) sink.released(packetIdentifier);
  else sink.packet(packet ?? { type: 'pubrel', packetIdentifier, reasonCode: 0, properties: {} });
  if (core.options.automaticAcknowledge === true && core.state === 'connected') acknowledge(core, packetIdentifier, SUCCESS);
}

/** Answers the PUBLISH or PUBREL of this identifier. Throws UsageError when nothing waits for an answer. */
export function acknowledge<S>(core: ConnectionCore<S>, packetIdentifier: number, given: AcknowledgementResponse): void {
  const { pubacks, pubrecs } = core;
  const response = core.format.protocolVersion === 5 ? given : SUCCESS;
  if (core.state !== 'connected') acceptOffline(core.session, packetIdentifier, response);
  else if (pubacks !== undefined && pubacks.first === packetIdentifier) {
    answerFirst(core, pubacks, PUBACK, response); // [MQTT-4.3.2-4] [MQTT-4.6.0-2]
  } else if (pubrecs !== undefined && pubrecs.first === packetIdentifier) {
    answerFirst(core, pubrecs, PUBREC, response); // [MQTT-4.3.3-8] [MQTT-4.6.0-3]
  } else acknowledgeOther(core, packetIdentifier, response);
}

function acknowledgeOther<S>(core: ConnectionCore<S>, packetIdentifier: number, response: AcknowledgementResponse): void {
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
    if (pubrecs?.answer(packetIdentifier, response) !== true || !isRefused(response)) accept(session, packetIdentifier, response);
  } else if (stage !== Received.Accepted) {
    throw new UsageError('PACKET_IDENTIFIER_UNKNOWN', `nothing of Packet Identifier ${packetIdentifier} waits for an answer`);
  }
}

function answerFirst<S>(core: ConnectionCore<S>, order: AcknowledgementOrder, firstByte: FirstByte, response: AcknowledgementResponse): void {
  answer(core, order, firstByte, response);
  if (order.firstAnswer !== undefined) flush(core, order, firstByte);
}

/** Sends the acknowledgements whose turn has come and that were given early. */
function flush<S>(core: ConnectionCore<S>, order: AcknowledgementOrder, firstByte: FirstByte): void {
  for (let next = order.firstAnswer; next !== undefined && core.state === 'connected'; next = order.firstAnswer) answer(core, order, firstByte, next);
}

function answer<S>(core: ConnectionCore<S>, order: AcknowledgementOrder, firstByte: FirstByte, response: AcknowledgementResponse): void {
  const packetIdentifier = order.first;
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
function accept<S>(session: Session<S>, packetIdentifier: number, response: AcknowledgementResponse): void {
  if (isRefused(response)) session.received.remove(packetIdentifier); // [MQTT-4.3.3-9]
  else session.received.advance(packetIdentifier, Received.Accepted);
}

/** There is no network connection: what the peer will ask again is remembered. */
function acceptOffline<S>(session: Session<S> | undefined, packetIdentifier: number, response: AcknowledgementResponse): void {
  if (session === undefined || !session.hasReceived) return;
  const stage = session.received.stageOf(packetIdentifier);
  if (stage === Received.Delivered) accept(session, packetIdentifier, response);
  else if (stage === Received.Released) session.received.remove(packetIdentifier); // its PUBREL will be an unknown one
}

function isRefused(response: AcknowledgementResponse): boolean {
  return response.reasonCode !== undefined && response.reasonCode >= 0x80;
}

function writeResponse<S>(core: ConnectionCore<S>, firstByte: FirstByte, packetIdentifier: number, response: AcknowledgementResponse): number {
  if (response === SUCCESS) return writeAcknowledgement(core, firstByte, packetIdentifier, 0);
  return writeChecked(core, { type: TYPES[firstByte], packetIdentifier, ...response });
}

/** Throws for a response that could not be written when its turn comes. */
function requireWritable<S>(core: ConnectionCore<S>, firstByte: FirstByte, packetIdentifier: number, response: AcknowledgementResponse): void {
  if (response !== SUCCESS) packetSize({ type: TYPES[firstByte], packetIdentifier, ...response }, core.format);
}

/** An acknowledgement sent as a packet: it must be of the kind that the identifier waits for. Throws UsageError. */
export function sendAcknowledgement<S>(
  core: ConnectionCore<S>,
  type: 'puback' | 'pubrec' | 'pubcomp',
  packetIdentifier: number,
  response: AcknowledgementResponse,
): void {
  const session = core.session!;
  const stage = session.hasReceived ? session.received.stageOf(packetIdentifier) : Received.Unknown;
  const isExpected =
    type === 'puback' ? core.pubacks?.has(packetIdentifier) === true : stage === (type === 'pubrec' ? Received.Delivered : Received.Released);
  if (!isExpected) throw new UsageError('PACKET_IDENTIFIER_UNKNOWN', `nothing of Packet Identifier ${packetIdentifier} waits for ${type.toUpperCase()}`);
  acknowledge(core, packetIdentifier, response);
}

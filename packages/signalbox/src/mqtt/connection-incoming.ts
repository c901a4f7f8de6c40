// Incoming PUBLISH and PUBREL of a connection up to the owner: Topic Aliases resolved, our Receive Maximum watched,
// duplicates of QoS 2 recognised. §3.3, §4.3

import { AcknowledgementOrder, SUCCESS } from './acknowledgement-order.ts';
import { acknowledge, completeUnknown, PUBREC, sendReady } from './connection-acknowledge.ts';
import type { ConnectionCore } from './connection-core.ts';
import { PacketError } from './errors.ts';
import type { Packet } from './packets/packet.ts';
import type { PubrelPacket } from './packets/pubrel.ts';
import { PublishView, readView } from './publish-view.ts';
import { checkUserProperties } from './read-limits.ts';
import { Received } from './received-identifiers.ts';

export function receivePublish<S>(
  core: ConnectionCore<S>,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
): void {
  core.view ??= new PublishView();
  const view = core.view;
  try {
    const names = core.names ?? core.requireNames();
    const { readLimits } = core.options;
    readView(view, bytes, start, bodyStart, end, core.format, names, core.receiving.scanProperties, readLimits);
    if (view.userProperties !== 0 && readLimits !== undefined)
      checkUserProperties(readLimits, view.userProperties, view.userPropertyBytes);
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
  if (view.topicAlias !== 0) {
    const { resolveAlias } = core.receiving;
    const none = 'no Topic Alias was announced to be taken';
    error = resolveAlias === undefined ? new PacketError('TOPIC_ALIAS_INVALID', none) : resolveAlias(core, view);
  }
  if (view.hasSubscriptionIdentifiers && core.receiving.side === 'server') {
    error ??= new PacketError('PROTOCOL_ERROR', 'a client sent a Subscription Identifier', 'MQTT-3.3.4-6'); // [MQTT-3.3.4-6]
  }
  if (view.qos > core.own.maximumQoS)
    error ??= new PacketError('QOS_NOT_SUPPORTED', 'above the Maximum QoS', 'MQTT-3.2.2-11'); // [MQTT-3.2.2-11]
  if (view.retain && !core.own.retainAvailable)
    error ??= new PacketError('RETAIN_NOT_SUPPORTED', 'RETAIN is set', 'MQTT-3.2.2-14'); // [MQTT-3.2.2-14]
  if (error === undefined) return true;
  core.fail(error);
  return false;
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
  acceptAtOnce(core, packetIdentifier); // [MQTT-4.5.0-2] [MQTT-4.5.0-2@3.1.1]
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
    acceptAtOnce(core, packetIdentifier);
    return;
  }
  quota.takeAgain(packetIdentifier);
  if (isTooMany(core)) return;
  if (stage !== Received.Delivered) {
    core.pubrecs.push(packetIdentifier, SUCCESS); // [MQTT-4.3.3-10]
    sendReady(core, core.pubrecs, PUBREC);
  } else if (!core.pubrecs.has(packetIdentifier)) core.pubrecs.push(packetIdentifier, undefined); // the owner still has it from before
}

/** For owners that accept whatever is handed to them. */
function acceptAtOnce<S>(core: ConnectionCore<S>, packetIdentifier: number): void {
  if (core.options.automaticAcknowledge === true && core.state === 'connected')
    acknowledge(core, packetIdentifier, SUCCESS);
}

function isTooMany<S>(core: ConnectionCore<S>): boolean {
  if (!core.receiveMaximum!.isExceeded) return false;
  core.fail(
    new PacketError(
      'RECEIVE_MAXIMUM_EXCEEDED',
      `more than ${core.own.receiveMaximum} messages unacknowledged`,
      'MQTT-3.3.4-7',
    ),
  ); // [MQTT-3.3.4-7] [MQTT-3.3.4-9]
  return true;
}

/** The object form of PUBREL. */
export function receivePubrelPacket<S>(core: ConnectionCore<S>, packet: PubrelPacket): void {
  receivePubrel(core, packet.packetIdentifier, packet);
}

export function receivePubrel<S>(core: ConnectionCore<S>, packetIdentifier: number, packet: Packet | undefined): void {
  const session = core.session!;
  const stage = session.hasReceived ? session.received.stageOf(packetIdentifier) : Received.Unknown;
  if (stage === Received.Unknown) {
    completeUnknown(core, packetIdentifier);
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
  if (sink.released === undefined || sink.everyPacket === true)
    sink.packet(packet ?? { type: 'pubrel', packetIdentifier, reasonCode: 0, properties: {} });
  sink.released?.(packetIdentifier);
  acceptAtOnce(core, packetIdentifier);
}

// Outgoing PUBLISH packets of a connection until they are in flight: what the peer accepts, Packet Identifiers, Topic
// Aliases, the send quota, what is kept, and sending again after a resume. §3.3, §4.4, §4.9

import { copyOf } from '../bytes/copy.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { DroppedReason } from './connection-events.ts';
import { choosePacketIdentifier } from './connection-identifiers.ts';
import type { ConnectionState } from './connection-states.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import { isQueued, Stage } from './in-flight.ts';
import { type AliasUse, NO_ALIAS, OutboundTopicAliases } from './outbound-topic-aliases.ts';
import type { PublishInput } from './packets/publish.ts';
import type { QoS } from './wire-format.ts';
import { transmitPubrel } from './write-acknowledgement.ts';

/** How many more PUBLISH packets of QoS 1 or 2 may be sent now. */
export function vacancy<S>(core: ConnectionCore<S>): number {
  if (core.state !== 'connected') return 0;
  const { outgoing } = core.session!;
  return outgoing.held > 0 ? 0 : Math.max(0, core.sendLimit - outgoing.count);
}

/** Puts a PUBLISH in flight that the owner writes itself; 0 when there is no vacancy. */
export function admit<S>(core: ConnectionCore<S>, qos: QoS, stored: S | undefined, preferred: number): number {
  if (core.state !== 'connected') return 0;
  const session = core.session!;
  const { outgoing } = session;
  if (outgoing.held > 0 || outgoing.count >= core.sendLimit) return 0; // [MQTT-3.3.4-7] [MQTT-3.3.4-9] [MQTT-4.9.0-2]
  const packetIdentifier = session.identifiers.nextInFlight(preferred);
  if (packetIdentifier !== 0) outgoing.addSent(packetIdentifier, qos, stored);
  return packetIdentifier;
}

/** Sends a PUBLISH, or keeps it until there is a network connection. Returns its Packet Identifier, 0 for QoS 0. */
export function sendPublish<S>(
  core: ConnectionCore<S>,
  publish: PublishInput,
  _next: ConnectionState,
  given: S | undefined,
): number {
  if (publish.duplicate === true) throw new UsageError('INVALID_ARGUMENT', 'a new message is no duplicate'); // [MQTT-4.3.1-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-4.3.1-1@3.1.1]
  const qos = publish.qos ?? 0;
  const session = core.requireSession();
  if (core.state === 'connected') requireAccepted(core, publish);
  if (qos === 0) {
    transmitNew(core, publish);
    return 0;
  }
  const packetIdentifier = choosePacketIdentifier(core, publish.packetIdentifier);
  const identified = withIdentifier(publish, packetIdentifier);
  if (core.state === 'connected') {
    if (vacancy(core) === 0)
      throw new UsageError('RECEIVE_MAXIMUM_EXCEEDED', 'as many messages are in flight as the peer takes'); // [MQTT-3.3.4-7] [MQTT-4.9.0-2]
    const stored = given ?? keep(core, identified);
    const start = writeNew(core, identified);
    session.identifiers.moveInFlight(packetIdentifier);
    session.outgoing.addSent(packetIdentifier, qos, stored); // [MQTT-4.3.2-3] [MQTT-4.3.3-3] [MQTT-4.3.2-1@3.1.1] [MQTT-4.3.3-1@3.1.1]
    core.transmit(start);
  } else {
    const prepared = prepareForStoring(core, identified);
    core.writer.length = writeChecked(core, prepared); // only to find out whether it can be written
    session.outgoing.addQueued(packetIdentifier, qos, given ?? keep(core, prepared));
    session.identifiers.moveInFlight(packetIdentifier);
  }
  return packetIdentifier;
}

function requireAccepted<S>(core: ConnectionCore<S>, publish: PublishInput): void {
  const qos = publish.qos ?? 0;
  if (qos > core.peer.maximumQoS)
    throw new UsageError('NOT_SUPPORTED_BY_PEER', `the peer takes no QoS above ${core.peer.maximumQoS}`); // [MQTT-3.2.2-11]
  if (publish.retain === true && !core.peer.retainAvailable)
    throw new UsageError('NOT_SUPPORTED_BY_PEER', 'the peer retains no messages'); // [MQTT-3.2.2-14]
  if (core.sending.side === 'client' && (publish.properties?.subscriptionIdentifiers?.length ?? 0) > 0) {
    throw new UsageError('INVALID_PROPERTY', 'a client sends no Subscription Identifiers in PUBLISH'); // [MQTT-3.3.4-6]
  }
}

function transmitNew<S>(core: ConnectionCore<S>, publish: PublishInput): void {
  core.transmit(writeNew(core, publish));
}

/** Writes a PUBLISH with its Topic Alias, if it has or gets one, and remembers the alias once it is written. */
function writeNew<S>(core: ConnectionCore<S>, publish: PublishInput): number {
  if (core.format.protocolVersion !== 5) return writeChecked(core, publish);
  const alias = publish.properties?.topicAlias;
  if (alias !== undefined) return writeWithOwnAlias(core, publish, alias);
  const use = planAlias(core, publish.topicName);
  if (use.alias !== 0) {
    try {
      const start = writeChecked(core, withAlias(publish, use));
      core.outboundAliases!.use(publish.topicName, use.alias);
      return start;
    } catch (error) {
      if (!(error instanceof UsageError && error.code === 'PACKET_TOO_LARGE') || use.isKnown) throw error; // else too large by the alias alone, perhaps
    }
  }
  return writeChecked(core, publish);
}

function writeWithOwnAlias<S>(core: ConnectionCore<S>, publish: PublishInput, alias: number): number {
  const aliases = outboundAliases(core);
  if (!aliases.isValid(alias))
    throw new UsageError('INVALID_PROPERTY', `the peer takes Topic Aliases from 1 to ${aliases.maximum}`); // [MQTT-3.3.2-9] [MQTT-3.3.2-11] [MQTT-3.1.2-27] [MQTT-3.2.2-18]
  const topicName = publish.topicName === '' ? aliases.nameOf(alias) : publish.topicName;
  if (topicName === undefined) throw new UsageError('INVALID_TOPIC_NAME', `Topic Alias ${alias} has no Topic Name yet`);
  const start = writeChecked(core, publish);
  aliases.use(topicName, alias);
  return start;
}

function planAlias<S>(core: ConnectionCore<S>, topicName: string): AliasUse {
  const { mapTopicAliases, replaceTopicAliases } = core.options;
  if (core.peer.topicAliasMaximum === 0) return NO_ALIAS; // [MQTT-3.1.2-27] [MQTT-3.2.2-18]
  if (mapTopicAliases === true) return outboundAliases(core).plan(topicName);
  if (replaceTopicAliases !== true) return NO_ALIAS;
  const alias = outboundAliases(core).find(topicName);
  return alias === 0 ? NO_ALIAS : { alias, isKnown: true };
}

function outboundAliases<S>(core: ConnectionCore<S>): OutboundTopicAliases {
  core.outboundAliases ??= new OutboundTopicAliases(core.peer.topicAliasMaximum);
  return core.outboundAliases;
}

function withAlias(publish: PublishInput, { alias, isKnown }: AliasUse): PublishInput {
  return {
    ...publish,
    topicName: isKnown ? '' : publish.topicName,
    properties: { ...publish.properties, topicAlias: alias },
  };
}

/** Every field by name: a literal of one shape is made many times faster than a copy of any. */
function withIdentifier(publish: PublishInput, packetIdentifier: number): PublishInput {
  const { topicName, payload, qos, retain, properties } = publish;
  return { type: 'publish', topicName, payload, qos, retain, duplicate: false, packetIdentifier, properties };
}

/** The PUBLISH as it can be kept beyond this network connection: no Topic Alias, and bytes of its own. */
export function prepareForStoring<S>(core: ConnectionCore<S>, publish: PublishInput): PublishInput {
  const { topicAlias, correlationData, ...rest } = publish.properties ?? {};
  let { topicName, payload } = publish;
  if (topicName === '' && topicAlias !== undefined) topicName = core.outboundAliases?.nameOf(topicAlias) ?? '';
  if (topicName === '') throw new UsageError('INVALID_TOPIC_NAME', 'there is no Topic Name behind the Topic Alias');
  if (payload instanceof Uint8Array) payload = copyOf(payload, 0, payload.length);
  const data =
    correlationData instanceof Uint8Array ? copyOf(correlationData, 0, correlationData.length) : correlationData;
  return {
    ...publish,
    topicName,
    payload,
    properties: { ...rest, ...(data === undefined ? {} : { correlationData: data }) },
  };
}

function keep<S>(core: ConnectionCore<S>, publish: PublishInput): S {
  const prepared = prepareForStoring(core, publish);
  const { publishToStore } = core.options;
  return publishToStore === undefined ? (prepared as S) : publishToStore(prepared);
}

/** The session is resumed: PUBREL in its place, and as many PUBLISH packets as the quota allows. [MQTT-4.4.0-1] [MQTT-2.3.1-3@3.1.1] [MQTT-4.4.0-1@3.1.1] */
export function resume<S>(core: ConnectionCore<S>): void {
  const { outgoing } = core.session!;
  const isAutomatic = core.options.automaticRelease !== false;
  const pubrels: number[] = [];
  for (const slot of outgoing.slots()) {
    if (outgoing.stageAt(slot) === Stage.Release && isAutomatic) outgoing.setStageAt(slot, Stage.Pubcomp);
    if (outgoing.stageAt(slot) === Stage.Pubcomp) pubrels.push(outgoing.identifierAt(slot));
  }
  for (const packetIdentifier of pubrels) transmitPubrel(core, packetIdentifier, 0); // never waits for the quota [MQTT-3.3.4-8] [MQTT-3.3.4-10]
  sendHeld(core);
}

/** Sends held PUBLISH packets in their original order as far as the quota allows. [MQTT-4.6.0-1] [MQTT-4.9.0-2] [MQTT-4.6.0-1@3.1.1] */
export function sendHeld<S>(core: ConnectionCore<S>): void {
  const { outgoing } = core.session!;
  const { resendIntervalMs = 0 } = core.options;
  while (mayResend(core) && core.now >= core.resendTime) {
    const slot = outgoing.takeHeld();
    const stored = outgoing.valueAt(slot);
    const again = publishAgain(core, outgoing.identifierAt(slot), outgoing.stageAt(slot), stored);
    const start = again === undefined ? 'expired' : tryToWrite(core, again);
    if (typeof start === 'number') {
      outgoing.setStageAt(slot, again!.qos === 1 ? Stage.Puback : Stage.Pubrec);
      core.resendTime = core.now + resendIntervalMs;
      core.transmit(start);
    } else {
      outgoing.removeAt(slot);
      if (stored !== undefined) core.sink!.dropped?.(stored, start);
    }
  }
}

function mayResend<S>(core: ConnectionCore<S>): boolean {
  if (!core.isConnected) return false;
  const { outgoing } = core.session!;
  return outgoing.held > 0 && outgoing.count - outgoing.held < core.sendLimit;
}

/** When the next held PUBLISH has to be sent; Infinity: never, or not before something else happens. */
export function resendDeadline<S>(core: ConnectionCore<S>): number {
  return core.options.resendIntervalMs !== undefined && mayResend(core) ? core.resendTime : Infinity;
}

/** The PUBLISH of a held message; undefined when the owner has nothing to send any more. */
function publishAgain<S>(
  core: ConnectionCore<S>,
  packetIdentifier: number,
  stage: number,
  stored: S | undefined,
): PublishInput | undefined {
  const publish = restorePublish(core, stored);
  if (publish === undefined) return undefined;
  const qos = stage === Stage.QueuedQoS1 || stage === Stage.Puback ? 1 : 2;
  return { ...publish, qos, packetIdentifier, duplicate: !isQueued(stage) }; // [MQTT-3.3.1-1] [MQTT-3.3.1-1@3.1.1]
}

/** Where the packet starts, or why this peer cannot have it. */
function tryToWrite<S>(core: ConnectionCore<S>, publish: PublishInput): number | DroppedReason {
  try {
    requireAccepted(core, publish);
    return writeChecked(core, publish);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.code === 'PACKET_TOO_LARGE' ? 'packet-too-large' : 'not-supported'; // [MQTT-3.1.2-25]
  }
}

function restorePublish<S>(core: ConnectionCore<S>, stored: S | undefined): PublishInput | undefined {
  if (stored === undefined) return undefined;
  const { storedPublish } = core.options;
  return storedPublish === undefined ? (stored as PublishInput) : storedPublish(stored);
}

// What a connection does with each packet its owner sends: the state table, the limits of the peer, the identifiers. Every
// check comes before the first change, so a UsageError has changed nothing.

import type { ConnectionCore } from './connection-core.ts';
import { requireAllowed } from './connection-core.ts';
import { sendConnack, sendConnect } from './connection-handshake.ts';
import { sendAcknowledgement } from './connection-incoming.ts';
import { sendPublish } from './connection-outgoing.ts';
import { sendPubrel } from './connection-settlement.ts';
import { type ConnectionState, SENDING } from './connection-states.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import type { AuthInput } from './packets/auth.ts';
import type { DisconnectInput } from './packets/disconnect.ts';
import type { PacketInput } from './packets/packet.ts';
import type { SubackInput } from './packets/suback.ts';
import type { SubscribeInput } from './packets/subscribe.ts';
import type { UnsubackInput } from './packets/unsuback.ts';
import type { UnsubscribeInput } from './packets/unsubscribe.ts';
import { hasWildcards, parseShare } from './topics.ts';

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
  const isKept = type === 'publish' && core.options.offlinePublish === true && side === 'client' && (packet.qos ?? 0) > 0;
  if (isKept && core.state !== 'connected') return core.state;
  const cell = SENDING[side][core.state][type];
  if (cell === undefined) throw new UsageError('INVALID_ARGUMENT', `there is no packet type ${String(type)}`);
  return requireAllowed(cell, type);
}

/** Client: SUBSCRIBE and UNSUBSCRIBE. */
function sendRequest<S>(core: ConnectionCore<S>, request: SubscribeInput | UnsubscribeInput): number {
  if (request.type === 'subscribe') requireAvailable(core, request);
  const { identifiers, outgoing } = core.session!;
  const packetIdentifier = request.packetIdentifier ?? identifiers.next();
  if (packetIdentifier === 0) throw new UsageError('PACKET_IDENTIFIERS_EXHAUSTED', 'every Packet Identifier is in use');
  const filters = request.type === 'subscribe' ? request.subscriptions : request.topicFilters;
  const isTaken = outgoing.has(packetIdentifier) || core.requests?.has(packetIdentifier) === true;
  if (isTaken) throw new UsageError('PACKET_IDENTIFIER_IN_USE', `Packet Identifier ${packetIdentifier} is in use`);
  const start = writeChecked(core, { ...request, packetIdentifier });
  identifiers.register(packetIdentifier);
  core.requireRequests().add(packetIdentifier, request.type, filters.length);
  core.transmit(start);
  return packetIdentifier;
}

/** What CONNACK said is not available. Throws UsageError. §3.2.2.3.11 to §3.2.2.3.13 */
function requireAvailable<S>(core: ConnectionCore<S>, subscribe: SubscribeInput): void {
  const { peer } = core;
  for (const { topicFilter } of subscribe.subscriptions) {
    if (!peer.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined) throw unsupported('shared subscriptions');
    if (!peer.wildcardSubscriptionAvailable && hasWildcards(topicFilter)) throw unsupported('wildcard subscriptions');
  }
  const { subscriptionIdentifiers } = subscribe.properties ?? {};
  if (!peer.subscriptionIdentifiersAvailable && subscriptionIdentifiers !== undefined) throw unsupported('Subscription Identifiers');
}

function unsupported(what: string): UsageError {
  return new UsageError('NOT_SUPPORTED_BY_PEER', `the server has no ${what}`);
}

/** Server: SUBACK and UNSUBACK answer a request that was received, with a code for each topic filter. */
function sendAnswer<S>(core: ConnectionCore<S>, answer: SubackInput | UnsubackInput): void {
  const request = answer.type === 'suback' ? 'subscribe' : 'unsubscribe';
  const filters = core.requests?.filtersOf(answer.packetIdentifier, request) ?? 0;
  if (filters === 0) {
    throw new UsageError('PACKET_IDENTIFIER_UNKNOWN', `no ${request.toUpperCase()} ${answer.packetIdentifier} waits for an answer`); // [MQTT-3.8.4-2] [MQTT-3.10.4-5] [MQTT-3.8.4-2@3.1.1]
  }
  const isCounted = answer.type === 'suback' || core.format.protocolVersion === 5;
  if (isCounted && answer.reasonCodes?.length !== filters) {
    throw new UsageError('INVALID_ARGUMENT', `the request has ${filters} topic filters`); // [MQTT-3.8.4-6] [MQTT-3.9.3-2] [MQTT-3.11.3-2] [MQTT-3.8.4-5@3.1.1]
  }
  const start = writeChecked(core, answer);
  core.requests!.remove(answer.packetIdentifier);
  core.transmit(start);
}

function sendDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectInput, next: ConnectionState): void {
  const { sessionExpiryInterval } = disconnect.properties ?? {};
  if (core.side === 'server') {
    if (core.format.protocolVersion !== 5) throw new UsageError('NOT_ALLOWED', 'a server sends no DISCONNECT before MQTT 5.0');
    if (sessionExpiryInterval !== undefined) throw new UsageError('INVALID_PROPERTY', 'a server sends no sessionExpiryInterval'); // [MQTT-3.14.2-2]
  } else if (core.sessionExpiryInterval === 0 && (sessionExpiryInterval ?? 0) !== 0) {
    throw new UsageError('INVALID_PROPERTY', 'a session that was to end cannot be made to last'); // §3.14.2.2.2
  }
  const start = writeChecked(core, disconnect);
  core.sessionExpiryInterval = sessionExpiryInterval ?? core.sessionExpiryInterval;
  core.state = next; // [MQTT-3.14.4-1] [MQTT-3.14.4-2@3.1.1]
  core.transmit(start);
  core.close(undefined); // [MQTT-3.14.4-2] [MQTT-3.14.4-1@3.1.1]
}

function sendAuth<S>(core: ConnectionCore<S>, auth: AuthInput): void {
  const { authentication } = core;
  if (authentication === undefined) throw new UsageError('NOT_ALLOWED', 'CONNECT named no Authentication Method'); // [MQTT-4.12.0-6] [MQTT-4.12.0-7]
  const reasonCode = auth.reasonCode ?? 0;
  const violation = authentication.violationOf(core.side!, reasonCode, auth.properties?.authenticationMethod);
  if (violation !== undefined) throw new UsageError('NOT_ALLOWED', violation.message);
  const start = writeChecked(core, auth);
  authentication.follow(reasonCode);
  core.transmit(start);
}

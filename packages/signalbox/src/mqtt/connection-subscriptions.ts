// SUBSCRIBE and UNSUBSCRIBE with their answers, in both roles: what CONNACK said is available, and that every answer fits to
// a request. Subscriptions themselves are not known here. §3.8 to §3.11

import type { ConnectionCore } from './connection-core.ts';
import { choosePacketIdentifier } from './connection-identifiers.ts';
import { writeChecked } from './connection-write.ts';
import { PacketError, UsageError } from './errors.ts';
import type { SubackInput, SubackPacket } from './packets/suback.ts';
import type { SubscribeInput, SubscribePacket } from './packets/subscribe.ts';
import type { UnsubackInput, UnsubackPacket } from './packets/unsuback.ts';
import type { UnsubscribeInput, UnsubscribePacket } from './packets/unsubscribe.ts';
import { hasWildcards, parseShare } from './topics.ts';

/** Client: SUBSCRIBE and UNSUBSCRIBE. */
export function sendRequest<S>(core: ConnectionCore<S>, request: SubscribeInput | UnsubscribeInput): number {
  if (request.type === 'subscribe') requireAvailable(core, request);
  const packetIdentifier = choosePacketIdentifier(core, request.packetIdentifier);
  const filters = request.type === 'subscribe' ? request.subscriptions : request.topicFilters;
  const start = writeChecked(core, { ...request, packetIdentifier });
  core.session!.identifiers.use(packetIdentifier);
  core.requireRequests().add(packetIdentifier, request.type, filters.length);
  core.transmit(start);
  return packetIdentifier;
}

/** What CONNACK said is not available. Throws UsageError. §3.2.2.3.11 to §3.2.2.3.13 */
function requireAvailable<S>(core: ConnectionCore<S>, subscribe: SubscribeInput): void {
  const { peer } = core;
  for (const { topicFilter } of subscribe.subscriptions) {
    if (!peer.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined)
      throw unsupported('shared subscriptions');
    if (!peer.wildcardSubscriptionAvailable && hasWildcards(topicFilter)) throw unsupported('wildcard subscriptions');
  }
  const identifiers = subscribe.properties?.subscriptionIdentifiers?.length ?? 0;
  if (!peer.subscriptionIdentifiersAvailable && identifiers > 0) throw unsupported('Subscription Identifiers');
}

function unsupported(what: string): UsageError {
  return new UsageError('NOT_SUPPORTED_BY_PEER', `the server has no ${what}`);
}

/** Server. A subscription that CONNACK said is not available breaks the connection. §3.2.2.3.11 to §3.2.2.3.13 */
export function receiveSubscribe<S>(core: ConnectionCore<S>, subscribe: SubscribePacket): void {
  const { own } = core;
  let error: PacketError | undefined;
  for (const { topicFilter } of subscribe.subscriptions) {
    if (!own.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined) {
      error ??= new PacketError('SHARED_SUBSCRIPTIONS_NOT_SUPPORTED', 'there are no shared subscriptions here');
    } else if (!own.wildcardSubscriptionAvailable && hasWildcards(topicFilter)) {
      error ??= new PacketError('WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED', 'there are no wildcard subscriptions here');
    }
  }
  if (!own.subscriptionIdentifiersAvailable && subscribe.properties.subscriptionIdentifiers !== undefined) {
    error ??= new PacketError('SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED', 'there are no Subscription Identifiers here');
  }
  if (error !== undefined) {
    core.fail(error);
    return;
  }
  core.requireRequests().add(subscribe.packetIdentifier, 'subscribe', subscribe.subscriptions.length);
  core.sink!.packet(subscribe);
}

/** Server. */
export function receiveUnsubscribe<S>(core: ConnectionCore<S>, unsubscribe: UnsubscribePacket): void {
  core.requireRequests().add(unsubscribe.packetIdentifier, 'unsubscribe', unsubscribe.topicFilters.length);
  core.sink!.packet(unsubscribe);
}

/** Server: SUBACK and UNSUBACK answer a request that was received, with a code for each topic filter. */
export function sendAnswer<S>(core: ConnectionCore<S>, answer: SubackInput | UnsubackInput): number {
  const request = answer.type === 'suback' ? 'subscribe' : 'unsubscribe';
  const filters = core.requests?.filtersOf(answer.packetIdentifier, request) ?? 0;
  if (filters === 0) {
    throw new UsageError(
      'PACKET_IDENTIFIER_UNKNOWN',
      `no ${request.toUpperCase()} ${answer.packetIdentifier} waits for an answer`,
    ); // [MQTT-3.8.4-2] [MQTT-3.10.4-5] [MQTT-3.8.4-2@3.1.1] [MQTT-2.2.1-6] [MQTT-2.3.1-7@3.1.1]
  }
  const isCounted = answer.type === 'suback' || core.format.protocolVersion === 5;
  if (isCounted && answer.reasonCodes?.length !== filters) {
    throw new UsageError('INVALID_ARGUMENT', `the request has ${filters} topic filters`); // [MQTT-3.8.4-6] [MQTT-3.9.3-2] [MQTT-3.11.3-2] [MQTT-3.8.4-5@3.1.1]
  }
  const start = writeChecked(core, answer);
  core.requests!.remove(answer.packetIdentifier);
  core.transmit(start);
  return answer.packetIdentifier;
}

/** Client: SUBACK or UNSUBACK must match a request. [MQTT-3.8.4-2] [MQTT-3.10.4-5] */
export function receiveAnswer<S>(core: ConnectionCore<S>, packet: SubackPacket | UnsubackPacket): void {
  const request = packet.type === 'suback' ? 'subscribe' : 'unsubscribe';
  const filters = core.requests?.filtersOf(packet.packetIdentifier, request) ?? 0;
  if (filters === 0) {
    core.failProtocol(
      `${packet.type.toUpperCase()} for nothing that was asked`,
      request === 'subscribe' ? 'MQTT-3.8.4-2' : 'MQTT-3.10.4-5',
    );
    return;
  }
  const isCounted = packet.type === 'suback' || core.format.protocolVersion === 5;
  if (isCounted && packet.reasonCodes.length !== filters) {
    core.failProtocol(
      `${packet.reasonCodes.length} reason codes for ${filters} topic filters`,
      request === 'subscribe' ? 'MQTT-3.8.4-6' : 'MQTT-3.11.3-1',
    ); // [MQTT-3.9.3-1]
    return;
  }
  core.requests!.remove(packet.packetIdentifier);
  core.session!.identifiers.release(packet.packetIdentifier);
  core.sink!.packet(packet);
}

/**
 * What a client asks for in SUBSCRIBE and UNSUBSCRIBE, as the broker takes it: options that a bridge cannot ask for, and
 * filters that an operator's rules rewrite; and how it is told what it got. It must not know what becomes of it.
 */
import type { SubscribePacket } from '../../mqtt/packets/subscribe.ts';
import type { UnsubscribePacket } from '../../mqtt/packets/unsubscribe.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { ClientLink } from './client-link.ts';

export function requestedBy({ exchange, client, isBridge }: ClientLink, asked: SubscribePacket): SubscribePacket {
  const packet = isBridge ? asBridge(asked) : asked;
  const { rewriting } = exchange.extras;
  if (rewriting === undefined || client === undefined) return packet;
  const subscriptions = packet.subscriptions.map((request) => {
    return { ...request, topicFilter: rewriting.topicFilter(request.topicFilter, client) };
  });
  return { ...packet, subscriptions };
}

export function filtersOf({ exchange, client }: ClientLink, { topicFilters }: UnsubscribePacket): readonly string[] {
  const { rewriting } = exchange.extras;
  if (rewriting === undefined || client === undefined) return topicFilters;
  return topicFilters.map((topicFilter) => rewriting.topicFilter(topicFilter, client));
}

/** A bridge before 5.0 has no options to ask for it: RETAIN as it was published, and nothing of its own back. */
function asBridge(packet: SubscribePacket): SubscribePacket {
  const subscriptions = packet.subscriptions.map((request) => {
    const noLocal = !request.topicFilter.startsWith('$share/');
    return { ...request, noLocal, retainAsPublished: true };
  });
  return { ...packet, subscriptions };
}

export function answerSubscribe(
  link: ClientLink,
  { packetIdentifier }: SubscribePacket,
  reasonCodes: readonly number[],
): void {
  if (link.protocolVersion === 3 && reasonCodes.some((code) => code > 2)) {
    link.disconnect(ReasonCode.NotAuthorized); // SUBACK of 3.1 has no code for a failure
  } else link.send({ type: 'suback', packetIdentifier, reasonCodes: inVersion(link, reasonCodes) }); // [MQTT-3.8.4-1] [MQTT-3.8.4-1@3.1.1]
}

/** Before 5.0 there is one code for every failure (§3.9.3 of 3.1.1). [MQTT-3.9.3-2@3.1.1] */
function inVersion(link: ClientLink, reasonCodes: readonly number[]): readonly number[] {
  return link.protocolVersion === 5 ? reasonCodes : reasonCodes.map((code) => Math.min(code, 0x80));
}

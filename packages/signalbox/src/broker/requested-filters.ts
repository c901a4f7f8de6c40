/**
 * What a client asks for in SUBSCRIBE and UNSUBSCRIBE, as the broker takes it: options that a bridge cannot ask for, and
 * filters that an operator's rules rewrite. It must not know what becomes of it.
 */
import type { SubscribePacket } from '../mqtt/packets/subscribe.ts';
import type { UnsubscribePacket } from '../mqtt/packets/unsubscribe.ts';
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

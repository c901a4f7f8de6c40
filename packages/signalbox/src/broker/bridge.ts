/** What another broker asks for that says who it is by bit 0x80 of its protocol version (3.1 and 3.1.1). */
import type { SubscribePacket } from '../mqtt/packets/subscribe.ts';

/** A bridge before 5.0 has no options to ask for it: RETAIN as it was published, and nothing of its own back. */
export function asBridge(packet: SubscribePacket): SubscribePacket {
  const subscriptions = packet.subscriptions.map((request) => {
    const noLocal = !request.topicFilter.startsWith('$share/');
    return { ...request, noLocal, retainAsPublished: true };
  });
  return { ...packet, subscriptions };
}

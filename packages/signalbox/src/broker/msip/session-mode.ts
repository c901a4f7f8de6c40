/**
 * A session that comes back may be wanted otherwise than it was left: acknowledged, or plain; and it can have been one of
 * MQTT. Its subscriptions are made what they would be now. docs/msip.md, §8
 */
import type { Exchange } from '../exchange.ts';
import type { ClientSession } from '../sessions/client-session.ts';

export type SessionMode = 'acknowledged' | 'plain';

export function changeMode(exchange: Exchange, session: ClientSession, mode: SessionMode): void {
  const qos = mode === 'acknowledged' ? 1 : 0;
  for (const [topicFilter, subscription] of session.subscriber.subscriptions ?? []) {
    if (subscription.qos === qos) continue;
    const { noLocal, retainAsPublished, retainHandling, subscriptionIdentifier } = subscription;
    const changed = { topicFilter, qos, noLocal, retainAsPublished, retainHandling } as const;
    exchange.subscriptions.subscribe(session.subscriber, changed, subscriptionIdentifier);
    if (!session.isPersistent) continue;
    const { clientId } = session;
    exchange.commits.write({ type: 'subscribed', clientId, subscription: { ...changed, subscriptionIdentifier } });
  }
  if (mode === 'plain') forgetKept(session); // [MSIP-8-8]
}

/** In the store as well, and counted. */
function forgetKept(session: ClientSession): void {
  for (const { message, qos } of session.mqtt.clear()) {
    session.addInFlight(-message.size);
    session.onDropped(message, qos, 'session-ended');
  }
  session.queue?.dropAll('session-ended');
}

// The history of one message towards one subscriber, for people: what was said about it, and what happened meanwhile.

import type { DurableClient } from './durable-client.ts';
import type { Incident, Journal, Message } from './journal.ts';

const INCIDENTS_SHOWN = 12;

export function describeHistory(journal: Journal, client: DurableClient, message: Message, what: string): string {
  const { id, qos, topicName, calledAt, calledMs, acknowledgedAt, acknowledgedMs, expiry, isWill } = message;
  const kind = isWill ? 'will' : `QoS ${qos}${expiry > 0 ? `, expires after ${expiry} s` : ''}`;
  const acknowledged =
    acknowledgedAt === Infinity ? 'never acknowledged' : `acknowledged at ${acknowledgedMs.toFixed(0)} ms`;
  const told = journal.incidents.filter((incident) => concerns(incident, client.clientId, message.publisher));
  const from = told.findLastIndex(({ order }) => order < calledAt);
  const shown = told.slice(Math.max(0, from - 1), Math.max(0, from - 1) + INCIDENTS_SHOWN);
  return [
    `${id} (${kind}, ${topicName}) for ${client.clientId} at QoS ${client.options.qos}, MQTT ${client.options.protocolVersion}: ${what}`,
    `    published at ${calledMs.toFixed(0)} ms, ${acknowledged}`,
    ...shown.map(({ ms, clientId, what: incident }) => `    ${ms.toFixed(0)} ms  ${clientId || 'broker'}: ${incident}`),
  ].join('\n');
}

function concerns({ clientId }: Incident, subscriber: string, publisher: string): boolean {
  return clientId === '' || clientId === subscriber || clientId === publisher;
}

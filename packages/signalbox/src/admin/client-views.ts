/** Clients and their sessions as JSON. It must not change anything. */

import type { Exchange } from '../broker/exchange.ts';
import type { ClientSession } from '../broker/sessions/client-session.ts';
import { AdminError } from './answer.ts';
import { Page, type PageJson } from './page.ts';
import type { Query } from './query.ts';
import type { Scans } from './scans.ts';

export const CLIENT_PARAMETERS = ['limit', 'after', 'match', 'connected'] as const;

export interface ClientSummary {
  readonly clientId: string;
  readonly isConnected: boolean;
  /** To the second; null while there is no connection. */
  readonly connectedAt: string | null;
  /** Of the connection; null while there is none. */
  readonly username: string | null;
  readonly protocolVersion: number | null;
  readonly remoteAddress: string | null;
  readonly listener: string | null;
  readonly subscriptions: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly inFlightMessages: number;
  readonly droppedMessages: number;
}

export function summaryOf(session: ClientSession): ClientSummary {
  const { link } = session;
  const client = link?.client;
  return {
    clientId: session.clientId,
    isConnected: link !== undefined,
    connectedAt: link === undefined || link.greetedSecond === 0 ? null : timeOf(link.exchange, link.greetedSecond),
    username: client?.username ?? null,
    protocolVersion: client?.protocolVersion ?? null,
    remoteAddress: client?.remoteAddress ?? null,
    listener: client?.listener ?? null,
    subscriptions: session.subscriber.subscriptions?.size ?? 0,
    queuedMessages: session.queue?.length ?? 0,
    queuedBytes: session.queue?.bytes ?? 0,
    inFlightMessages: session.mqtt.outgoing.count,
    droppedMessages: Object.values(session.drops ?? {}).reduce((sum, count) => sum + count, 0),
  };
}

/** The broker counts seconds since it began, and the first one is 1. */
function timeOf({ statistics }: Exchange, second: number): string {
  return new Date(statistics.startedAt + (second - 1) * 1000).toISOString();
}

/** In the order of the client identifiers. `match`: they contain it. */
export async function listClients(exchange: Exchange, query: Query, scans: Scans): Promise<PageJson<ClientSummary>> {
  const match = query.text('match') ?? '';
  const connected = query.text('connected');
  if (connected !== undefined && connected !== 'true' && connected !== 'false') {
    throw new AdminError('BAD_REQUEST', 'connected must be true or false');
  }
  const page = new Page<ClientSession>(query.pageSize, query.text('after'));
  await scans.each(exchange.sessions[Symbol.iterator](), (session) => {
    if (connected !== undefined && (session.link !== undefined) !== (connected === 'true')) return;
    if (session.clientId.includes(match)) page.offer(session.clientId, session);
  });
  return page.toJson(summaryOf);
}

export function describeClient(exchange: Exchange, clientId: string): object {
  const session = sessionOf(exchange, clientId);
  const { limits } = exchange;
  const { link, queue, will, disconnectedAt, mqtt } = session;
  return {
    ...summaryOf(session),
    session: {
      isPersistent: session.isPersistent,
      sessionExpiryInterval: session.sessionExpiryInterval,
      disconnectedAt: disconnectedAt === undefined ? null : new Date(disconnectedAt).toISOString(),
      will: will === undefined ? null : { topicName: will.message.topic.name, delay: will.willDelayInterval },
    },
    connection:
      link === undefined
        ? null
        : {
            keepAlive: link.keepAlive,
            isSlow: link.output.isBlocked,
            vacancy: link.vacancy,
            maximumPacketSize: Number.isFinite(link.maximumPacketSize) ? link.maximumPacketSize : null,
          },
    queue: {
      messages: queue?.length ?? 0,
      bytes: queue?.bytes ?? 0,
      mostMessages: limits.queuedMessages,
      mostBytes: limits.queuedBytes,
    },
    inFlight: {
      outgoingMessages: mqtt.outgoing.count,
      outgoingBytes: session.inFlightBytes,
      incomingMessages: mqtt.hasReceived ? mqtt.received.count : 0,
    },
    drops: session.drops ?? {},
  };
}

export async function listSubscriptions(
  exchange: Exchange,
  clientId: string,
  query: Query,
  scans: Scans,
): Promise<PageJson<object>> {
  const { subscriptions } = sessionOf(exchange, clientId).subscriber;
  type Entry = [string, NonNullable<typeof subscriptions> extends Map<string, infer S> ? S : never];
  const page = new Page<Entry>(query.pageSize, query.text('after'));
  if (subscriptions !== undefined) await scans.each(subscriptions.entries(), (entry) => page.offer(entry[0], entry));
  return page.toJson(([topicFilter, subscription]) => {
    const { qos, noLocal, retainAsPublished, retainHandling, subscriptionIdentifier } = subscription;
    const identifier = subscriptionIdentifier === 0 ? null : subscriptionIdentifier;
    return { topicFilter, qos, noLocal, retainAsPublished, retainHandling, subscriptionIdentifier: identifier };
  });
}

export function sessionOf(exchange: Exchange, clientId: string): ClientSession {
  const session = exchange.sessions.get(clientId);
  if (session === undefined) throw new AdminError('NOT_FOUND', 'there is no session of this client');
  return session;
}

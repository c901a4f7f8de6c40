/** What can be asked at the admin address: the table of its routes, and what each of them answers. It must not know sockets. */
import { type Broker, exchangeOf } from '../broker/broker.ts';
import type { Exchange } from '../broker/exchange.ts';
import { VERSION } from '../broker/version.ts';
import { ReasonCode } from '../mqtt/reason-codes.ts';
import { AdminError, type Answer, json, NOTHING } from './answer.ts';
import { CLIENT_PARAMETERS, describeClient, listClients, listSubscriptions } from './client-views.ts';
import type { EventLoopMonitor } from './event-loop.ts';
import { METRICS_TYPE, metrics } from './metrics.ts';
import { LARGEST_PAGE, Query } from './query.ts';
import { listRetained, RETAINED_PARAMETERS } from './retained-views.ts';
import type { Scans } from './scans.ts';

export interface Inquiry {
  readonly broker: Broker;
  readonly exchange: Exchange;
  readonly query: Query;
  /** The part of the path that a route leaves open; empty when there is none. */
  readonly name: string;
  readonly scans: Scans;
  readonly eventLoop: EventLoopMonitor;
}

export interface Route {
  readonly method: 'GET' | 'DELETE';
  /** `:name` stands for one part, percent-encoded. */
  readonly path: string;
  /** Asked by probes that have no token. */
  readonly isPublic?: true;
  readonly parameters: readonly string[];
  readonly answer: (inquiry: Inquiry) => Answer | Promise<Answer>;
}

/** The order is that of docs/guide/admin-api.md. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/healthz', isPublic: true, parameters: [], answer: () => json({ status: 'ok' }) },
  { method: 'GET', path: '/readyz', isPublic: true, parameters: [], answer: ({ broker }) => ready(broker) },
  {
    method: 'GET',
    path: '/metrics',
    parameters: [],
    answer: ({ broker, eventLoop }) => ({
      status: 200,
      contentType: METRICS_TYPE,
      body: metrics(broker, eventLoop.delay),
    }),
  },
  { method: 'GET', path: '/api/v1/broker', parameters: [], answer: (inquiry) => json(describeBroker(inquiry)) },
  {
    method: 'GET',
    path: '/api/v1/listeners',
    parameters: [],
    answer: ({ broker }) => json({ items: broker.listeners.map((url) => ({ url })) }),
  },
  {
    method: 'GET',
    path: '/api/v1/clients',
    parameters: CLIENT_PARAMETERS,
    answer: async ({ exchange, query, scans }) => json(await listClients(exchange, query, scans)),
  },
  {
    method: 'GET',
    path: '/api/v1/clients/:name',
    parameters: [],
    answer: ({ exchange, name }) => json(describeClient(exchange, name)),
  },
  {
    method: 'DELETE',
    path: '/api/v1/clients/:name',
    parameters: ['reasonCode'],
    answer: disconnect,
  },
  {
    method: 'GET',
    path: '/api/v1/clients/:name/subscriptions',
    parameters: ['limit', 'after'],
    answer: async ({ exchange, name, query, scans }) => json(await listSubscriptions(exchange, name, query, scans)),
  },
  {
    method: 'GET',
    path: '/api/v1/slow-clients',
    parameters: [],
    answer: ({ exchange }) => json({ items: exchange.census.result.slowest }),
  },
  {
    method: 'GET',
    path: '/api/v1/drops',
    parameters: [],
    answer: ({ broker }) => json({ total: broker.statistics.droppedTotal, byReason: broker.statistics.dropped }),
  },
  {
    method: 'GET',
    path: '/api/v1/bans',
    parameters: [],
    answer: ({ broker }) => json({ items: describeBans(broker) }),
  },
  { method: 'DELETE', path: '/api/v1/bans/:name', parameters: ['kind'], answer: liftBan },
  {
    method: 'GET',
    path: '/api/v1/retained',
    parameters: RETAINED_PARAMETERS,
    answer: async ({ exchange, query, scans }) => json(await listRetained(exchange, query, scans)),
  },
];

function ready(broker: Broker): Answer {
  const { readiness } = broker;
  return json(readiness, readiness.isReady ? 200 : 503);
}

function describeBroker({ broker, exchange, eventLoop }: Inquiry): object {
  const { statistics, readiness, limits, listeners } = broker;
  const { sessions, subscriptions, retained, census } = exchange;
  const { queuedMessages, queuedBytes, inFlightBytes } = census.result;
  return {
    version: VERSION,
    startedAt: new Date(statistics.startedAt).toISOString(),
    uptimeSeconds: Math.floor((exchange.now() - statistics.startedAt) / 1000),
    readiness,
    durability: exchange.durability,
    storeFailure: exchange.commits.failure?.message ?? null,
    listeners,
    connections: {
      connected: statistics.connected,
      maximum: statistics.connectedMaximum,
      accepted: statistics.connectionsAccepted,
      turnedAway: statistics.turnedAway,
      refused: statistics.refused,
    },
    sessions: { count: sessions.size, expired: statistics.sessionsExpired, queuedMessages, queuedBytes, inFlightBytes },
    subscriptions: { count: subscriptions.size },
    retained: { count: retained.count, bytes: retained.bytes },
    traffic: {
      bytesReceived: statistics.bytesReceived,
      bytesSent: statistics.bytesSent,
      packetsReceived: statistics.messagesReceived,
      packetsSent: statistics.messagesSent,
      messagesReceived: statistics.publishReceived,
      messagesSent: statistics.publishSent,
      messagesDropped: statistics.droppedTotal,
    },
    traces: exchange.tracing?.size ?? 0,
    eventLoopDelaySeconds: eventLoop.delay,
    limits,
  };
}

/** The latest ones: an answer stays small, however many were banned. */
function describeBans(broker: Broker): object[] {
  return broker
    .bans()
    .slice(-LARGEST_PAGE)
    .map((ban) => ({ ...ban, until: new Date(ban.until).toISOString() }));
}

function liftBan({ broker, name, query }: Inquiry): Answer {
  const kind = query.text('kind') ?? 'address';
  if (kind !== 'address' && kind !== 'client') throw new AdminError('BAD_REQUEST', 'kind is address or client');
  if (!broker.liftBan(kind, name)) throw new AdminError('NOT_FOUND', `no such ${kind} is banned`);
  return NOTHING;
}

function disconnect({ broker, name, query }: Inquiry): Answer {
  const reasonCode = query.integer('reasonCode', { least: 0x80, most: 0xff }) ?? ReasonCode.AdministrativeAction;
  if (!broker.disconnect(name, reasonCode)) throw new AdminError('NOT_FOUND', 'this client is not connected');
  return NOTHING;
}

/** Throws AdminError `NOT_FOUND`, `METHOD_NOT_ALLOWED` or `BAD_REQUEST`. */
export function findRoute(method: string, path: string): { readonly route: Route; readonly name: string } {
  const parts = path.split('/');
  let isKnown = false;
  for (const route of ROUTES) {
    const name = nameIn(route.path, parts);
    if (name === undefined) continue;
    if (route.method === (method === 'HEAD' ? 'GET' : method)) return { route, name };
    isKnown = true;
  }
  if (isKnown) throw new AdminError('METHOD_NOT_ALLOWED', `${method} is not allowed here`);
  throw new AdminError('NOT_FOUND', 'there is nothing here; docs/guide/admin-api.md has all paths');
}

function nameIn(pattern: string, parts: readonly string[]): string | undefined {
  const expected = pattern.split('/');
  if (expected.length !== parts.length) return undefined;
  let name = '';
  for (const [i, part] of expected.entries()) {
    if (part === ':name') name = decoded(parts[i]!);
    else if (part !== parts[i]) return undefined;
  }
  return name;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AdminError('BAD_REQUEST', 'the path is not percent-encoded as it should be');
  }
}

export function inquire(broker: Broker, parts: Omit<Inquiry, 'broker' | 'exchange' | 'query'>, url: URL, route: Route) {
  const query = new Query(url.searchParams, route.parameters);
  return route.answer({ ...parts, broker, exchange: exchangeOf(broker), query });
}

/** Retained messages as JSON: names and sizes, never payloads. */

import type { KeptMessage } from '../broker/delivery/kept-message.ts';
import type { Exchange } from '../broker/exchange.ts';
import { isTopicFilter } from '../mqtt/topics.ts';
import { AdminError } from './answer.ts';
import { Page, type PageJson } from './page.ts';
import type { Query } from './query.ts';
import { type Scans, SLICE } from './scans.ts';

export const RETAINED_PARAMETERS = ['limit', 'after', 'filter'] as const;

/** In the order of the Topic Names. `filter`: a Topic Filter, by default `#`, which leaves out what begins with `$`. */
export async function listRetained(exchange: Exchange, query: Query, scans: Scans): Promise<PageJson<object>> {
  const filter = query.text('filter') ?? '#';
  if (!isTopicFilter(filter) || filter.startsWith('$share/')) {
    throw new AdminError('BAD_REQUEST', 'filter is no Topic Filter');
  }
  const page = new Page<KeptMessage>(query.pageSize, query.text('after'));
  const cursor = exchange.retained.lookUp(filter);
  await scans.run(() => {
    cursor.advance(exchange.now(), SLICE, (message) => {
      page.offer(message.topic.name, message);
      return true;
    });
    return cursor.isDone ? 'done' : 'more';
  });
  return page.toJson(({ topic, payload, qos, expiresAt }) => {
    const expires = Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null;
    return { topicName: topic.name, payloadBytes: payload.length, qos, expiresAt: expires };
  });
}

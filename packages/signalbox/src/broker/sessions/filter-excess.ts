/**
 * What is unusual about the Topic Filters of a client: levels beyond the eighth, bytes beyond the 256th. Usual filters are
 * limited by their number; these cost so much more, to keep and to match, that they are limited in sum. It must not know
 * where filters are entered.
 */
import { parseShare, splitLevels } from '../../mqtt/topics.ts';
import type { BrokerLimits } from '../limits.ts';
import type { ClientSession } from './client-session.ts';

const USUAL_LEVELS = 8;
const USUAL_BYTES = 256;

/** How many levels the filter has that messages are matched with. */
export function filterLevels(topicFilter: string): number {
  return splitLevels(parseShare(topicFilter)?.topicFilter ?? topicFilter).length;
}

/** Whether one more filter of this client is within its limits. */
export function fitsExcess(session: ClientSession, topicFilter: string, limits: BrokerLimits): boolean {
  const deep = deepLevels(topicFilter);
  const long = longBytes(topicFilter);
  return (
    (deep === 0 || session.deepLevels + deep <= limits.deepLevels) &&
    (long === 0 || session.longFilterBytes + long <= limits.longFilterBytes)
  );
}

export function countExcess(session: ClientSession, topicFilter: string, change: 'added' | 'removed'): void {
  const sign = change === 'added' ? 1 : -1;
  session.deepLevels += sign * deepLevels(topicFilter);
  session.longFilterBytes += sign * longBytes(topicFilter);
}

function deepLevels(topicFilter: string): number {
  return Math.max(0, filterLevels(topicFilter) - USUAL_LEVELS);
}

/** In UTF-16 units, which are cheap to count and no more than the bytes. */
function longBytes(topicFilter: string): number {
  return Math.max(0, topicFilter.length - USUAL_BYTES);
}

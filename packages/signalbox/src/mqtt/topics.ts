// Topic Names and Topic Filters as text: what is valid, and what matches what. Characters are compared one by one, nothing
// is normalised [MQTT-4.7.3-4]. Knows no subscription and no table; many filters at once are the topic tree's job. §4.7, §4.8.2

import { Utf8, utf8Length } from '../bytes/utf8.ts';

/** The longest Topic Name or Topic Filter in bytes of UTF-8. */
export const MAXIMUM_TOPIC_LENGTH = 65_535;

const SHARE_PREFIX = '$share/';
const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;
const DOLLAR = 0x24;

/** What a shared subscription's Topic Filter consists of: `$share/{shareName}/{topicFilter}`. */
export interface Share {
  readonly shareName: string;
  readonly topicFilter: string;
}

/** What is wrong with a Topic Name, or undefined when it is valid. */
export function validateTopicName(topicName: string): string | undefined {
  const problem = validateText(topicName);
  if (problem !== undefined) return problem;
  return hasWildcards(topicName) ? 'a Topic Name must not contain + or #' : undefined; // [MQTT-4.7.0-1] [MQTT-4.7.1-1@3.1.1]
}

/** What is wrong with a Topic Filter, or undefined when it is valid. Understands `$share/{shareName}/{topicFilter}`. */
export function validateTopicFilter(topicFilter: string): string | undefined {
  const problem = validateText(topicFilter);
  if (problem !== undefined) return problem;
  if (!topicFilter.startsWith(SHARE_PREFIX)) return validateWildcards(topicFilter, 0);
  const slash = topicFilter.indexOf('/', SHARE_PREFIX.length);
  if (slash === SHARE_PREFIX.length) return 'the ShareName is empty'; // [MQTT-4.8.2-1]
  if (slash < 0 || slash === topicFilter.length - 1) return 'no Topic Filter follows the ShareName'; // [MQTT-4.8.2-2]
  if (hasWildcards(topicFilter.slice(0, slash))) return 'a ShareName must not contain + or #'; // [MQTT-4.8.2-2]
  return validateWildcards(topicFilter, slash + 1);
}

function validateText(topic: string): string | undefined {
  if (topic.length === 0) return 'it is empty'; // [MQTT-4.7.3-1] [MQTT-4.7.3-1@3.1.1]
  const length = utf8Length(topic);
  if (length === Utf8.Malformed) return 'it contains a lone surrogate'; // [MQTT-1.5.4-1]
  if (length === Utf8.HasNull) return 'it contains U+0000'; // [MQTT-4.7.3-2] [MQTT-4.7.3-2@3.1.1]
  return length > MAXIMUM_TOPIC_LENGTH ? 'it is longer than 65,535 bytes' : undefined; // [MQTT-4.7.3-3] [MQTT-4.7.3-3@3.1.1]
}

function validateWildcards(topicFilter: string, start: number): string | undefined {
  const last = topicFilter.length - 1;
  for (let at = start; at <= last; at++) {
    const unit = topicFilter.charCodeAt(at);
    if (unit !== PLUS && unit !== HASH) continue;
    const opens = at === start || topicFilter.charCodeAt(at - 1) === SLASH;
    if (unit === HASH) {
      if (!opens || at !== last) return '# must be the whole last level'; // [MQTT-4.7.1-1] [MQTT-4.7.1-2@3.1.1]
    } else if (!opens || (at !== last && topicFilter.charCodeAt(at + 1) !== SLASH)) {
      return '+ must be a whole level'; // [MQTT-4.7.1-2] [MQTT-4.7.1-3@3.1.1]
    }
  }
  return undefined;
}

export function isTopicName(text: string): boolean {
  return validateTopicName(text) === undefined;
}

export function isTopicFilter(text: string): boolean {
  return validateTopicFilter(text) === undefined;
}

/** Whether `+` or `#` occurs anywhere. */
export function hasWildcards(topic: string): boolean {
  return topic.includes('+') || topic.includes('#');
}

/** The levels between the slashes; there is always one, and any may be empty. */
export function splitLevels(topic: string): string[] {
  return topic.split('/');
}

/** The two parts of a valid shared subscription's Topic Filter, undefined for any other. */
export function parseShare(topicFilter: string): Share | undefined {
  if (!topicFilter.startsWith(SHARE_PREFIX)) return undefined;
  const slash = topicFilter.indexOf('/', SHARE_PREFIX.length);
  if (slash <= SHARE_PREFIX.length || slash === topicFilter.length - 1) return undefined;
  const shareName = topicFilter.slice(SHARE_PREFIX.length, slash);
  return hasWildcards(shareName) ? undefined : { shareName, topicFilter: topicFilter.slice(slash + 1) };
}

/** Whether a valid Topic Filter matches a valid Topic Name; of `$share/group/filter` the part behind the group counts. */
export function matches(topicFilter: string, topicName: string): boolean {
  let filterAt = filterStart(topicFilter);
  let nameAt = 0;
  const first = topicFilter.charCodeAt(filterAt);
  if ((first === PLUS || first === HASH) && topicName.charCodeAt(0) === DOLLAR) return false; // [MQTT-4.7.2-1] [MQTT-4.7.2-1@3.1.1]
  for (;;) {
    const unit = topicFilter.charCodeAt(filterAt); // NaN behind the end
    if (unit === HASH) return true;
    if (unit === PLUS) {
      filterAt++;
      while (nameAt < topicName.length && topicName.charCodeAt(nameAt) !== SLASH) nameAt++;
    } else {
      while (filterAt < topicFilter.length && topicFilter.charCodeAt(filterAt) !== SLASH) {
        if (topicFilter.charCodeAt(filterAt++) !== topicName.charCodeAt(nameAt++)) return false;
      }
    }
    if (filterAt === topicFilter.length) return nameAt === topicName.length;
    if (nameAt === topicName.length) return isParentWildcard(topicFilter, filterAt);
    if (topicName.charCodeAt(nameAt) !== SLASH) return false;
    filterAt++;
    nameAt++;
  }
}

function filterStart(topicFilter: string): number {
  return topicFilter.startsWith(SHARE_PREFIX) ? topicFilter.indexOf('/', SHARE_PREFIX.length) + 1 : 0;
}

/** `sport/#` also matches `sport`. */
function isParentWildcard(topicFilter: string, slash: number): boolean {
  return slash === topicFilter.length - 2 && topicFilter.charCodeAt(slash + 1) === HASH;
}

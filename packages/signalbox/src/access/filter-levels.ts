/**
 * Topic Filters of rules, level by level: what they match, what two of them have in common, and which topics stand for all
 * that a filter matches. Pure; it must not know rules.
 */

/** Stands for one level with anything in it, and for the rest. No level of a topic is the same as these. */
export const ANY: unique symbol = Symbol('+');
export const REST: unique symbol = Symbol('#');

export type Level = string | typeof ANY | typeof REST;

/** A level that no rule and no client names. U+0000 cannot be in a topic. */
const FRESH = '\0';

export function parseLevels(topicFilter: string): Level[] {
  return topicFilter.split('/').map((level) => (level === '+' ? ANY : level === '#' ? REST : level));
}

/** Whether a topic matches, as §4.7 has it: `a/#` matches `a`, and wildcards at the front do not match `$…`. */
export function matchesLevels(filter: readonly Level[], topic: readonly string[]): boolean {
  if (typeof filter[0] !== 'string' && topic[0]!.startsWith('$')) return false;
  for (let i = 0; i < filter.length; i++) {
    const level = filter[i]!;
    if (level === REST) return true;
    if (i >= topic.length || (level !== ANY && level !== topic[i])) return false;
    // `a/#` with the topic `a`: the rest may be missing as a whole
    if (i === topic.length - 1 && filter[i + 1] === REST) return true;
  }
  return filter.length === topic.length;
}

/** The filter for all that both match; undefined when there is nothing. */
export function intersect(one: readonly Level[], other: readonly Level[]): Level[] | undefined {
  if (isOnlySystem(one, other) || isOnlySystem(other, one)) return undefined;
  const common: Level[] = [];
  for (let i = 0; ; i++) {
    const [a, b] = [one[i], other[i]];
    if (a === undefined && b === undefined) return common;
    if (a === REST) return withRest(common, other, i);
    if (b === REST) return withRest(common, one, i);
    if (a === undefined || b === undefined) return undefined;
    if (a !== ANY && b !== ANY && a !== b) return undefined;
    common.push((a === ANY ? b : a) as Level);
  }
}

/** One has `#` here: the other may end, or go on as it likes. */
function withRest(common: readonly Level[], other: readonly Level[], at: number): Level[] {
  return [...common, ...other.slice(at)];
}

/** `$SYS/…` on one side, a wildcard at the front on the other. */
function isOnlySystem(system: readonly Level[], wild: readonly Level[]): boolean {
  const [first] = system;
  return typeof first === 'string' && first.startsWith('$') && typeof wild[0] !== 'string';
}

/**
 * Topics of which each set of rules up to `depth` levels matches all or none exactly when it does so with the topics of the
 * filter that are as long: wherever a wildcard stands they have a level that nobody names, so only a wildcard matches it.
 */
export function* representatives(filter: readonly Level[], depth: number): Generator<string[]> {
  const isOpen = filter.at(-1) === REST;
  const levels = isOpen ? filter.slice(0, -1) : filter;
  const topic = levels.map((level) => (level === ANY ? FRESH : (level as string)));
  if (!isOpen) {
    if (!isEmpty(topic)) yield topic;
    return;
  }
  for (let length = Math.max(topic.length, 1); length <= Math.max(depth, topic.length) + 1; length++) {
    const longer = [...topic, ...new Array<string>(length - topic.length).fill(FRESH)];
    if (!isEmpty(longer)) yield longer;
  }
}

/** One level with nothing in it is no Topic Name. */
function isEmpty(topic: readonly string[]): boolean {
  return topic.length === 1 && topic[0] === '';
}

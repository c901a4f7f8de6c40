// A node of the tree of Topic Filters: one level and, where there is no fork, all that follow up to the next one. Splitting
// it where a fork is needed, and joining it where none is left. Knows no Topic Name; matching is TopicTree's.

import { LevelNode, ownLevel } from './level-node.ts';

const SLASH = 0x2f;

export class FilterNode<T> extends LevelNode<FilterNode<T>> {
  /** Further levels between the one which leads here and what this node has, `+` among them; undefined when none. */
  rest: string | undefined;
  /** The child for `+`. */
  plus: FilterNode<T> | undefined;
  /** Value of the filter which ends here. */
  here: T | undefined;
  /** Value of the filter which ends with `#` below here. */
  below: T | undefined;

  constructor(level: string) {
    super(level);
    this.rest = undefined;
    this.plus = undefined;
    this.here = undefined;
    this.below = undefined;
  }

  /** The child for a level of a filter. */
  step(level: string): FilterNode<T> | undefined {
    return level === '+' ? this.plus : this.child(level);
  }

  attach(child: FilterNode<T>): void {
    if (child.level === '+') this.plus = child;
    else this.addChild(child);
  }

  /** The only way on from here; undefined when there are several, or none. */
  get onlyWay(): FilterNode<T> | undefined {
    if (this.plus !== undefined) return this.hasChildren ? undefined : this.plus;
    if (this.children === undefined) return this.only;
    return this.children.size === 1 ? this.children.values().next().value : undefined;
  }

  /** Takes the place of another node: what that one has, this one has. */
  become(other: FilterNode<T>): void {
    this.only = other.only;
    this.children = other.children;
    this.plus = other.plus;
    this.here = other.here;
    this.below = other.below;
  }

  /** Where the only way on is to another node, the two are one; a value here would be lost. */
  join(): void {
    const way = this.onlyWay;
    if (way === undefined || this.here !== undefined || this.below !== undefined) return;
    const levels = way.rest === undefined ? way.level : `${way.level}/${way.rest}`;
    this.rest = this.rest === undefined ? levels : `${this.rest}/${levels}`;
    this.become(way);
  }

  get isEmpty(): boolean {
    return this.here === undefined && this.below === undefined && this.plus === undefined && !this.hasChildren;
  }
}

/** How many characters of `rest`, up to the end of a level, the filter has from `start` on; −1 when no level. */
export function commonLevels(rest: string, filter: string, start: number): number {
  let common = -1;
  if (start > filter.length) return common; // the filter has ended before
  for (let at = 0; ; at++) {
    const isEnd = at === rest.length || rest.charCodeAt(at) === SLASH;
    const isEndOfFilter = start + at >= filter.length || filter.charCodeAt(start + at) === SLASH;
    if (isEnd && isEndOfFilter) common = at;
    if (at === rest.length || start + at >= filter.length) return common;
    if (rest.charCodeAt(at) !== filter.charCodeAt(start + at)) return common;
  }
}

/** Makes a fork possible behind the first `common` characters of the levels in a node (−1: before them). */
export function split<T>(node: FilterNode<T>, rest: string, common: number): void {
  const end = endOfLevel(rest, common + 1);
  const lower = new FilterNode<T>(ownLevel(rest, common + 1, end));
  lower.become(node);
  if (end < rest.length) lower.rest = ownLevel(rest, end + 1, rest.length);
  node.become(new FilterNode<T>(node.level));
  node.rest = common < 0 ? undefined : ownLevel(rest, 0, common);
  node.attach(lower);
}

export function endOfLevel(filter: string, start: number): number {
  const slash = filter.indexOf('/', start);
  return slash < 0 ? filter.length : slash;
}

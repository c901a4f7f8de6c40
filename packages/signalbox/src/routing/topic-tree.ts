// A value for each Topic Filter, and which filters match a Topic Name (MQTT 5.0 §4.7). Filters without wildcards are
// found by one look-up of the whole name; only those with wildcards form a tree of levels, in which levels without a fork
// are one node: it has at most two nodes for each filter, however deep. Knows no subscriptions.

import { commonLevels, endOfLevel, FilterNode, split } from './filter-node.ts';
import { ownLevel } from './level-node.ts';

const DOLLAR = 0x24;
const PLUS = 0x2b;
const SLASH = 0x2f;

export class TopicTree<T extends object> {
  readonly #exact = new Map<string, T>();
  readonly #root = new FilterNode<T>('');
  #wildcards = 0;

  // Scratch of match(): where level n of the name begins, and the `+` branches still to be visited with their depth.
  readonly #starts: number[] = [0];
  readonly #branches: FilterNode<T>[] = [];
  readonly #depths: number[] = [];
  /** For the levels within a node: #starts holds for levels 0..#known. */
  #known = 0;

  /** Number of filters. */
  get size(): number {
    return this.#exact.size + this.#wildcards;
  }

  get(topicFilter: string): T | undefined {
    if (!isWild(topicFilter)) return this.#exact.get(topicFilter);
    const node = this.#find(topicFilter);
    if (node === undefined) return undefined;
    return endsWithHash(topicFilter) ? node.below : node.here;
  }

  /** Adds or replaces. The filter must be valid. */
  set(topicFilter: string, value: T): void {
    if (!isWild(topicFilter)) {
      this.#exact.set(topicFilter, value);
      return;
    }
    const node = this.#make(topicFilter);
    if (endsWithHash(topicFilter)) {
      if (node.below === undefined) this.#wildcards += 1;
      node.below = value;
    } else {
      if (node.here === undefined) this.#wildcards += 1;
      node.here = value;
    }
  }

  /** False when there was none. */
  delete(topicFilter: string): boolean {
    if (!isWild(topicFilter)) return this.#exact.delete(topicFilter);
    const path: FilterNode<T>[] = [];
    const node = this.#find(topicFilter, path);
    if (node === undefined) return false;
    if (endsWithHash(topicFilter)) {
      if (node.below === undefined) return false;
      node.below = undefined;
    } else {
      if (node.here === undefined) return false;
      node.here = undefined;
    }
    this.#wildcards -= 1;
    prune(path, node);
    return true;
  }

  /** Appends the values of all filters that match, in no particular order. Time depends on what can match, not on size. */
  match(topicName: string, into: T[]): void {
    const exact = this.#exact.get(topicName); // [MQTT-4.7.3-4] [MQTT-4.7.3-4@3.1.1]
    if (exact !== undefined) into.push(exact);
    if (this.#wildcards > 0) this.#matchWild(topicName, into);
  }

  // Depth first with an own stack: 65,535 levels would be too many for recursion.
  #matchWild(name: string, into: T[]): void {
    const starts = this.#starts;
    const reserved = name.charCodeAt(0) === DOLLAR;
    let known = 0; // starts[] holds for levels 0..known
    let node: FilterNode<T> | undefined = this.#root;
    let depth = 0;
    for (;;) {
      if (node === undefined) {
        node = this.#branches.pop();
        if (node === undefined) return;
        depth = this.#depths.pop()!;
      }
      if (node.rest !== undefined) {
        this.#known = known;
        depth = this.#pass(name, node.rest, depth);
        known = this.#known;
        if (depth < 0) {
          node = undefined;
          continue;
        }
      }
      const skipWild = reserved && depth === 0; // [MQTT-4.7.2-1]
      if (node.below !== undefined && !skipWild) into.push(node.below);
      const start = starts[depth]!;
      if (start > name.length) {
        if (node.here !== undefined) into.push(node.here);
        node = undefined;
        continue;
      }
      if (known === depth) {
        const slash = name.indexOf('/', start);
        starts[depth + 1] = slash < 0 ? name.length + 1 : slash + 1;
        known += 1;
      }
      depth += 1;
      if (node.plus !== undefined && !skipWild) {
        this.#branches.push(node.plus);
        this.#depths.push(depth);
      }
      node = node.childAt(name, start, starts[depth]! - 1);
    }
  }

  /** The depth behind the levels of `rest`; −1 when the name has others there. */
  #pass(name: string, rest: string, from: number): number {
    const starts = this.#starts;
    let depth = from;
    for (let at = 0; at <= rest.length; at++, depth++) {
      let start = starts[depth]!;
      if (start > name.length) return -1;
      if (this.#known === depth) {
        const slash = name.indexOf('/', start);
        starts[depth + 1] = slash < 0 ? name.length + 1 : slash + 1;
        this.#known += 1;
      }
      const end = starts[depth + 1]! - 1;
      if (rest.charCodeAt(at) === PLUS) {
        at++;
        continue;
      }
      for (; start < end; start++, at++) if (name.charCodeAt(start) !== rest.charCodeAt(at)) return -1;
      if (at < rest.length && rest.charCodeAt(at) !== SLASH) return -1;
    }
    return depth;
  }

  /** The node where the filter ends (the one above a final `#`); `path` gets the nodes above it. */
  #find(filter: string, path?: FilterNode<T>[]): FilterNode<T> | undefined {
    let node: FilterNode<T> | undefined = this.#root;
    for (let start = 0; start <= filter.length; ) {
      const end = endOfLevel(filter, start);
      const level = filter.slice(start, end);
      if (level === '#') return node;
      path?.push(node);
      node = node.step(level);
      if (node === undefined) return undefined;
      start = end + 1;
      const { rest } = node;
      if (rest === undefined) continue;
      if (commonLevels(rest, filter, start) < rest.length) return undefined;
      start += rest.length + 1;
    }
    return node;
  }

  #make(filter: string): FilterNode<T> {
    const length = endsWithHash(filter) ? filter.length - 2 : filter.length; // without a final /#
    let node = this.#root;
    for (let start = 0; start <= length; ) {
      const end = endOfLevel(filter, start);
      const next = node.step(filter.slice(start, end));
      if (next === undefined) {
        const leaf = new FilterNode<T>(ownLevel(filter, start, end));
        if (end < length) leaf.rest = ownLevel(filter, end + 1, length);
        node.attach(leaf);
        return leaf;
      }
      node = next;
      start = end + 1;
      const { rest } = node;
      if (rest === undefined) continue;
      const common = commonLevels(rest, filter, start);
      if (common < rest.length) split(node, rest, common);
      if (common >= 0) start += common + 1;
    }
    return node;
  }
}

/** Takes away the nodes at the end of a path that lead nowhere any more, and makes one of two where no fork is left. */
function prune<T>(path: FilterNode<T>[], last: FilterNode<T>): void {
  let node = last;
  let parent = path.pop();
  while (parent !== undefined && node.isEmpty) {
    if (parent.plus === node) parent.plus = undefined;
    else parent.removeChild(node);
    node = parent;
    parent = path.pop();
  }
  if (parent !== undefined) node.join(); // the root has no level of its own
}

// A valid filter has these characters as wildcards only.
function isWild(topicFilter: string): boolean {
  return topicFilter.includes('+') || topicFilter.includes('#');
}

function endsWithHash(topicFilter: string): boolean {
  return topicFilter.endsWith('#');
}

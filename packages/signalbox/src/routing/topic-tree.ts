// A value for each Topic Filter, and which filters match a Topic Name (MQTT 5.0 §4.7). Filters without wildcards are
// found by one look-up of the whole name; only those with wildcards form a tree of levels. Knows no subscriptions.

import { LevelNode, ownLevel } from './level-node.ts';

class FilterNode<T> extends LevelNode<FilterNode<T>> {
  /** The child for `+`. */
  plus: FilterNode<T> | undefined;
  /** Value of the filter which ends here. */
  here: T | undefined;
  /** Value of the filter which ends with `#` below here. */
  below: T | undefined;

  constructor(level: string) {
    super(level);
    this.plus = undefined;
    this.here = undefined;
    this.below = undefined;
  }

  get isEmpty(): boolean {
    return this.here === undefined && this.below === undefined && this.plus === undefined && !this.hasChildren;
  }
}

const DOLLAR = 0x24;

export class TopicTree<T extends object> {
  readonly #exact = new Map<string, T>();
  readonly #root = new FilterNode<T>('');
  #wildcards = 0;

  // Scratch of match(): where level n of the name begins, and the `+` branches still to be visited with their depth.
  readonly #starts: number[] = [0];
  readonly #branches: FilterNode<T>[] = [];
  readonly #depths: number[] = [];

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

  /** The node where the filter ends (the one above a final `#`); `path` gets the nodes above it. */
  #find(filter: string, path?: FilterNode<T>[]): FilterNode<T> | undefined {
    let node: FilterNode<T> | undefined = this.#root;
    for (let start = 0; start <= filter.length; ) {
      const slash = filter.indexOf('/', start);
      const end = slash < 0 ? filter.length : slash;
      const level = filter.slice(start, end);
      if (level === '#') return node;
      path?.push(node);
      node = level === '+' ? node.plus : node.child(level);
      if (node === undefined) return undefined;
      start = end + 1;
    }
    return node;
  }

  #make(filter: string): FilterNode<T> {
    let node = this.#root;
    for (let start = 0; start <= filter.length; ) {
      const slash = filter.indexOf('/', start);
      const end = slash < 0 ? filter.length : slash;
      const level = filter.slice(start, end);
      if (level === '#') return node;
      if (level === '+') {
        node = node.plus ??= new FilterNode<T>('+');
      } else {
        let next = node.child(level);
        if (next === undefined) {
          next = new FilterNode<T>(ownLevel(filter, start, end));
          node.addChild(next);
        }
        node = next;
      }
      start = end + 1;
    }
    return node;
  }
}

/** Takes away the nodes at the end of a path that lead nowhere any more. */
function prune<T>(path: FilterNode<T>[], last: FilterNode<T>): void {
  let node = last;
  while (node.isEmpty) {
    const parent = path.pop();
    if (parent === undefined) return;
    if (parent.plus === node) parent.plus = undefined;
    else parent.removeChild(node);
    node = parent;
  }
}

// A valid filter has these characters as wildcards only.
function isWild(topicFilter: string): boolean {
  return topicFilter.includes('+') || topicFilter.includes('#');
}

function endsWithHash(topicFilter: string): boolean {
  return topicFilter.endsWith('#');
}

// A look-up of retained messages that can stop and go on: it holds its place in the tree, one iterator for each level, so
// neither its steps nor its memory depend on how much is retained. Between its steps the tree may change: what was there
// all the time is found once, what came or went meanwhile perhaps. (MQTT 5.0 §3.3.1.3)

import { LevelNode } from './level-node.ts';
import type { Message } from './message.ts';

export class RetainedNode<M> extends LevelNode<RetainedNode<M>> {
  message: M | undefined;

  constructor(level: string) {
    super(level);
    this.message = undefined;
  }
}

const DOLLAR = 0x24;
/** Depth of a node whose whole subtree matches. */
const ALL_BELOW = -1;

/** Children still to be visited, all of them at one depth. */
interface Branch<M> {
  readonly children: Iterator<RetainedNode<M>, undefined>;
  readonly depth: number;
  /** Their level begins with `$`, which a wildcard in the first level does not match. */
  readonly skipsReserved: boolean;
}

export class RetainedCursor<M extends Message> {
  readonly #levels: readonly string[];
  readonly #branches: Branch<M>[] = [];
  /** The node to be visited next, before the branches are asked. */
  #node: RetainedNode<M> | undefined;
  #depth = 0;
  readonly #root: RetainedNode<M>;

  /** The filter must be valid, and is no shared one. */
  constructor(root: RetainedNode<M>, topicFilter: string) {
    this.#levels = topicFilter.split('/');
    this.#root = root;
    this.#node = root;
  }

  /** Whether everything was visited. */
  get isDone(): boolean {
    return this.#node === undefined && this.#branches.length === 0;
  }

  /**
   * Visits what matches and has not expired at `now` (ms), in no particular order, until `visit` answers false or so many
   * nodes were looked at. Answers how many were.
   */
  advance(now: number, steps: number, visit: (message: M) => boolean): number {
    for (let step = 1; step <= steps; step++) {
      const node = this.#takeNode();
      if (node === undefined) return step - 1;
      const message = node.message;
      const levels = this.#levels;
      if (levels[this.#depth] === '#') this.#depth = ALL_BELOW; // the level above included
      const isWhole = this.#depth === ALL_BELOW || this.#depth === levels.length;
      this.#descend(node);
      if (message !== undefined && isWhole && message.expiresAt > now && !visit(message)) return step;
    }
    return steps;
  }

  #takeNode(): RetainedNode<M> | undefined {
    const node = this.#node;
    if (node !== undefined) {
      this.#node = undefined;
      return node;
    }
    for (let branch = this.#branches.at(-1); branch !== undefined; branch = this.#branches.at(-1)) {
      const next = branch.children.next();
      if (next.done !== true) {
        this.#depth = branch.depth;
        if (branch.skipsReserved && isReserved(next.value)) continue; // [MQTT-4.7.2-1]
        return next.value;
      }
      this.#branches.pop();
    }
    return undefined;
  }

  /** Remembers what of the children of a node is to be visited; `#depth` is that of the node. */
  #descend(node: RetainedNode<M>): void {
    const depth = this.#depth;
    const level = this.#levels[depth];
    if (depth !== ALL_BELOW && level === undefined) return;
    const below = depth === ALL_BELOW ? ALL_BELOW : depth + 1;
    if (depth !== ALL_BELOW && level !== '+') {
      this.#node = node.child(level!);
      this.#depth = below;
      return;
    }
    const skipsReserved = node === this.#root;
    if (node.only !== undefined) {
      if (skipsReserved && isReserved(node.only)) return; // [MQTT-4.7.2-1]
      this.#node = node.only;
      this.#depth = below;
    } else if (node.children !== undefined) {
      this.#branches.push({ children: node.children.values(), depth: below, skipsReserved });
    }
  }
}

function isReserved<M>(child: RetainedNode<M>): boolean {
  return child.level.charCodeAt(0) === DOLLAR;
}

// Retained messages, one per topic (MQTT 5.0 §3.3.1.3), in a tree of topic levels: a filter visits only the levels it can
// match. Bounded; what has expired is found without a search. Knows no subscriber.

import { Deadlines } from './deadlines.ts';
import { ownLevel } from './level-node.ts';
import type { Message } from './message.ts';
import { RetainedCursor, RetainedNode } from './retained-cursor.ts';
import { RetainedOwners } from './retained-owners.ts';

export interface RetainedLimits {
  readonly count: number;
  /** In message.size, and 100 for each level beyond the eighth. */
  readonly bytes: number;
  /** Messages of one publisher; 0 or absent: no limit of their own. */
  readonly perPublisher?: number;
}

/** 'cleared' also when there was nothing to clear. 'refused': over a limit, and what was retained before stays. */
export type RetainOutcome = 'stored' | 'replaced' | 'cleared' | 'refused';

/** Levels that most topics have at most; a node takes about so many bytes. */
const USUAL_LEVELS = 8;
const NODE_BYTES = 100;

export class RetainedMessages<M extends Message = Message> {
  readonly #limits: RetainedLimits;
  readonly #root = new RetainedNode<M>('');
  readonly #expiries = new Deadlines<M>();
  /** Only where there is a limit for each. */
  readonly #owners: RetainedOwners | undefined;
  #count = 0;
  #bytes = 0;

  constructor(limits: RetainedLimits) {
    this.#limits = limits;
    const { perPublisher = 0 } = limits;
    this.#owners = perPublisher === 0 ? undefined : new RetainedOwners(perPublisher);
  }

  get count(): number {
    return this.#count;
  }

  /** Sum of message.size, and of what deep topics cost beyond it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When tick() has something to do (ms); Infinity when never. */
  get deadline(): number {
    return this.#expiries.deadline;
  }

  /** A message published with RETAIN 1. An empty payload clears. What has expired counts until tick() has removed it. */
  set(message: M): RetainOutcome {
    const name = message.topic.name;
    if (message.payload.length === 0) {
      this.delete(name); // [MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-10@3.1.1] [MQTT-3.3.1-11@3.1.1]
      return 'cleared';
    }
    const old = this.#find(name)?.message;
    const count = this.#count + (old === undefined ? 1 : 0);
    const bytes = this.#bytes + costOf(message) - (old === undefined ? 0 : costOf(old));
    if (count > this.#limits.count || bytes > this.#limits.bytes) return 'refused';
    if (this.#owners?.allows(message.publisher, old?.publisher) === false) return 'refused';
    if (old !== undefined) this.#owners?.remove(old.publisher);
    this.#owners?.add(message.publisher);
    this.#make(name).message = message; // [MQTT-3.3.1-5] [MQTT-3.3.1-5@3.1.1] [MQTT-3.3.1-7@3.1.1]
    this.#count = count;
    this.#bytes = bytes;
    if (message.expiresAt !== Infinity) this.#expiries.set(name, message.expiresAt, message);
    else if (old !== undefined) this.#expiries.delete(name);
    return old === undefined ? 'stored' : 'replaced';
  }

  /** False when nothing was retained for the topic. */
  delete(topicName: string): boolean {
    const path: RetainedNode<M>[] = [];
    let node = this.#find(topicName, path);
    if (node?.message === undefined) return false;
    this.#count -= 1;
    this.#bytes -= costOf(node.message);
    this.#owners?.remove(node.message.publisher);
    this.#expiries.delete(topicName);
    node.message = undefined;
    while (node.message === undefined && !node.hasChildren) {
      const parent = path.pop();
      if (parent === undefined) break;
      parent.removeChild(node);
      node = parent;
    }
    return true;
  }

  get(topicName: string, now: number): M | undefined {
    const message = this.#find(topicName)?.message;
    return message !== undefined && message.expiresAt > now ? message : undefined;
  }

  /** Visits what matches, in no particular order, until `visit` returns false. `visit` must not change this collection. */
  match(topicFilter: string, now: number, visit: (message: M) => boolean): void {
    this.lookUp(topicFilter).advance(now, Infinity, visit);
  }

  /** A look-up that is done in steps, between which this collection may change. The filter must be valid. */
  lookUp(topicFilter: string): RetainedCursor<M> {
    return new RetainedCursor(this.#root, topicFilter);
  }

  /** Removes what has expired, as many as `most`, and returns it, so that a store can follow. */
  tick(now: number, most = Infinity): M[] {
    const expired = this.#expiries.takeAllDue(now, most);
    for (const message of expired) this.delete(message.topic.name);
    return expired;
  }

  #find(topicName: string, path?: RetainedNode<M>[]): RetainedNode<M> | undefined {
    let node: RetainedNode<M> | undefined = this.#root;
    for (let start = 0; start <= topicName.length; ) {
      const slash = topicName.indexOf('/', start);
      const end = slash < 0 ? topicName.length : slash;
      path?.push(node);
      node = node.childAt(topicName, start, end);
      if (node === undefined) return undefined;
      start = end + 1;
    }
    return node;
  }

  #make(topicName: string): RetainedNode<M> {
    let node = this.#root;
    for (let start = 0; start <= topicName.length; ) {
      const slash = topicName.indexOf('/', start);
      const end = slash < 0 ? topicName.length : slash;
      let next = node.childAt(topicName, start, end);
      if (next === undefined) {
        next = new RetainedNode<M>(ownLevel(topicName, start, end));
        node.addChild(next);
      }
      node = next;
      start = end + 1;
    }
    return node;
  }
}

/** A topic of a hundred levels of its own takes a hundred nodes: without this, a flood of them would cost ten times the limit. */
function costOf({ size, topic }: Message): number {
  const { name } = topic;
  let levels = 1;
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) levels++;
  return size + Math.max(0, levels - USUAL_LEVELS) * NODE_BYTES;
}

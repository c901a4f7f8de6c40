// The Topic Names a process has seen lately, found by their bytes in place: a name met again costs one hash and one
// comparison, no string and no validation. Bounded: half full, only names that come again are kept; full, those not used
// lately are forgotten. Knows no subscription; `route` is a slot for whoever owns them. §4.7

import { copyOf } from '../bytes/copy.ts';
import { checkUtf8, readUtf8, utf8Length, writeUtf8 } from '../bytes/utf8.ts';
import { UsageError } from './errors.ts';
import { validateTopicName } from './topics.ts';

/** Longer names are not kept: so a full table of them holds tens of megabytes at most. */
const LONGEST_KEPT = 1024;
/** Names that share a neighbourhood of the table; one more replaces another, so a flood of collisions stays harmless. */
const PROBE_LIMIT = 48;
const FIRST_CAPACITY = 64;

/** A valid Topic Name. Two objects of the same name can exist: compare names, not objects. */
export class TopicName {
  readonly name: string;
  /** The name in UTF-8, an own copy. */
  readonly bytes: Uint8Array;
  /** For the owner of the table, such as resolved subscriptions; undefined at first. */
  route: unknown = undefined;
  /** Used since the last clearing of the table. */
  recent = true;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }
}

/** Stands where there is no Topic Name, as in a PUBLISH with a Topic Alias only. Its name is empty. */
export const NO_TOPIC: TopicName = /* @__PURE__ */ new TopicName('', new Uint8Array(0));

/** What a reader of PUBLISH needs of a table. */
export interface TopicNameTable {
  /** The Topic Name in [start, end), or undefined when these bytes are none: the caller then finds out why. */
  intern(bytes: Uint8Array, start: number, end: number): TopicName | undefined;
}

/** Longer names are not kept in a small table. */
const LONGEST_RECENT = 256;

/**
 * A small table for a client or one connection: when it is full, it begins anew. `limit` is 1024 names by default, a quarter
 * of a megabyte at most: one connection rarely uses more topics at a time.
 */
export class RecentTopicNames implements TopicNameTable {
  readonly #limit: number;
  readonly #names = new Map<number, TopicName>();

  constructor(limit = 1024) {
    this.#limit = limit;
  }

  intern(bytes: Uint8Array, start: number, end: number): TopicName | undefined {
    const hash = hashOf(bytes, start, end);
    const known = this.#names.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known;
    const topic = readTopicName(bytes, start, end);
    if (topic === undefined || end - start > LONGEST_RECENT) return topic;
    if (this.#names.size >= this.#limit) this.#names.clear();
    this.#names.set(hash, topic);
    return topic;
  }
}

export interface TopicNamesOptions {
  /** How many names are kept. Default 16,384: some megabytes, and more topics than most brokers have in use at a time. */
  readonly limit?: number;
}

export class TopicNames implements TopicNameTable {
  readonly limit: number;
  #size: number;
  /** Capacity − 1; the capacity is a power of two and at least twice the size. */
  #mask: number;
  /** Per slot the hash of its name, so that a slot is judged without touching the name. */
  #hashes: Int32Array;
  #slots: (TopicName | undefined)[];
  /** A set of hashes, one bit each, of names that came once while the table was at least half full. */
  #seen: Int32Array;
  #seenCount: number;

  constructor({ limit = 16_384 }: TopicNamesOptions = {}) {
    this.limit = Math.max(limit, 1);
    this.#size = 0;
    this.#mask = FIRST_CAPACITY - 1;
    this.#hashes = new Int32Array(FIRST_CAPACITY);
    this.#slots = new Array<TopicName | undefined>(FIRST_CAPACITY).fill(undefined);
    this.#seen = new Int32Array(0);
    this.#seenCount = 0;
  }

  /** Names kept at present. */
  get size(): number {
    return this.#size;
  }

  intern(bytes: Uint8Array, start: number, end: number): TopicName | undefined {
    const hash = hashOf(bytes, start, end);
    const mask = this.#mask;
    const hashes = this.#hashes;
    const slots = this.#slots;
    for (let probe = 0; probe < PROBE_LIMIT; probe++) {
      const slot = (hash + probe) & mask;
      const topic = slots[slot];
      if (topic === undefined) break;
      if (hashes[slot] === hash && isSame(topic.bytes, bytes, start, end)) {
        topic.recent = true;
        return topic;
      }
    }
    return this.#add(bytes, start, end, hash);
  }

  /** The same for a name that is text already. Throws UsageError `INVALID_TOPIC_NAME`. */
  internString(name: string): TopicName {
    const problem = validateTopicName(name);
    if (problem !== undefined) throw new UsageError('INVALID_TOPIC_NAME', `invalid Topic Name: ${problem}`);
    const bytes = new Uint8Array(utf8Length(name));
    writeUtf8(bytes, 0, name);
    return this.intern(bytes, 0, bytes.length)!;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): TopicName | undefined {
    const topic = readTopicName(bytes, start, end);
    if (topic === undefined || end - start > LONGEST_KEPT) return topic;
    if (this.#size * 2 >= this.limit && !this.#isSeenAgain(hash)) return topic;
    if (this.#size >= this.limit) this.#forget();
    else if (this.#size * 2 > this.#mask) this.#rebuild((this.#mask + 1) * 2, keepAll);
    this.#place(topic, hash);
    return topic;
  }

  /**
   * Whether a name of this hash came lately. From half full on only such names are kept: names that never come again
   * would all be carried into the old generation of the heap only to die there, which costs more than reading them.
   */
  #isSeenAgain(hash: number): boolean {
    if (this.#seenCount === 0) this.#seen = new Int32Array((this.#mask + 1) / 2); // 16 bits and more for each name
    const word = (hash >>> 5) & (this.#seen.length - 1);
    const bit = 1 << (hash & 31);
    if ((this.#seen[word]! & bit) !== 0) return true;
    this.#seen[word]! |= bit;
    this.#seenCount = this.#seenCount === this.limit ? 0 : this.#seenCount + 1;
    return false;
  }

  #place(topic: TopicName, hash: number): void {
    const home = hash & this.#mask;
    let slot = home;
    let probe = 1;
    for (; this.#slots[slot] !== undefined && probe < PROBE_LIMIT; probe++) slot = (home + probe) & this.#mask;
    if (this.#slots[slot] === undefined) this.#size++;
    else slot = home; // the neighbourhood is full: replace
    this.#slots[slot] = topic;
    this.#hashes[slot] = hash;
  }

  /** Makes room: drops what was not used since the last time, and every second name when all too many were. */
  #forget(): void {
    this.#rebuild(this.#mask + 1, (topic) => topic.recent);
    if (this.#size * 4 > this.limit * 3) {
      let odd = true;
      this.#rebuild(this.#mask + 1, () => {
        odd = !odd;
        return odd;
      });
    }
    for (const topic of this.#slots) if (topic !== undefined) topic.recent = false;
  }

  #rebuild(capacity: number, keep: (topic: TopicName) => boolean): void {
    const slots = this.#slots;
    const hashes = this.#hashes;
    this.#size = 0;
    this.#mask = capacity - 1;
    this.#hashes = new Int32Array(capacity);
    this.#slots = new Array<TopicName | undefined>(capacity).fill(undefined);
    for (let slot = 0; slot < slots.length; slot++) {
      const topic = slots[slot];
      if (topic !== undefined && keep(topic)) this.#place(topic, hashes[slot]!);
    }
  }
}

function keepAll(): boolean {
  return true;
}

/** Four bytes a step, then mixed once more: names that only count up must not end up as neighbours. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0, at = start; at < end; index++, at++) if (name[index] !== bytes[at]) return false;
  return true;
}

function readTopicName(bytes: Uint8Array, start: number, end: number): TopicName | undefined {
  if (start >= end || checkUtf8(bytes, start, end) < 0) return undefined; // [MQTT-4.7.3-1] [MQTT-3.3.2-1] [MQTT-4.7.3-2]
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x2b || byte === 0x23) return undefined; // [MQTT-3.3.2-2] [MQTT-3.3.2-2@3.1.1]
  }
  return new TopicName(readUtf8(bytes, start, end), copyOf(bytes, start, end));
}

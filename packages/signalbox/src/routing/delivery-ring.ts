// Messages of one kind in a ring without an object for each; its memory is there only while something waits. It has no
// limits and no opinion; DeliveryQueue has.

import type { Message, QoS } from './message.ts';

const FIRST_CAPACITY = 4;
const QOS_BITS = 3;
const RETAIN_BIT = 4;
/** Above the flags, a mark holds the message's number in the queue. */
const STEP = 8;

export class DeliveryRing<M extends Message> {
  length = 0;
  /** Sum of message.size. */
  bytes = 0;
  #first = 0;
  #messages: (M | undefined)[] | undefined = undefined;
  #marks: number[] = [];
  /** Only once some message came with identifiers. */
  #identifiers: (readonly number[] | undefined)[] | undefined = undefined;

  push(message: M, qos: QoS, retain: boolean, order: number): void {
    const messages = this.#room();
    const at = (this.#first + this.length) & (messages.length - 1);
    messages[at] = message;
    this.#marks[at] = order * STEP + (retain ? RETAIN_BIT : 0) + qos;
    this.length += 1;
    this.bytes += message.size;
  }

  /** For the message pushed last. */
  identify(subscriptionIdentifiers: readonly number[]): void {
    const capacity = this.#marks.length;
    this.#identifiers ??= new Array<readonly number[] | undefined>(capacity).fill(undefined);
    this.#identifiers[(this.#first + this.length - 1) & (capacity - 1)] = subscriptionIdentifiers;
  }

  // What follows is about the first message; something must wait.

  get message(): M {
    return this.#messages![this.#first]!;
  }

  get qos(): QoS {
    return (this.#marks[this.#first]! & QOS_BITS) as QoS;
  }

  get retain(): boolean {
    return (this.#marks[this.#first]! & RETAIN_BIT) !== 0;
  }

  get order(): number {
    return Math.floor(this.#marks[this.#first]! / STEP);
  }

  get subscriptionIdentifiers(): readonly number[] | undefined {
    return this.#identifiers === undefined ? undefined : this.#identifiers[this.#first];
  }

  shift(): void {
    this.length -= 1;
    if (this.length === 0) {
      this.#free();
      return;
    }
    const messages = this.#messages!;
    const at = this.#first;
    this.bytes -= messages[at]!.size;
    messages[at] = undefined;
    if (this.#identifiers !== undefined) this.#identifiers[at] = undefined;
    this.#first = (at + 1) & (messages.length - 1);
  }

  /** The first message goes to the end. */
  rotate(): void {
    const messages = this.#messages!;
    const from = this.#first;
    const to = (from + this.length) & (messages.length - 1); // the same place when the ring is full
    const message = messages[from];
    messages[from] = undefined;
    messages[to] = message;
    this.#marks[to] = this.#marks[from]!;
    if (this.#identifiers !== undefined) {
      const identifiers = this.#identifiers[from];
      this.#identifiers[from] = undefined;
      this.#identifiers[to] = identifiers;
    }
    this.#first = (from + 1) & (messages.length - 1);
  }

  #free(): void {
    this.bytes = 0;
    this.#first = 0;
    this.#messages = undefined;
    this.#marks = [];
    this.#identifiers = undefined;
  }

  /** The array of messages, with a free place. */
  #room(): (M | undefined)[] {
    const old = this.#messages;
    if (old !== undefined && this.length < old.length) return old;
    const capacity = old === undefined ? FIRST_CAPACITY : old.length * 2;
    const messages = unrolled(old ?? [], this.#first, capacity, undefined);
    this.#marks = unrolled(this.#marks, this.#first, capacity, 0);
    if (this.#identifiers !== undefined)
      this.#identifiers = unrolled(this.#identifiers, this.#first, capacity, undefined);
    this.#messages = messages;
    this.#first = 0;
    return messages;
  }
}

function unrolled<V>(full: readonly V[], first: number, capacity: number, blank: V): V[] {
  const wider: V[] = [];
  for (let at = first; at < full.length; at++) wider.push(full[at]!);
  for (let at = 0; at < first; at++) wider.push(full[at]!);
  while (wider.length < capacity) wider.push(blank);
  return wider;
}

// A durable store as simple as can be: each commit is a line of JSON at the end of a file, and opening it reads all lines.
// It keeps what it is told whatever kills the process, so that the harness has a broker which must pass, and the mutants
// (mutants.ts) one to spoil.

import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { KeptMessage } from '../../src/broker/delivery/kept-message.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { Store, StoreChange, StoredState, StoreListener } from '../../src/broker/store/store.ts';
import { TopicName } from '../../src/mqtt/topic-names.ts';

/** A commit takes as long as a small disk; what is acknowledged before it is done can be lost. */
const COMMIT_MS = 2;

export class LogStore implements Store {
  readonly durability = 'process';
  readonly #path: string;
  readonly #commitMs: number;
  #file = -1;
  #changes: StoreChange[] = [];
  #waiting: string[] = [];
  #listener: StoreListener | undefined = undefined;

  constructor(path: string, commitMs = COMMIT_MS) {
    this.#path = path;
    this.#commitMs = commitMs;
  }

  open(listener: StoreListener): StoredState {
    this.#listener = listener;
    const memory = new MemoryStore();
    if (existsSync(this.#path)) {
      const text = readFileSync(this.#path, 'latin1');
      const whole = text.lastIndexOf('\n') + 1;
      if (whole < text.length) truncateSync(this.#path, whole); // the process was killed while it wrote this line
      for (const line of text.slice(0, whole).split('\n')) {
        if (line !== '') for (const change of JSON.parse(line, revive) as StoreChange[]) memory.write(change);
      }
    }
    this.#file = openSync(this.#path, 'a');
    return memory.open();
  }

  write(change: StoreChange): void {
    this.#changes.push(change);
  }

  commit(): boolean {
    this.#waiting.push(this.#takeLine());
    if (this.#waiting.length === 1) setTimeout(() => this.#flush(), this.#commitMs);
    return false;
  }

  async close(): Promise<void> {
    this.#flush();
    this.#append(this.#takeLine());
    closeSync(this.#file);
  }

  #takeLine(): string {
    const line = `${JSON.stringify(this.#changes, replace)}\n`;
    this.#changes = [];
    return line;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#append(waiting.join(''));
    this.#listener?.onKept(waiting.length);
  }

  #append(line: string): void {
    const bytes = Buffer.from(line, 'latin1');
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}

function isMessage(value: unknown): value is KeptMessage {
  return typeof value === 'object' && value !== null && 'topic' in value && 'payload' in value;
}

function replace(_key: string, value: unknown): unknown {
  if (value === Infinity) return { infinity: true };
  if (!isMessage(value)) return value;
  const { topic, payload, properties } = value;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    ...value,
    topic: undefined,
    payload: undefined,
    name: text(topic.bytes),
    body: text(payload),
    properties: text(properties),
  };
}

function revive(
  _key: string,
  value: { name?: string; body?: string; properties?: string; infinity?: true } | null,
): unknown {
  if (value?.infinity === true) return Infinity;
  if (typeof value?.body !== 'string') return value;
  const { name = '', body, properties = '', ...rest } = value;
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
  const topic = new TopicName(Buffer.from(name, 'base64').toString(), bytes(name));
  return { ...rest, topic, payload: bytes(body), properties: bytes(properties) };
}

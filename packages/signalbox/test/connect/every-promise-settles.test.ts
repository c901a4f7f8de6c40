// Whatever a program does with a connection, whatever the network does to it, and however it ends: every promise settles, what
// was read came in order, and nothing is left on the clock.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import type { ConnectionOptions } from '../../src/connect/connection-options.ts';
import type { WaitOptions } from '../../src/connect/waiting.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

const STEPS = [
  'send',
  'sendLarge',
  'sendLimited',
  'sendAborted',
  'receive',
  'receiveLimited',
  'flush',
  'endWriting',
  'close',
  'destroy',
  'loop',
  'blocked',
  'taking',
  'arrives',
  'arrivesInHalves',
  'garbage',
  'peerEnds',
  'lost',
  'time',
] as const;

const KINDS: readonly ConnectionOptions[] = [
  {},
  { keepAlive: { intervalMs: 50, timeoutMs: 200 } },
  { receiveBuffer: 300, sendBuffer: 500 },
  { idleTimeoutMs: 100, maximumMessageSize: 5 },
];

/** A life, step by step; steps that end it come last or never, most of the time. */
class Life {
  readonly clock = new ManualConnectionClock();
  readonly carrier: VirtualCarrier;
  readonly connection: Connection;
  readonly outcomes: { readonly name: string; readonly outcome: Outcome<unknown> }[] = [];
  /** What each loop and each request got, in the order in which they asked. */
  readonly got: number[][] = [];
  readonly looped: number[] = [];
  #arrived = 0;

  constructor(options: ConnectionOptions) {
    this.carrier = new VirtualCarrier(this.clock);
    this.connection = new Connection(this.carrier, { clock: this.clock, ...options });
  }

  note(name: string, promise: Promise<unknown>): void {
    this.outcomes.push({ name, outcome: new Outcome(promise) });
  }

  #request(options?: WaitOptions): Promise<void> {
    const got: number[] = [];
    this.got.push(got);
    return this.connection.receive(options).then((datagram) => {
      if (datagram !== undefined) got.push(datagram.tag);
    });
  }

  async step(name: (typeof STEPS)[number], amount: number): Promise<void> {
    const { connection, carrier, clock } = this;
    const actions: Record<(typeof STEPS)[number], () => void> = {
      send: () => this.note(name, connection.send('x'.repeat(amount + 1))),
      sendLarge: () => this.note(name, connection.send(new Uint8Array(150_000))),
      sendLimited: () => this.note(name, connection.send('limited', { timeoutMs: amount + 1 })),
      sendAborted: () => this.note(name, connection.send('aborted', { signal: AbortSignal.abort() })),
      receive: () => this.note(name, this.#request()),
      receiveLimited: () => this.note(name, this.#request({ timeoutMs: amount + 1 })),
      flush: () => this.note(name, connection.writer.flush()),
      endWriting: () => this.note(name, connection.endWriting()),
      close: () => this.note(name, connection.close({ timeoutMs: 1_000 })),
      destroy: () => connection.destroy(),
      loop: () => this.note(name, this.#loop()),
      blocked: () => {
        carrier.isTaking = false;
      },
      taking: () => {
        carrier.isTaking = true;
        carrier.drain();
      },
      arrives: () => this.#arrives(1 + (amount % 4)),
      arrivesInHalves: () => carrier.receive(new Datagram('cut').toBytes().subarray(0, 1 + (amount % 9))),
      garbage: () => carrier.receive(Uint8Array.of(0, 0, 0, amount % 5, 0, 1)),
      peerEnds: () => carrier.peerEnds(),
      lost: () => carrier.close(new Error('ECONNRESET')),
      time: () => {},
    };
    actions[name]();
    if (name === 'time') await clock.advance(amount * 5);
    else if (amount % 2 === 0) await clock.settle();
  }

  #arrives(count: number): void {
    if (this.carrier.isPaused) return;
    const bytes = Array.from({ length: count }, () => new Datagram('in', this.#arrived++).toBytes());
    this.carrier.receive(Uint8Array.from(Buffer.concat(bytes)));
  }

  async #loop(): Promise<void> {
    for await (const { tag } of this.connection) this.looped.push(tag);
  }
}

const ENDS = new Set(['destroy', 'close', 'lost', 'garbage', 'arrivesInHalves', 'peerEnds', 'endWriting']);
const LIVELY = STEPS.filter((step) => !ENDS.has(step));

const step = fc.tuple(fc.constantFrom(...LIVELY, ...LIVELY, ...LIVELY, ...STEPS), fc.integer({ min: 0, max: 30 }));

describe('a connection of random operations and faults', () => {
  it.each(KINDS.map((kind, index) => [index, kind] as const))(
    'settles every promise when it is closed, and leaves nothing behind: kind %i',
    async (_, kind) => {
      const property = fc.asyncProperty(
        fc.array(step, { maxLength: 50, size: 'max' }),
        fc.boolean(),
        async (all, isKind) => {
          const life = new Life(kind);
          life.note('closed', life.connection.closed);
          for (const [name, amount] of all) await life.step(name, amount);
          if (isKind) life.note('close', life.connection.close({ timeoutMs: 500 }));
          else life.connection.destroy();
          await life.clock.advance(10_000);
          expect(life.outcomes.filter(({ outcome }) => outcome.state === 'pending').map(({ name }) => name)).toEqual(
            [],
          );
          for (const { outcome } of life.outcomes) {
            if (outcome.state === 'rejected') expect(`${outcome.code}`).toMatch(/^[A-Z_]+$|^20$/);
          }
          // What follows half of a datagram is its second half, and may look like anything.
          const asked = all.some(([name]) => name === 'arrivesInHalves') ? [] : life.got.flat();
          if (asked.length === 0) life.looped.length = 0;
          expect(asked).toEqual([...asked].sort((a, b) => a - b));
          expect(new Set([...asked, ...life.looped]).size).toBe(asked.length + life.looped.length);
          expect(life.connection.isOpen).toBe(false);
          await life.clock.advance(1e9);
          expect(life.clock.scheduled).toBe(0);
        },
      );
      await fc.assert(property, { numRuns: 150 });
    },
  );
});

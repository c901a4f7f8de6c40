// A link of random operations over a network of random faults: every promise settles, what was sent arrives in order and once, as
// far as it is told to have, and nothing is left on the clock.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import { type Link, openLink } from '../../src/connect/link.ts';
import type { LinkOptions } from '../../src/connect/link-options.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { DatagramReader } from '../../src/datagram/reader.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

const STEPS = [
  'send',
  'send',
  'sendLarge',
  'sendLimited',
  'burst',
  'receive',
  'receiveLimited',
  'arrives',
  'blocked',
  'taking',
  'lost',
  'peerEnds',
  'refuses',
  'accepts',
  'time',
  'time',
] as const;
type Step = (typeof STEPS)[number];

const KINDS: readonly LinkOptions[] = [
  {},
  { queue: { messages: 5 } },
  { queue: { bytes: 100, policy: 'drop-oldest' } },
  { keepAlive: { intervalMs: 50, timeoutMs: 150 } },
];

class Life {
  readonly clock = new ManualConnectionClock();
  readonly carriers: VirtualCarrier[] = [];
  readonly link: Link;
  readonly sent: { readonly number: number; readonly outcome: Outcome<void> }[] = [];
  readonly others: Outcome<unknown>[] = [];
  /** By request, in the order in which they asked. */
  readonly received: number[][] = [];
  #isRefusing = false;
  #numbers = 0;
  #arrivals = 0;

  constructor(kind: LinkOptions) {
    const { clock } = this;
    const dial = async (): Promise<Connection> => {
      if (this.#isRefusing) throw Object.assign(new Error('refused'), { code: 'CONNECTION_REFUSED' });
      const carrier = new VirtualCarrier(clock);
      this.carriers.push(carrier);
      return new Connection(carrier, { clock, ...(kind.keepAlive === undefined ? {} : { keepAlive: kind.keepAlive }) });
    };
    this.link = openLink('tcp://there:1', {
      clock,
      dial,
      backOff: { firstMs: 20, longestMs: 100, random: () => 0.5 },
      ...kind,
    });
    this.others.push(new Outcome(this.link.closed));
  }

  get #carrier(): VirtualCarrier | undefined {
    return this.carriers.at(-1);
  }

  #send(size: number, timeoutMs?: number): void {
    const number = this.#numbers++;
    const data = new Uint8Array(4 + size);
    new DataView(data.buffer).setUint32(0, number);
    const promise = this.link.send(data, timeoutMs === undefined ? {} : { timeoutMs });
    this.sent.push({ number, outcome: new Outcome(promise) });
  }

  #receive(timeoutMs?: number): void {
    const got: number[] = [];
    this.received.push(got);
    const promise = this.link.receive(timeoutMs === undefined ? {} : { timeoutMs });
    this.others.push(new Outcome(promise.then((datagram) => datagram && got.push(datagram.tag))));
  }

  async step(step: Step, amount: number): Promise<void> {
    const actions: Record<Step, () => void> = {
      send: () => this.#send(amount),
      sendLarge: () => this.#send(70_000 * (1 + (amount % 3))),
      sendLimited: () => this.#send(1, 1 + amount),
      burst: () => {
        for (let count = 0; count < amount; count++) this.#send(9);
      },
      receive: () => this.#receive(),
      receiveLimited: () => this.#receive(1 + amount),
      arrives: () => this.#carrier?.receive(new Datagram('in', this.#arrivals++).toBytes()),
      blocked: () => {
        if (this.#carrier !== undefined) this.#carrier.isTaking = false;
      },
      taking: () => {
        if (this.#carrier === undefined) return;
        this.#carrier.isTaking = true;
        this.#carrier.drain();
      },
      lost: () => this.#carrier?.close(new Error('ECONNRESET')),
      peerEnds: () => this.#carrier?.peerEnds(),
      refuses: () => {
        this.#isRefusing = true;
      },
      accepts: () => {
        this.#isRefusing = false;
      },
      time: () => {},
    };
    actions[step]();
    if (step === 'time') await this.clock.advance(amount * 5);
    else if (amount % 2 === 0) await this.clock.settle();
  }

  /** What the peer got whole, over all connections. */
  get arrived(): number[] {
    return this.carriers.flatMap((carrier) => {
      const numbers: number[] = [];
      new DatagramReader().receive(carrier.stream, {
        onDatagram: ({ data, tag }) => {
          if (tag === 0) numbers.push(new DataView(data.buffer, data.byteOffset).getUint32(0));
          return true;
        },
      });
      return numbers;
    });
  }
}

const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 0, max: 30 })), {
  maxLength: 60,
  size: 'max',
});

describe('a link of random operations and faults', () => {
  it.each(KINDS.map((kind, index) => [index, kind] as const))(
    'settles everything when it is closed; nothing comes twice or out of order: kind %i',
    async (_, kind) => {
      const property = fc.asyncProperty(steps, fc.boolean(), async (all, isPatient) => {
        const life = new Life(kind);
        for (const [step, amount] of all) await life.step(step, amount);
        void life.link.close({ timeoutMs: isPatient ? 1_000 : 1 });
        await life.clock.advance(20_000);
        expect(life.others.filter(({ state }) => state === 'pending')).toEqual([]);
        expect(life.sent.filter(({ outcome }) => outcome.state === 'pending')).toEqual([]);
        const { arrived } = life;
        expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b));
        const got = new Set(arrived);
        for (const { number, outcome } of life.sent) {
          if (outcome.state === 'resolved') expect(got).toContain(number);
          else if (outcome.code !== 'TIMEOUT' && outcome.code !== 'UNCERTAIN') expect(got).not.toContain(number);
        }
        const received = life.received.flat();
        expect(received).toEqual([...received].sort((a, b) => a - b));
        expect(life.link.status.state).toBe('closed');
        await life.clock.advance(1e9);
        expect(life.clock.scheduled).toBe(0);
      });
      await fc.assert(property, { numRuns: 80 });
    },
  );
});

// Modules that are simple in a page, and fast for thousands elsewhere, do the same: whatever is done to both, they answer alike.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as copy from '../../packages/signalbox/src/bytes/copy.ts';
import * as queue from '../../packages/signalbox/src/client/async-queue.ts';
import * as order from '../../packages/signalbox/src/mqtt/acknowledgement-order.ts';
import * as ring from '../../packages/signalbox/src/mqtt/identifier-ring.ts';
import * as identifiers from '../../packages/signalbox/src/mqtt/packet-identifiers.ts';
import * as received from '../../packages/signalbox/src/mqtt/received-identifiers.ts';
import * as topics from '../../packages/signalbox/src/mqtt/topic-names.ts';
import * as pageOrder from '../page-build/acknowledgement-order.mjs';
import * as pageQueue from '../page-build/async-queue.mjs';
import * as pageCopy from '../page-build/copy.mjs';
import * as pageRing from '../page-build/identifier-ring.mjs';
import * as pageIdentifiers from '../page-build/packet-identifiers.mjs';
import * as pageReceived from '../page-build/received-identifiers.mjs';
import * as pageTopics from '../page-build/topic-names.mjs';

/** What brokers, other clients and snapshots of sessions use. */
const LEFT_OUT = ['accepted', 'clear', 'continues', 'count', 'isAwaited', 'isHeld', 'last', 'nextInFlight'];

type Steps = readonly (readonly [string, number])[];
/** Without what is private to each. */
type Public<T> = { [K in keyof T]: T[K] };

const stepsOf = (...names: string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 30 })), { maxLength: 80 });

/** Does the same to both, and compares what they answer after each step. */
function alike<T>(
  steps: fc.Arbitrary<Steps>,
  make: () => readonly [T, T],
  does: (one: T, step: Steps[number]) => unknown,
) {
  fc.assert(
    fc.property(steps, (all) => {
      const [pure, page] = make();
      for (const step of all) expect(does(page, step)).toEqual(does(pure, step));
    }),
  );
}

describe('in a page', () => {
  it('bytes are copied and viewed alike', () => {
    const some = fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100));
    fc.assert(
      fc.property(some, ([bytes, a, b]) => {
        const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        expect(pageCopy.copyOf(bytes, start, end)).toEqual(copy.copyOf(bytes, start, end));
        expect(pageCopy.copyOf(bytes, start, end).buffer).not.toBe(bytes.buffer);
        expect(pageCopy.viewOf(bytes, start, end)).toEqual(copy.viewOf(bytes, start, end));
        expect(pageCopy.viewOf(bytes, start, end).buffer).toBe(bytes.buffer);
        const [one, other] = [new Uint8Array(110), new Uint8Array(110)];
        pageCopy.copyBytes(one, 5, bytes, start, end);
        copy.copyBytes(other, 5, bytes, start, end);
        expect(one).toEqual(other);
      }),
    );
  });

  it('the ring of identifiers', () => {
    /** What is protected in one is public in the other: classes that extend them use it. */
    type Ring = { -readonly [K in keyof ring.IdentifierRing<string>]: ring.IdentifierRing<string>[K] } & {
      head: number;
      slotFrom(sequence: number): number;
      sequenceOf(slot: number): number;
    };
    const make = () => [new ring.IdentifierRing<string>(2), new pageRing.IdentifierRing()] as unknown as [Ring, Ring];
    alike(stepsOf('push', 'push', 'remove', 'stage'), make, (one, [what, identifier]) => {
      const slot = one.find(identifier);
      if (slot === ring.NOT_FOUND) {
        if (what === 'push') one.push(identifier, 1, `v${identifier}`);
      } else if (what === 'remove') one.removeAt(slot);
      else if (what === 'stage') one.setStageAt(slot, 2);
      const bySteps: number[] = [];
      for (let at = one.slotFrom(one.head); at !== ring.NOT_FOUND; at = one.slotFrom(one.sequenceOf(at) + 1))
        bySteps.push(one.identifierAt(at));
      const all = one.slots().map((at) => [one.identifierAt(at), one.stageAt(at), one.valueAt(at)]);
      return [bySteps, all, one.count, one.has(identifier)];
    });
    expect(pageRing.NOT_FOUND).toBe(ring.NOT_FOUND);
  });

  it('the order of acknowledgements', () => {
    const make = () => [new order.AcknowledgementOrder(), new pageOrder.AcknowledgementOrder()] as const;
    alike<Public<InstanceType<typeof pageOrder.AcknowledgementOrder>>>(
      stepsOf('push', 'push early', 'answer', 'shift'),
      make,
      (one, [what, identifier]) => {
        const id = identifier % 6;
        const given = what === 'answer' && id > 0 ? one.answer(id, { reasonCode: identifier }) : undefined;
        if (what === 'push') one.push(1 + id, undefined);
        if (what === 'push early') one.push(1 + id, order.SUCCESS);
        if (what === 'shift' && one.first !== 0) one.shift();
        return [given, one.first, one.firstAnswer, one.has(1 + id)];
      },
    );
    expect(pageOrder.SUCCESS).toEqual(order.SUCCESS);
  });

  it('received identifiers', () => {
    const make = () => [new received.ReceivedIdentifiers(2), new pageReceived.ReceivedIdentifiers()] as const;
    alike<Public<InstanceType<typeof pageReceived.ReceivedIdentifiers>>>(
      stepsOf('add', 'add', 'accept', 'release', 'remove', 'again', 'restore'),
      make,
      (one, [what, identifier]) => {
        if (what === 'add' && one.stageOf(identifier) === 0) one.add(identifier);
        if (what === 'accept') one.advance(identifier, received.Received.Accepted);
        if (what === 'release') one.advance(identifier, received.Received.Released);
        if (what === 'remove') one.remove(identifier);
        if (what === 'again') one.expectReleaseAgain();
        if (what === 'restore') one.restore([identifier, 3]);
        return [one.count, one.identifiers(), one.identifiers().map((each) => one.stageOf(each)), one.stageOf(40)];
      },
    );
    expect(pageReceived.Received).toEqual(received.Received);
  });

  it('Packet Identifiers', () => {
    const inFlight = { count: 2, has: (identifier: number) => identifier === 2 || identifier === 65_535 };
    const make = () =>
      [
        new identifiers.PacketIdentifiers(2, { ...inFlight, continues: () => true }),
        new pageIdentifiers.PacketIdentifiers(2, inFlight),
      ] as const;
    alike<Public<InstanceType<typeof pageIdentifiers.PacketIdentifiers>>>(
      stepsOf('acquire', 'register', 'use', 'release', 'move', 'continue', 'end'),
      make,
      (one, [what, identifier]) => {
        let answer: unknown;
        if (what === 'acquire') answer = one.acquire();
        if (what === 'register') answer = one.register(identifier);
        if (what === 'use' && !one.has(identifier)) one.use(identifier);
        if (what === 'release') answer = one.release(identifier);
        if (what === 'move') one.moveInFlight(identifier);
        if (what === 'continue') one.continueAfter(identifier);
        if (what === 'end') one.continueAfter(65_534);
        return [answer, one.count, one.next(), one.has(identifier), one.largest];
      },
    );
    for (const value of [0, 1, 65_535, 65_536, 1.5, -1])
      expect(make()[1].isValid(value)).toBe(make()[0].isValid(value));
    const full = { count: 65_535, has: () => true };
    expect(new pageIdentifiers.PacketIdentifiers(2, full).acquire()).toBe(0);
  });

  it('nothing is missing that a client uses', () => {
    const members = (one: { readonly prototype: object }): string[] => Object.getOwnPropertyNames(one.prototype);
    const pairs = [
      [ring.IdentifierRing, pageRing.IdentifierRing],
      [order.AcknowledgementOrder, pageOrder.AcknowledgementOrder],
      [received.ReceivedIdentifiers, pageReceived.ReceivedIdentifiers],
      [identifiers.PacketIdentifiers, pageIdentifiers.PacketIdentifiers],
      [topics.RecentTopicNames, pageTopics.RecentTopicNames],
      [queue.AsyncQueue, pageQueue.AsyncQueue],
    ] as const;
    const missing = pairs.flatMap(([pure, page]) => members(pure).filter((name) => !members(page).includes(name)));
    expect(missing.sort()).toEqual(LEFT_OUT);
    const folder = fileURLToPath(new URL('../../packages/signalbox/src/client', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const code = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    expect(code).not.toMatch(/identifiers\.(?:last|isHeld|nextInFlight)\b|outgoing\.(?:continues|clear)\b/);
    expect(code).not.toMatch(/\.isAwaited\b|received\.accepted\b/);
  });

  it('Topic Names', () => {
    const unit = fc.constantFrom('a', '/', '+', '#', '\0', 'ä', '😀');
    const [pure, page] = [new topics.RecentTopicNames(4), new pageTopics.RecentTopicNames(4)];
    const encode = (text: string): Uint8Array => new TextEncoder().encode(`.${text}`);
    const malformed = fc.constant(Uint8Array.of(0, 0xed, 0xa0, 0x80));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 4 }).map(encode), malformed), (bytes) => {
        const expected = pure.intern(bytes, 1, bytes.length);
        const found = page.intern(bytes, 1, bytes.length);
        expect([found?.name, found?.bytes]).toEqual([expected?.name, expected?.bytes]);
        if (found !== undefined) expect(page.intern(bytes, 1, bytes.length)).toBe(found);
      }),
    );
    const long = encode('x'.repeat(300));
    expect(page.intern(long, 1, long.length)?.name).toBe('x'.repeat(300));
    expect(pageTopics.NO_TOPIC).toMatchObject({ name: topics.NO_TOPIC.name, bytes: topics.NO_TOPIC.bytes });
  });

  it('queues that are awaited', async () => {
    const steps = stepsOf('push', 'push', 'next', 'shift', 'end', 'return');
    const property = fc.asyncProperty(steps, async (all) => {
      const told: unknown[][] = [];
      for (const { AsyncQueue } of [queue, pageQueue]) {
        const log: unknown[] = [];
        const one = new AsyncQueue<number>(() => log.push('returned'));
        let count = 0;
        for (const [what, value] of all) {
          if (what === 'push') one.push(value);
          if (what === 'next') {
            const number = count++;
            void one.next().then((result) => log.push([number, result]));
          }
          if (what === 'shift') log.push(one.shift());
          if (what === 'end') one.end();
          if (what === 'return') void one.return();
          for (let turn = 0; turn < 5; turn++) await undefined;
          log.push(one.size);
        }
        told.push(log);
      }
      expect(told[1]).toEqual(told[0]);
    });
    await fc.assert(property);
    expect(new pageQueue.AsyncQueue()[Symbol.asyncIterator]()).toBeInstanceOf(pageQueue.AsyncQueue);
  });
});

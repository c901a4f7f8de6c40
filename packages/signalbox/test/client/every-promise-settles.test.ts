// Whatever a program does with a client, whatever the network does to it, and whenever it is closed: every promise settles,
// every loop ends, and nothing is left on the clock.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrashingStore } from './support/crashing-store.ts';
import { Outcome } from './support/outcome.ts';
import { RandomLife, STEPS, type Step } from './support/random-life.ts';

const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 0, max: 30 }));
const steps = fc.array(step, { maxLength: 60, size: 'max' });

const KINDS = [
  {},
  { protocolVersion: 4 as const },
  { reconnect: false as const },
  { acknowledge: 'manual' as const, operationTimeoutMs: 3_000 },
  { cleanStart: false, maximumInFlight: 2, resendIntervalMs: 20 },
  { sessionStore: true },
  { queue: { messages: 0 } },
];

async function live(life: RandomLife, kind: (typeof KINDS)[number], all: readonly Step[]) {
  const store = new CrashingStore();
  store.fails = (count) => count % 7 === 0;
  await life.begin({ ...kind, sessionStore: 'sessionStore' in kind ? store : undefined } as object);
  for (const one of all) await life.step(one);
}

describe('a client of random operations and faults', () => {
  it('settles every promise when it is closed, and leaves nothing behind', async () => {
    const property = fc.asyncProperty(steps, fc.nat(KINDS.length - 1), fc.boolean(), async (all, kind, isFlushing) => {
      const life = new RandomLife();
      await live(life, KINDS[kind]!, all);
      void life.client.close({ flush: isFlushing, timeoutMs: 500 });
      await life.stage.clock.advance(10_000);
      const pending = life.outcomes.filter(({ outcome }) => outcome.state === 'pending').map(({ name }) => name);
      expect(pending).toEqual([]);
      expect(life.client.state).toBe('closed');
      expect(life.stage.clock.scheduled).toBe(0);
      await life.stage.clock.advance(1e9);
      expect(life.stage.clock.scheduled).toBe(0);
    });
    await fc.assert(property, { numRuns: 120 });
  });

  it('recovers: when all is well again, it is connected, and everything that waits is settled', async () => {
    const kinds = KINDS.filter((kind) => !('reconnect' in kind));
    const property = fc.asyncProperty(steps, fc.nat(kinds.length - 1), async (all, kind) => {
      const life = new RandomLife();
      await live(life, kinds[kind]!, all);
      await life.step(['allIsWell', 0]);
      await life.stage.clock.advance(600_000);
      expect(life.client.state).toBe('connected');
      const probe = new Outcome(life.client.publish('probe', '', { qos: 1 }));
      await life.stage.clock.advance(5_000);
      expect(['resolved', 'STORE_FAILED']).toContain(probe.code ?? probe.state);
      const open = life.outcomes.filter(({ name, outcome }) => outcome.state === 'pending' && !isLasting(name));
      expect(open.map(({ name }) => name)).toEqual([]);
      expect(life.client.statistics).toMatchObject({ inFlight: 0, queuedMessages: 0 });
    });
    await fc.assert(property, { numRuns: 120 });
  });
});

/** What lasts as long as the client. */
function isLasting(name: string): boolean {
  return ['closed', 'status', 'events', 'a loop'].includes(name);
}

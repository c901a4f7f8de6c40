// Whatever a program does with an MSIP client, whatever the network does to it, and whenever it is closed: every promise
// settles, every loop ends, and nothing is left on the clock.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MsipClientOptions } from '../../src/msip-client/client-options.ts';
import { Outcome } from '../client/support/outcome.ts';
import { RandomLife, STEPS, type Step } from './support/random-life.ts';

const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 0, max: 30 }));
const steps = fc.array(step, { maxLength: 60, size: 'max' });

const KINDS: readonly MsipClientOptions[] = [
  {},
  { clientId: 'lamp', acknowledged: true, unclaimed: 2 },
  { autoReconnect: false },
  { pingInterval: 1_000, operationTimeoutMs: 3_000, acknowledgeTimeoutMs: 2_000 },
  { maximumInFlight: 2, reconnectDelay: 10, maxReconnectAttempts: 3, acknowledge: 'manual' },
  { queue: { messages: 0 }, acknowledgeTimeoutMs: 0 },
];

async function live(kind: MsipClientOptions, all: readonly Step[]): Promise<RandomLife> {
  const life = new RandomLife(kind);
  await life.step(['connect', 1]);
  for (const one of all) await life.step(one);
  return life;
}

describe('an MSIP client of random operations and faults', () => {
  it('settles every promise when it is closed, and leaves nothing behind', async () => {
    const property = fc.asyncProperty(steps, fc.nat(KINDS.length - 1), fc.boolean(), async (all, kind, isFlushing) => {
      const life = await live(KINDS[kind]!, all);
      const { client, stage, outcomes } = life;
      void client.disconnect({ flush: isFlushing, timeoutMs: 500 });
      await stage.clock.advance(10_000);
      expect(outcomes.filter(({ outcome }) => outcome.state === 'pending').map(({ name }) => name)).toEqual([]);
      expect(['closed', 'idle']).toContain(client.state);
      expect(stage.clock.scheduled).toBe(0);
      await stage.clock.advance(1e9);
      expect(stage.clock.scheduled).toBe(0);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('recovers: when all is well again, it can be connected, and everything that waits is settled', async () => {
    const property = fc.asyncProperty(steps, fc.nat(KINDS.length - 1), async (all, kind) => {
      const life = await live(KINDS[kind]!, all);
      const { client, stage, outcomes } = life;
      await life.step(['allIsWell', 0]);
      await stage.clock.advance(700_000); // half-open connections and their pings, and the last of the waits
      await life.step(['allIsWell', 0]);
      stage.links.at(-1)?.cut();
      await stage.settle();
      await stage.when(client.connect());
      const probe = new Outcome(client.publishAsync('probe', ''));
      await stage.clock.advance(5_000);
      const code = KINDS[kind]!.queue?.messages === 0 ? ['resolved', 'QUEUE_FULL', 'DROPPED'] : ['resolved'];
      expect(code).toContain(probe.code ?? probe.state);
      const open = outcomes.filter(({ name, outcome }) => outcome.state === 'pending' && !isLasting(name));
      expect(open.map(({ name }) => name)).toEqual([]);
      expect(client.statistics).toMatchObject({ inFlight: 0, queuedMessages: 0, queuedBytes: 0 });
      await stage.when(client.disconnect({ flush: false }));
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

/** What lasts as long as the client. */
function isLasting(name: string): boolean {
  return ['closed', 'status', 'a loop'].includes(name);
}

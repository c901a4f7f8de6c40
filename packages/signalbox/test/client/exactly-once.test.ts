// What was promised about messages holds over any failures of the network and any crashes of the program: QoS 1 at least
// once, QoS 2 exactly once, both in order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Dial } from '../../src/client/client-options.ts';
import { backOff, type ReconnectPolicy } from '../../src/client/reconnect.ts';
import { CrashingStore } from './support/crashing-store.ts';
import { Outcome } from './support/outcome.ts';
import { textOf } from './support/server-link.ts';
import { Stage } from './support/stage.ts';

const STEPS = [
  'publish',
  'burst',
  'post',
  'cut',
  'cutAfter',
  'halfOpen',
  'fill',
  'hold',
  'well',
  'wait',
  'crash',
] as const;
type Step = readonly [(typeof STEPS)[number], number];
const HELD = ['puback', 'pubrec', 'pubcomp', 'suback', 'pingresp'] as const;

interface Sent {
  readonly text: string;
  readonly outcome: Outcome<unknown>;
}

class Delivery {
  readonly stage = new Stage();
  readonly sent: { readonly [qos in 1 | 2]: Sent[] } = { 1: [], 2: [] };
  readonly posted: { readonly [qos in 1 | 2]: string[] } = { 1: [], 2: [] };
  readonly seen: string[] = [];
  #store: CrashingStore | undefined;
  #client!: Client;
  #count = 0;
  #life = 0;

  constructor(kind: 'with a store' | 'without') {
    if (kind === 'with a store') this.#store = new CrashingStore();
  }

  async begin(): Promise<void> {
    const policy = backOff({ longestMs: 2_000 });
    const reconnect: ReconnectPolicy = (context) => policy({ ...context, random: 0.5 });
    const life = ++this.#life;
    const dial: Dial = (url, given) => (life === this.#life ? this.stage.dial(url, given) : new Promise(() => {})); // dead
    const options = {
      dial,
      clientId: 'me',
      sessionStore: this.#store,
      keepAlive: 20,
      sessionExpiryInterval: 1e6,
      reconnect,
    };
    this.#client = await this.stage.connect({ ...options, awaitConnection: false, acknowledgeTimeoutMs: 10_000 });
    this.#client.subscribe('in', async ({ text }) => void this.seen.push(text)).catch(() => {});
  }

  async step([name, detail]: Step): Promise<void> {
    const { stage } = this;
    const isOpen = stage.links.length > 0 && stage.link.core.state === 'connected';
    const qos = (1 + (detail % 2)) as 1 | 2;
    if (name === 'publish') this.#publish(qos);
    else if (name === 'burst') for (let index = 0; index < detail; index++) this.#publish((1 + (index % 2)) as 1);
    else if (name === 'wait') await stage.clock.advance(detail * 400);
    else if (name === 'well') this.#allIsWell();
    else if (name === 'hold') stage.script.holds.add(HELD[detail % HELD.length]!);
    else if (name === 'crash') await this.#crash();
    else if (!isOpen) return;
    else if (name === 'post') this.#post(qos);
    else if (name === 'cut') stage.link.cut();
    else if (name === 'cutAfter') stage.link.transport.cutAfter = stage.link.transport.bytesWritten + detail * 3;
    else if (name === 'halfOpen') stage.link.transport.isHalfOpen = true;
    else stage.link.transport.isFull = true;
  }

  async end(): Promise<void> {
    this.#allIsWell();
    await this.stage.clock.advance(300_000);
  }

  /** Payloads of this QoS as the server took them as new, in order. */
  arrived(qos: 1 | 2): string[] {
    return this.stage.links.flatMap((link) =>
      link
        .of('publish')
        .filter((packet) => packet.qos === qos)
        .map(textOf),
    );
  }

  #publish(qos: 1 | 2): void {
    const text = `${qos}-${this.#count++}`;
    this.sent[qos].push({ text, outcome: new Outcome(this.#client.publish('out', text, { qos })) });
  }

  #post(qos: 1 | 2): void {
    if (this.stage.link.core.vacancy === 0) return;
    const text = `${qos}-${this.#count++}`;
    this.posted[qos].push(text);
    this.stage.link.post('in', text, { qos });
  }

  #allIsWell(): void {
    this.stage.script.holds.clear();
    if (this.stage.links.length > 0) this.stage.link.transport.drain();
  }

  async #crash(): Promise<void> {
    if (this.#store === undefined) return;
    if (this.stage.links.length > 0) this.stage.link.transport.crash();
    this.#store = this.#store.crash();
    await this.begin();
  }
}

const firsts = (texts: readonly string[]) => [...new Set(texts)];
const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 0, max: 20 })), {
  maxLength: 40,
  size: 'max',
});

describe('messages', () => {
  it('go out and come in as often as their QoS says, in order, whatever the network does', async () => {
    const property = fc.asyncProperty(steps, async (all) => {
      const delivery = new Delivery('without');
      await delivery.begin();
      for (const step of all) await delivery.step(step as Step);
      await delivery.end();
      for (const qos of [1, 2] as const) {
        const texts = delivery.sent[qos].map(({ text }) => text);
        expect(delivery.sent[qos].map(({ outcome }) => outcome.state)).toEqual(texts.map(() => 'resolved'));
        const arrived = delivery.arrived(qos);
        expect(qos === 2 ? arrived : firsts(arrived)).toEqual(texts);
        const seen = delivery.seen.filter((text) => text.startsWith(`${qos}`));
        expect(qos === 2 ? seen : firsts(seen)).toEqual(delivery.posted[qos]);
      }
      expect(delivery.stage.links.map(({ error }) => error).filter(isViolation)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 120 });
  });

  it('of a program with a session store go out as often as their QoS says, whenever it crashes', async () => {
    const property = fc.asyncProperty(steps, async (all) => {
      const delivery = new Delivery('with a store');
      await delivery.begin();
      for (const step of all) await delivery.step(step as Step);
      await delivery.end();
      for (const qos of [1, 2] as const) {
        const arrived = delivery.arrived(qos);
        if (qos === 2) expect(arrived).toEqual(firsts(arrived));
        const settled = delivery.sent[qos].flatMap(({ text, outcome }) => (outcome.state === 'resolved' ? [text] : []));
        expect(arrived).toEqual(expect.arrayContaining(settled));
        const seen = delivery.seen.filter((text) => text.startsWith(`${qos}`));
        expect(firsts(seen)).toEqual(delivery.posted[qos]);
      }
      expect(delivery.stage.links.map(({ error }) => error).filter(isViolation)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 120 });
  });
});

/** What the server's core found wrong with the client. */
function isViolation(error: { readonly code: string } | undefined): boolean {
  return error !== undefined && error.code !== 'KEEP_ALIVE_TIMEOUT';
}

// A client, a broker, and a network between them that fails at every byte of a dialogue: nothing that was acknowledged is
// lost, QoS 2 comes once, order holds, and every promise settles.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { Client } from '../../src/client/client.ts';
import type { ClientOptions } from '../../src/client/client-options.ts';
import { connect } from '../../src/client/index.ts';
import { type Fault, FaultyNetwork } from './faulty-network.ts';

let broker: Broker;
let network: FaultyNetwork;
/** Hears what the broker has, over a network that does not fail. */
let witness: Client;
const heard = new Map<string, string[]>();
let number = 0;

beforeAll(async () => {
  broker = new Broker({ systemTopicsIntervalMs: 0 });
  const { url } = await broker.listen('mqtt://127.0.0.1:0');
  network = await FaultyNetwork.before(Number(new URL(url).port));
  witness = await connect(url);
  await witness.subscribe('fault/#', ({ topicName, text }) => {
    heard.set(topicName, [...(heard.get(topicName) ?? []), text]);
  });
});

afterAll(async () => {
  await witness.close();
  await network.close();
  await broker.close();
});

interface Outcome {
  /** By QoS: what its publish() came to. */
  readonly published: readonly (string | undefined)[];
  readonly atBroker: readonly (readonly string[])[];
  readonly atClient: readonly string[];
}

/** Subscribes to its own messages, publishes two of each QoS, unsubscribes and goes; over one connection that fails. */
async function dialogue(fault: Fault, options: ClientOptions = {}): Promise<Outcome> {
  const topic = `fault/${++number}`;
  network.faults.length = 0;
  network.faults.push(fault);
  const client = await connect(network.url, {
    clientId: `faulty-${number}`,
    retryFirst: true,
    reconnect: () => 1,
    ...options,
  });
  const atClient: string[] = [];
  const subscription = await client.subscribe(`${topic}/#`, ({ topicName, text }) => {
    atClient.push(`${topicName.slice(topic.length + 1)} ${text}`);
  });
  const settled = await Promise.allSettled(
    ([0, 1, 2] as const).flatMap((qos) => ['a', 'b'].map((text) => client.publish(`${topic}/${qos}`, text, { qos }))),
  );
  // What was acknowledged to us is at the broker: the message behind all others is there when they are.
  await client.publish(`${topic}/end`, 'end', { qos: 1 });
  await until(() => heard.has(`${topic}/end`) && atClient.includes('end end'));
  await subscription.unsubscribe();
  await client.close();
  const codes = settled.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : undefined));
  return { published: codes, atBroker: [0, 1, 2].map((qos) => heard.get(`${topic}/${qos}`) ?? []), atClient };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** Without what came before: DUP of QoS 1 may bring a message again, in the order of the first time. */
const firsts = (texts: readonly string[]) => texts.filter((text, index) => texts.indexOf(text) === index);

function judge({ published, atBroker, atClient }: Outcome, where: string): void {
  const [zero, one, two] = atBroker as [string[], string[], string[]];
  expect(published.slice(0, 4), where).toEqual([undefined, undefined, undefined, undefined]);
  expect(zero.join(''), where).toMatch(/^a?b?$/); // QoS 0 may be lost, and is never doubled
  expect(firsts(one), where).toEqual(['a', 'b']);
  // Exactly once; only in 3.1.1, which has no session here, nobody knows of a message whose connection was lost.
  const certain = ['a', 'b'].filter((_, index) => published[4 + index] === undefined);
  for (const code of published.slice(4)) expect([undefined, 'SESSION_LOST'], where).toContain(code);
  expect(
    two.filter((text) => certain.includes(text)),
    where,
  ).toEqual(certain);
  expect(new Set(two).size, where).toBe(two.length);
  expect(new Set(atClient.filter((text) => text.startsWith('2 '))).size, where).toBe(
    atClient.filter((text) => text.startsWith('2 ')).length,
  );
}

describe('a connection that is cut', () => {
  it.each([5, 4] as const)(
    'after each byte of a dialogue, in version %s',
    async (protocolVersion) => {
      for (let cutAfter = 1; ; cutAfter++) {
        const before = network.connections;
        const outcome = await dialogue({ cutAfter }, { protocolVersion });
        judge(outcome, `cut after byte ${cutAfter}`);
        if (protocolVersion === 5) expect(outcome.published, `${cutAfter}`).toEqual(new Array(6).fill(undefined));
        if (network.connections === before + 1) {
          expect(cutAfter).toBeGreaterThan(200); // the dialogue was longer than that
          break;
        }
      }
    },
    120_000,
  );

  it('again and again, at places that move on', async () => {
    for (let step = 7; step < 60; step += 9) {
      network.faults.length = 0;
      const faults = Array.from({ length: 12 }, (_, index) => ({ cutAfter: 60 + step * index }));
      const outcome = dialogue(faults[0]!);
      network.faults.push(...faults.slice(1));
      judge(await outcome, `steps of ${step}`);
    }
  });
});

describe('a connection that', () => {
  it('comes in drops of a few bytes brings everything', async () => {
    for (const pieceSize of [1, 2, 3, 7]) {
      const before = network.connections;
      const outcome = await dialogue({ pieceSize });
      expect(outcome.published).toEqual(new Array(6).fill(undefined));
      expect(outcome.atBroker).toEqual([
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b'],
      ]);
      expect(network.connections).toBe(before + 1);
    }
  });

  it('stands still for a while is waited for', async () => {
    const before = network.connections;
    const outcome = await dialogue({ holdMs: 300 });
    expect(outcome.atBroker).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(network.connections).toBe(before + 1);
  });

  it('goes silent without a word is noticed, wherever it does', async () => {
    // One after the other: a client that hears nothing for a second gives the connection up.
    for (const silentAfter of [10, 60, 150, 260]) {
      const outcome = await dialogue({ silentAfter }, { keepAlive: 1, connectTimeoutMs: 500 });
      judge(outcome, `silent after byte ${silentAfter}`);
    }
  }, 60_000);

  it('answers only after the next one has been made does not drive its own client away', async () => {
    const outcome = await dialogue({ holdMs: 400 }, { connectTimeoutMs: 150 });
    judge(outcome, 'the first CONNECT comes last');
  });
});

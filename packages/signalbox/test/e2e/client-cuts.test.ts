// A client with a session, and a network that fails at every byte of what it sends, and of what it gets: what others publish
// arrives, and what it publishes itself, once at QoS 2 and in order; over TCP, TLS and WebSocket.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { Client } from '../../src/client/client.ts';
import type { ClientOptions } from '../../src/client/client-options.ts';
import { connect } from '../../src/client/index.ts';
import { memorySessionStore } from '../../src/client/store/memory-session-store.ts';
import { type Fault, FaultyNetwork } from './faulty-network.ts';

const CERTIFICATES = join(import.meta.dirname, '../support/certificates');
const certificate = (name: string) => readFileSync(join(CERTIFICATES, name));

type Scheme = 'mqtt' | 'mqtts' | 'ws';
let broker: Broker;
const networks = new Map<Scheme, FaultyNetwork>();
/** Publishes to the client and hears what the client publishes, over a network that does not fail. */
let witness: Client;
const heard = new Map<string, string[]>();
let number = 0;

beforeAll(async () => {
  broker = new Broker({ systemTopicsIntervalMs: 0 });
  const tls = { cert: certificate('server.crt'), key: certificate('server.key') };
  for (const url of ['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt']) {
    const listener = await broker.listen(url, { tls });
    const { port, protocol } = new URL(listener.url);
    networks.set(protocol.slice(0, -1) as Scheme, await FaultyNetwork.before(Number(port)));
    if (protocol === 'mqtt:') witness = await connect(listener.url);
  }
  await witness.subscribe('cuts/+/out/#', ({ topicName, text }) => {
    heard.set(topicName, [...(heard.get(topicName) ?? []), text]);
  });
});

afterAll(async () => {
  await witness.close();
  for (const network of networks.values()) await network.close();
  await broker.close();
});

interface Outcome {
  readonly out: Readonly<Record<1 | 2, readonly string[]>>;
  readonly in: Readonly<Record<1 | 2, readonly string[]>>;
  /** How many connections it took. */
  readonly connections: number;
}

/** Two messages of QoS 1 and of QoS 2 each way; every promise of it has to be kept. */
async function dialogue(
  faults: readonly Fault[],
  options: ClientOptions = {},
  scheme: Scheme = 'mqtt',
): Promise<Outcome> {
  const network = networks.get(scheme)!;
  const topic = `cuts/${++number}`;
  const before = network.connections;
  network.faults.splice(0, Infinity, ...faults);
  const client = await connect(network.url.replace('mqtt:', `${scheme}:`) + (scheme === 'ws' ? '/mqtt' : ''), {
    clientId: `cut-${number}`,
    cleanStart: false,
    sessionExpiryInterval: 60,
    retryFirst: true,
    reconnect: () => 1,
    transport: { tls: { ca: certificate('ca.crt') } },
    ...options,
  });
  const got = new Map<string, string[]>();
  let whenLast: () => void = () => {};
  const last = new Promise<void>((resolve) => {
    whenLast = resolve;
  });
  const subscription = await client.subscribe(`${topic}/in/#`, ({ topicName, text }) => {
    got.set(topicName, [...(got.get(topicName) ?? []), text]);
    if (text === 'last') whenLast();
  });
  const publishing = ([1, 2] as const).flatMap((qos) =>
    ['a', 'b'].flatMap((text) => [
      witness.publish(`${topic}/in/${qos}`, text, { qos }),
      client.publish(`${topic}/out/${qos}`, text, { qos }),
    ]),
  );
  await Promise.all(publishing);
  await witness.publish(`${topic}/in/2`, 'last', { qos: 2 });
  await last;
  await subscription.unsubscribe();
  await client.close();
  const lists = (where: ReadonlyMap<string, string[]>, way: string) => ({
    1: where.get(`${topic}/${way}/1`) ?? [],
    2: where.get(`${topic}/${way}/2`) ?? [],
  });
  return { out: lists(heard, 'out'), in: lists(got, 'in'), connections: network.connections - before };
}

const firsts = (texts: readonly string[]) => texts.filter((text, index) => texts.indexOf(text) === index);

function judge({ out, in: inwards }: Outcome, where: string): void {
  expect([firsts(out[1]), firsts(inwards[1])], where).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect([out[2], inwards[2]], where).toEqual([
    ['a', 'b'],
    ['a', 'b', 'last'],
  ]);
}

/** Cut after 1 byte, 1 + step, … until the dialogue is through before the cut. */
async function forEachCut(
  direction: 'cutAfterSent' | 'cutAfterReceived' | 'cutAfter',
  step: number,
  run: (fault: Fault) => Promise<Outcome>,
): Promise<number> {
  for (let bytes = 1; ; bytes += step) {
    const outcome = await run({ [direction]: bytes });
    judge(outcome, `${direction} ${bytes}`);
    if (outcome.connections === 1) return bytes;
  }
}

describe.each([5, 4] as const)('a connection that is cut, in version %s', (protocolVersion) => {
  it('after each byte that is sent, and after each that is received', async () => {
    const run = (fault: Fault) => dialogue([fault], { protocolVersion });
    expect(await forEachCut('cutAfterSent', 1, run)).toBeGreaterThan(120);
    expect(await forEachCut('cutAfterReceived', 1, run)).toBeGreaterThan(120);
  }, 60_000);

  it('with everything kept in a store before it is sent', async () => {
    const run = (fault: Fault) => dialogue([fault], { protocolVersion, sessionStore: memorySessionStore() });
    expect(await forEachCut('cutAfter', 2, run)).toBeGreaterThan(250);
  }, 60_000);
});

it.each([
  ['ws', 5],
  ['mqtts', 41],
] as const)(
  'a connection over %s that is cut, the handshake included',
  async (scheme, step) => {
    const run = (fault: Fault) => dialogue([fault], {}, scheme);
    expect(await forEachCut('cutAfter', step, run)).toBeGreaterThan(500);
  },
  60_000,
);

describe('a server that', () => {
  it('accepts connections and closes them is tried until it is itself again', async () => {
    const outcome = await dialogue(Array.from({ length: 5 }, () => ({ isRefused: true })));
    judge(outcome, 'refused');
    expect(outcome.connections).toBe(6);
  });

  it('fails in another way each time', async () => {
    const faults = [{ isRefused: true }, { cutAfterSent: 40 }, { isRefused: true }, { cutAfterReceived: 30 }];
    judge(await dialogue([...faults, { pieceSize: 3, cutAfter: 150 }, { cutAfter: 200 }]), 'mixed');
  });

  it('takes little at a time is not overrun: large messages wait, and come in order', async () => {
    const network = networks.get('mqtt')!;
    network.faults.splice(0, Infinity, { bytesPerTurn: 40_000 });
    const client = await connect(network.url);
    const topicName = `cuts/${++number}/out/large`;
    const large = 'x'.repeat(1_000_000);
    const source = Array.from({ length: 24 }, (_, index) => ({
      topicName,
      payload: `${index}${large}`,
      qos: 1 as const,
    }));
    const published = client.publishStream(source);
    let most = 0;
    const end = published.then(() => true);
    const turn = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
    while (!(await Promise.race([end, turn()]))) most = Math.max(most, client.statistics.queuedMessages);
    expect(await published).toEqual({ published: 24, failed: 0 });
    expect(most).toBeGreaterThan(0); // the line was full
    await expect.poll(() => heard.get(topicName)?.length).toBe(24);
    expect(heard.get(topicName)!.map((text) => Number.parseInt(text, 10))).toEqual(source.map((_, index) => index));
    await client.close();
  });
});

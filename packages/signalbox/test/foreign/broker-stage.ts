// The same tests with every broker there is here, in every version of MQTT it speaks. A test a broker cannot pass is left
// out, and the reason told.

import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { ClientOptions } from '../../src/client/client-options.ts';
import { connect } from '../../src/client/index.ts';
import type { Message } from '../../src/client/receiving/message.ts';
import type { SubscribeOptions } from '../../src/client/receiving/subscription.ts';
import { connect as dial } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { BROKERS } from './brokers/index.ts';
import { type Ability, CA, type KnownBroker, type RunningBroker, type Scheme } from './brokers/known-broker.ts';

let number = 0;
/** Brokers outlive their tests: topics and clients do not meet. */
export const unique = (name: string) => `${name}-${process.pid}-${++number}`;

export interface Collected {
  readonly messages: Message[];
  /** Resolves when there are as many as were to come. */
  readonly all: Promise<void>;
}

export class BrokerStage {
  readonly known: KnownBroker;
  readonly version: 4 | 5;
  broker!: RunningBroker;

  constructor(known: KnownBroker, version: 4 | 5) {
    this.known = known;
    this.version = version;
  }

  /** What the broker does not do, in words; undefined: it does. */
  lack(ability: Ability): string | undefined {
    const { lacks, lacksIn5 } = this.known;
    return lacks[ability] ?? (this.version === 5 ? lacksIn5?.[ability] : undefined);
  }

  /** A test for brokers with this ability. */
  whereAble(ability: Ability, name: string, test: () => Promise<void>): void {
    const reason = this.lack(ability);
    if (reason === undefined) it(name, test);
    else process.stderr.write(`left out with ${this.known.name}, version ${this.version}: ${name}: ${reason}\n`);
  }

  /** A client of the broker, until the end of the test. */
  async client(options: ClientOptions = {}, scheme: Scheme = 'mqtt'): Promise<Client> {
    const tls = { transport: { tls: { ca: CA } } };
    const made = await connect(this.broker.urls[scheme]!, { protocolVersion: this.version, ...tls, ...options });
    onTestFinished(() => made.close({ flush: false }));
    return made;
  }

  /** The same, and how to cut its connection. */
  async fragileClient(options: ClientOptions = {}): Promise<{ client: Client; cut: () => void }> {
    let transport: Transport | undefined;
    const client = await this.client({
      ...options,
      dial: async (url, dialOptions) => {
        transport = await dial(url, dialOptions);
        return transport;
      },
    });
    return { client, cut: () => transport?.destroy() };
  }
}

/** Of what comes to the subscriber, `count` messages, and whatever follows. */
export async function collect(
  subscriber: Client,
  topicFilter: string,
  { count, ...options }: SubscribeOptions & { readonly count: number },
): Promise<Collected> {
  const messages: Message[] = [];
  let whenAll: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    whenAll = resolve;
  });
  const take = (message: Message): void => {
    messages.push(message);
    if (messages.length === count) whenAll();
  };
  await subscriber.subscribe(topicFilter, take, options);
  return { messages, all };
}

export const texts = (messages: readonly Message[]) => messages.map(({ text }) => text);

export function withEachBroker(tests: (stage: BrokerStage) => void, versions: readonly number[] = [4, 5]): void {
  for (const known of BROKERS) {
    const stages = known.versions
      .filter((version) => versions.includes(version))
      .map((version) => new BrokerStage(known, version));
    if (stages.length === 0) continue;
    describe(`with ${known.name}`, () => {
      let broker: RunningBroker;
      beforeAll(async () => {
        broker = await known.start();
        for (const stage of stages) stage.broker = broker;
      }, 60_000);
      afterAll(() => broker.close());
      for (const stage of stages) describe(`in version ${stage.version}`, () => tests(stage));
    });
  }
}

// Payloads that a program keeps are its own, whichever memory their sockets read into, and however many messages follow.

import { afterEach, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { type Client, connect } from '../../src/client/index.ts';
import { MsipClient } from '../../src/msip-client/index.ts';

describe('messages that a program keeps', () => {
  const opened: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  type Take = (message: { readonly payload: Uint8Array }) => void;
  /** Who subscribes to `a`. */
  const SUBSCRIBERS = {
    mqtt: async (url: string, take: Take): Promise<void> => {
      const client = await connect(url);
      opened.push(client);
      await client.subscribe('a', take);
    },
    msip: async (url: string, take: Take): Promise<void> => {
      const client = new MsipClient({ url, clientId: 'keeper', acknowledged: true });
      opened.push({ close: () => client.disconnect() });
      await client.connect();
      await client.subscribeAsync('a', take);
    },
  } as const;

  /** Answers who publishes. */
  async function meet(protocol: keyof typeof SUBSCRIBERS, take: Take): Promise<Client> {
    const broker = new Broker({ limits: { queuedMessages: 10_000, queuedBytes: 2 ** 30 } });
    opened.push(broker);
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    const publisher = await connect(url);
    opened.push(publisher);
    await SUBSCRIBERS[protocol]((await broker.listen(`${protocol}://127.0.0.1:0`)).url, take);
    return publisher;
  }

  /** Bytes that tell by themselves whether they are whole. */
  const payloadOf = (index: number, size: number): Uint8Array => new Uint8Array(size).fill(index % 251);

  const SIZES = [
    ['small', [0, 1, 64, 65, 200]],
    ['of the size that is shared', [1_023, 1_024, 1_025, 2_048, 5_000]],
    ['larger than a read', [60_000, 65_537, 300_000]],
    ['of every size', [0, 10, 100, 1_000, 1_100, 10_000, 100_000]],
  ] as const;
  const CASES = SIZES.flatMap(([name, sizes]) =>
    (['mqtt', 'msip'] as const).map((protocol) => ({ protocol, name, sizes })),
  );

  it.each(CASES)('stay as they came while thousands follow: $protocol, $name', async ({ protocol, sizes }) => {
    const all: Uint8Array[] = [];
    let whenAll = (): void => {};
    const count = sizes.includes(300_000 as never) ? 300 : 3_000;
    const done = new Promise<void>((resolve) => (whenAll = resolve));
    const publisher = await meet(protocol, ({ payload }) => {
      if (all.push(payload) === count) whenAll();
    });
    for (let index = 0; index < count; index++) {
      await publisher.ready();
      void publisher.publish('a', payloadOf(index, sizes[index % sizes.length]!), { qos: 1 });
    }
    await done;
    for (const [index, payload] of all.entries())
      expect(Buffer.compare(payload, payloadOf(index, sizes[index % sizes.length]!))).toBe(0);
    all[1]!.fill(255); // and they do not share bytes
    for (const index of [0, 2])
      expect(Buffer.compare(all[index]!, payloadOf(index, sizes[index % sizes.length]!))).toBe(0);
  });
});

// Our client with every broker: what outlives a connection, what ends one, and what is refused.
import { expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { RefusedError } from '../../src/client/client-errors.ts';
import { collect, texts, unique, withEachBroker } from './broker-stage.ts';
import { FORBIDDEN, REFUSED_USER } from './brokers/known-broker.ts';

/** Until so many answers to pings have come. */
async function pings(client: Client, count: number): Promise<void> {
  let seen = 0;
  for await (const event of client.events())
    if (event.kind === 'packet' && event.type === 'pingresp' && ++seen === count) return;
}

withEachBroker((stage) => {
  const client = stage.client.bind(stage);
  const is5 = stage.version === 5;

  stage.whereAble('sessions', 'a session goes on: what came meanwhile is delivered, in order and once', async () => {
    const topic = unique('session');
    const options = { clientId: unique('s'), cleanStart: false, sessionExpiryInterval: 60 };
    const first = await client(options);
    await first.subscribe(topic, () => {});
    await first.close();
    const publisher = await client();
    for (const [index, qos] of ([1, 2, 1, 2] as const).entries()) await publisher.publish(topic, `${index}`, { qos });
    const second = await client(options);
    expect(second.connack?.sessionPresent).toBe(true);
    const { messages, all } = await collect(second, topic, { count: 4 });
    await all;
    expect(texts(messages)).toEqual(['0', '1', '2', '3']);
    await second.publish(topic, '4', { qos: 1 }); // behind all others
    await expect.poll(() => texts(messages)).toEqual(['0', '1', '2', '3', '4']);
    await second.close();
    const third = await client({ ...options, cleanStart: true });
    expect(third.connack?.sessionPresent).toBe(false);
  });

  stage.whereAble('exactly once', 'connections that are cut lose nothing, and double nothing of QoS 2', async () => {
    const topic = unique('cut');
    const options = { clientId: unique('c'), cleanStart: false, sessionExpiryInterval: 60, reconnect: () => 1 };
    const { client: one, cut } = await stage.fragileClient(options);
    const { messages, all } = await collect(one, topic, { count: 300 });
    const sent = Array.from({ length: 300 }, (_, index) => String(index));
    const published = Promise.all(sent.map((text) => one.publish(topic, text, { qos: 2 })));
    for (const after of [20, 100, 200]) {
      await expect.poll(() => messages.length, { interval: 1 }).toBeGreaterThan(after);
      cut();
    }
    await published;
    await all;
    expect(texts(messages)).toEqual(sent);
  });

  stage.whereAble('takeover', 'who takes a session over ends the other one for good', async () => {
    const clientId = unique('taken');
    const isTold = is5 && stage.lack('takeover told') === undefined;
    const first = await client({ clientId, ...(isTold ? {} : { reconnect: false }) });
    await client({ clientId });
    const error = await first.closed;
    expect(error).toBeInstanceOf(Error);
    if (isTold) expect(error).toMatchObject({ code: 'SESSION_TAKEN_OVER' });
  });

  it('a line on which nothing is said is kept open by pings', async () => {
    const one = await client({ keepAlive: 1, reconnect: false });
    await pings(one, 2);
    expect(one.isConnected).toBe(true);
    await one.publish(unique('after'), '', { qos: 1 });
  });

  stage.whereAble('admits as configured', 'a user that is not admitted is refused, with the reason', async () => {
    const refused = client({ username: REFUSED_USER, password: 'wrong' });
    await expect(refused).rejects.toBeInstanceOf(RefusedError);
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED' });
    const error: unknown = await refused.catch((reason: unknown) => reason);
    expect(is5 ? [0x86, 0x87] : [4, 5]).toContain((error as RefusedError).reasonCode);
  });

  stage.whereAble(
    'refuses subscriptions',
    'a subscription that is not allowed is refused, those beside it are not',
    async () => {
      const one = await client();
      await expect(one.subscribe(`${FORBIDDEN}/a`)).rejects.toBeInstanceOf(RefusedError);
      const topic = unique('allowed');
      const both = await one.subscribe([`${FORBIDDEN}/b`, topic], { qos: 1 });
      expect(both.reasonCodes[0]).toBeGreaterThanOrEqual(0x80);
      expect(both.reasonCodes[1]).toBe(1);
      await one.publish(topic, 'yes', { qos: 1 });
      expect((await both[Symbol.asyncIterator]().next()).value?.text).toBe('yes');
    },
  );
});

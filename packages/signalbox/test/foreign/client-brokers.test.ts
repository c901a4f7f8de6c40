// Our client with brokers that others wrote, and with ours: messages over TCP, TLS and WebSocket, in 3.1.1 and 5.0.
import { expect, it } from 'vitest';
import { collect, texts, unique, withEachBroker } from './broker-stage.ts';

const SCHEMES = ['mqtt', 'mqtts', 'ws'] as const;

withEachBroker((stage) => {
  const client = stage.client.bind(stage);
  const { many = 10_000 } = stage.known;

  for (const scheme of SCHEMES) {
    stage.whereAble('published QoS', `every QoS over ${scheme}`, async () => {
      if (stage.broker.urls[scheme] === undefined) return; // Moquette has no TLS here
      const topic = unique('qos');
      const one = await client({}, scheme);
      const { messages, all } = await collect(one, `${topic}/#`, { count: 3 });
      for (const qos of [0, 1, 2] as const) await one.publish(`${topic}/${qos}`, `m${qos}`, { qos });
      await all;
      expect(messages.map(({ topicName, text, qos }) => [topicName, text, qos]).sort()).toEqual(
        [0, 1, 2].map((qos) => [`${topic}/${qos}`, `m${qos}`, qos]),
      );
    });

    const ability = scheme === 'ws' ? 'large over WebSocket' : 'large messages';
    stage.whereAble(ability, `a megabyte over ${scheme}, byte for byte`, async () => {
      if (stage.broker.urls[scheme] === undefined) return;
      const topic = unique('large');
      const one = await client({}, scheme);
      const { messages, all } = await collect(one, topic, { count: 3 });
      const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index ^ (index >> 8));
      for (const qos of [0, 1, 2] as const) await one.publish(topic, payload, { qos });
      await all;
      for (const message of messages) expect(Buffer.compare(message.payload, payload)).toBe(0);
    });
  }

  it('a subscription of a lower QoS gets that', async () => {
    const topic = unique('lower');
    const one = await client();
    const zero = await collect(one, `${topic}/0`, { count: 1, qos: 0 });
    const first = await collect(one, `${topic}/1`, { count: 1, qos: 1 });
    await one.publish(`${topic}/0`, '', { qos: 2 });
    await one.publish(`${topic}/1`, '', { qos: 2 });
    await Promise.all([zero.all, first.all]);
    expect([zero.messages[0]!.qos, first.messages[0]!.qos]).toEqual([0, 1]);
  });

  for (const qos of [1, 2] as const) {
    stage.whereAble('order', `${many} messages of QoS ${qos} in order, none lost, none twice`, async () => {
      const topicName = unique('many');
      const [publisher, subscriber] = [await client(), await client()];
      const { messages, all } = await collect(subscriber, topicName, { count: many });
      const source = Array.from({ length: many }, (_, index) => ({ topicName, payload: String(index), qos }));
      expect(await publisher.publishStream(source)).toEqual({ published: many, failed: 0 });
      await all;
      expect(texts(messages)).toEqual(source.map(({ payload }) => payload));
    });
  }

  stage.whereAble('retain flag', 'retained messages, the newest, and their end', async () => {
    const topic = unique('retained');
    const one = await client();
    await one.publish(`${topic}/a`, 'old', { qos: 1, retain: true });
    await one.publish(`${topic}/a`, 'new', { qos: 1, retain: true });
    const { messages, all } = await collect(await client(), `${topic}/+`, { count: 1 });
    await all;
    expect(messages.map(({ text, retain }) => [text, retain])).toEqual([['new', true]]);
    await one.publish(`${topic}/a`, '', { qos: 1, retain: true });
    const later = await collect(await client(), `${topic}/+`, { count: 1 });
    await one.publish(`${topic}/b`, 'live', { qos: 1 });
    await later.all;
    expect(later.messages.map(({ text, retain }) => [text, retain])).toEqual([['live', false]]);
  });

  it('wildcards', async () => {
    const topic = unique('wild');
    const one = await client();
    const single = await collect(one, `${topic}/+/x`, { count: 2 });
    const multi = await collect(await client(), `${topic}/#`, { count: 4 });
    for (const tail of ['/a/x', '/b/x', '/a/b/x', '']) await one.publish(topic + tail, tail, { qos: 1 });
    await Promise.all([single.all, multi.all]);
    expect(texts(single.messages)).toEqual(['/a/x', '/b/x']);
    expect(texts(multi.messages)).toEqual(['/a/x', '/b/x', '/a/b/x', '']);
  });

  it('topics and payloads of every script', async () => {
    const topic = `${unique('text')}/übung/日本/😀`;
    const one = await client();
    const { messages, all } = await collect(one, topic, { count: 1 });
    await one.publish(topic, '😀 naïve', { qos: 1 });
    await all;
    expect(messages.map(({ topicName, text }) => [topicName, text])).toEqual([[topic, '😀 naïve']]);
  });

  it('a filter that is ended brings nothing more', async () => {
    const topic = unique('ended');
    const one = await client();
    const { messages } = await collect(one, topic, { count: 1 });
    const other = await collect(one, `${topic}/x`, { count: 1 });
    await one.unsubscribe(topic);
    await one.publish(topic, 'no', { qos: 1 });
    await one.publish(`${topic}/x`, 'yes', { qos: 1 });
    await other.all;
    expect(texts(messages)).toEqual([]);
  });

  stage.whereAble('shared', 'members of a shared subscription share', async () => {
    const topic = unique('shared');
    const members = [await client(), await client()];
    let whenAll: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      whenAll = resolve;
    });
    const seen: string[][] = [[], []];
    for (const [index, member] of members.entries()) {
      await member.subscribe(`$share/${topic}/${topic}`, ({ text }) => {
        seen[index]!.push(text);
        if (seen[0]!.length + seen[1]!.length === 100) whenAll();
      });
    }
    const publisher = await client();
    const sent = Array.from({ length: 100 }, (_, index) => String(index));
    await Promise.all(sent.map((text) => publisher.publish(topic, text, { qos: 1 })));
    await all;
    expect(seen.flat().sort()).toEqual(sent.toSorted());
    expect(Math.min(seen[0]!.length, seen[1]!.length)).toBeGreaterThan(0);
  });

  stage.whereAble('wills', 'a will when a client is lost, and none when it leaves', async () => {
    const topic = unique('will');
    const { messages, all } = await collect(await client(), `${topic}/#`, { count: 1 });
    const polite = await client({ will: { topicName: `${topic}/polite`, payload: 'no', qos: 1 } });
    await polite.close();
    const { cut } = await stage.fragileClient({
      will: { topicName: `${topic}/lost`, payload: 'gone', qos: 1 },
      reconnect: false,
    });
    cut();
    await all;
    expect(messages.map(({ topicName, text }) => [topicName, text])).toEqual([[`${topic}/lost`, 'gone']]);
  });
});

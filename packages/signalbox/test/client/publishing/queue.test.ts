// The queue of messages that wait for a connection: its limits, its policies, and how long a message may wait.
import { describe, expect, it } from 'vitest';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

const codes = (outcomes: readonly Outcome<unknown>[]) => outcomes.map(({ state, code }) => code ?? state);

describe('the outgoing queue', () => {
  it('takes a burst of 20,000 messages without a connection, and sends all of them in order', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const all = outcomesOf(Array.from({ length: 20_000 }, (_, n) => client.publish('a', String(n), { qos: 1 })));
    expect(client.statistics.queuedMessages).toBe(20_000);
    await stage.online(client);
    expect(all.every(({ state }) => state === 'resolved')).toBe(true);
    expect(stage.link.messages).toEqual(all.map((_, index) => String(index)));
    expect(client.statistics).toMatchObject({ queuedMessages: 0, queuedBytes: 0, inFlight: 0 });
  });

  it('of no room at all keeps nothing, and nobody waits for room in it', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 0 } });
    const refused = new Outcome(client.publish('a', '', { qos: 1 }));
    await stage.when(client.ready());
    expect(refused.code).toBe('QUEUE_FULL');
    await stage.online(client);
    await stage.when(client.ready());
    expect(await stage.when(client.publishStream([{ topicName: 'a', qos: 1 }]))).toEqual({ published: 1, failed: 0 });
  });

  it('refuses what does not fit, tells, and counts', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 2 } });
    const all = outcomesOf(['1', '2', '3'].map((text) => client.publish('a', text, { qos: 1 })));
    await stage.settle();
    expect(codes(all)).toEqual(['pending', 'pending', 'QUEUE_FULL']);
    expect(client.statistics.droppedOutgoing).toBe(1);
    await stage.online(client);
    expect(stage.link.messages).toEqual(['1', '2']);
  });

  it('drops the oldest when told so', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 2, policy: 'drop-oldest' } });
    const all = outcomesOf(['1', '2', '3', '4'].map((text) => client.publish('a', text, { qos: 1 })));
    await stage.settle();
    expect(codes(all)).toEqual(['DROPPED', 'DROPPED', 'pending', 'pending']);
    expect(client.statistics.droppedOutgoing).toBe(2);
    await stage.online(client);
    expect(stage.link.messages).toEqual(['3', '4']);
  });

  it('drops the newest when told so', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 1, policy: 'drop-newest' } });
    const all = outcomesOf(['1', '2'].map((text) => client.publish('a', text)));
    await stage.settle();
    expect(codes(all)).toEqual(['pending', 'DROPPED']);
  });

  it('has a limit of bytes, of UTF-8 and with properties', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { bytes: 1_000 } });
    const [fits, text, properties] = outcomesOf([
      client.publish('a', new Uint8Array(500)),
      client.publish('a', '€'.repeat(300)),
      client.publish('a', '', { properties: { userProperties: [['k', 'v'.repeat(900)]] } }),
    ]);
    await stage.settle();
    expect(codes([fits!, text!, properties!])).toEqual(['pending', 'QUEUE_FULL', 'QUEUE_FULL']);
  });

  it('gives one up that is larger than the whole queue, and nothing for it', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { bytes: 100, policy: 'drop-oldest' } });
    const all = outcomesOf([client.publish('a', 'small'), client.publish('a', new Uint8Array(200))]);
    await stage.settle();
    expect(codes(all)).toEqual(['pending', 'DROPPED']);
  });

  it('counts every message that is pushed out once', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { bytes: 100, policy: 'drop-oldest' } });
    const all = outcomesOf([10, 10, 10, 95].map((size) => client.publish('a', new Uint8Array(size))));
    await stage.settle();
    expect(codes(all)).toEqual(['DROPPED', 'DROPPED', 'DROPPED', 'pending']);
    expect(client.statistics.droppedOutgoing).toBe(3);
  });

  it.each([{}, { timeoutMs: 1e6 }])('keeps no QoS 0 when told so, however it is published: %o', async (options) => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { qos0: false } });
    const [qos0, qos1] = outcomesOf([
      client.publish('a', 'x', options),
      client.publish('a', 'y', { qos: 1, ...options }),
    ]);
    await stage.settle();
    expect([qos0!.code, qos1!.state]).toEqual(['CONNECTION_LOST', 'pending']);
  });

  it('gives up what has waited longer than it may, when its time has come', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { ageMs: 5_000 }, reconnect: () => 1e9 });
    const old = new Outcome(client.publish('a', 'old', { qos: 1 }));
    await stage.clock.advance(3_000);
    const young = new Outcome(client.publish('a', 'young', { qos: 1 }));
    await stage.clock.advance(2_000);
    expect([old.code, young.state]).toEqual(['EXPIRED', 'pending']);
    await stage.online(client);
    expect(stage.link.messages).toEqual(['young']);
    await stage.when(client.close());
    expect(stage.clock.scheduled).toBe(0);
  });
});

describe('Message Expiry', () => {
  it('counts while a message is queued', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const properties = { messageExpiryInterval: 10 };
    const short = new Outcome(client.publish('a', 'short', { qos: 1, properties: { messageExpiryInterval: 2 } }));
    const long = new Outcome(client.publish('a', 'long', { properties }));
    await stage.clock.advance(4_000);
    await stage.online(client);
    expect(short.code).toBe('EXPIRED');
    expect(long.state).toBe('resolved');
    expect(stage.link.of('publish').map((packet) => packet.properties.messageExpiryInterval)).toEqual([6]);
  });

  it('counts while a message is repeated at QoS 1', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos: 1, properties: { messageExpiryInterval: 10 } }));
    await stage.clock.advance(3_000);
    await stage.interrupt(client);
    expect(stage.link.of('publish')[0]!.properties.messageExpiryInterval).toBe(7);
    await stage.clock.advance(8_000);
    await stage.interrupt(client);
    expect(published.code).toBe('EXPIRED');
  });

  it('does not break off an exchange of QoS 2 that has begun: its identifier would be taken for a new message', async () => {
    const stage = new Stage();
    stage.script.holds.add('pubrec');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos: 2, properties: { messageExpiryInterval: 1 } }));
    await stage.clock.advance(5_000);
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(stage.link.of('pubrel').length).toBe(1);
    expect(published.value).toEqual({ reasonCode: 0 });
  });
});

// publish(): when its promise settles and with what.
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src/client/client-errors.ts';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

describe('publish', () => {
  it.each([
    [0, undefined],
    [1, 'puback'],
    [2, 'pubcomp'],
  ] as const)('at QoS %s resolves with the end of the handshake', async (qos, held) => {
    const stage = new Stage();
    if (held !== undefined) stage.script.holds.add(held);
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos }));
    await stage.settle();
    expect(published.state).toBe(held === undefined ? 'resolved' : 'pending');
    stage.link.answer();
    await stage.settle();
    expect(published.value).toEqual({ reasonCode: 0 });
    expect(stage.link.messages).toEqual(['x']);
  });

  it.each([1, 2] as const)('at QoS %s resolves with 0x10: nobody wanted it', async (qos) => {
    const stage = new Stage();
    stage.script.reasonCodeOf = () => 0x10;
    const client = await stage.connect();
    const { reasonCode } = await stage.when(client.publish('a', 'x', { qos }));
    expect(reasonCode).toBe(0x10);
  });

  it.each([1, 2] as const)('at QoS %s rejects with RefusedError when the server refuses', async (qos) => {
    const stage = new Stage();
    stage.script.reasonCodeOf = () => 0x87;
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos }));
    await stage.settle();
    expect(published.error).toBeInstanceOf(RefusedError);
    expect(published.error).toMatchObject({ reasonCode: 0x87 });
    expect(client.statistics.inFlight).toBe(0);
  });

  it('rejects what no server could take, and the connection lives on', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const bad = outcomesOf([
      client.publish('a/#', ''),
      client.publish('', ''),
      client.publish('a\u0000', '', { qos: 1 }),
      client.publish('a', '', { qos: 3 as 2 }),
      client.publish('a', '', { properties: { responseTopic: '+' } }),
    ]);
    await stage.settle();
    expect(bad.map(({ error }) => error?.name)).toEqual(bad.map(() => 'UsageError'));
    expect(client.isConnected).toBe(true);
    expect(client.statistics.inFlight + client.statistics.queuedMessages).toBe(0);
  });

  it('rejects the same without a connection, at once', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: {} }); // without, a page has nothing yet that could tell
    const bad = new Outcome(client.publish('a/#', '', { qos: 1 }));
    await stage.settle();
    expect(bad.error?.name).toBe('UsageError');
  });

  it('does not care what happens to the buffer afterwards', async () => {
    const stage = new Stage();
    const client = await stage.connect({ maximumInFlight: 1 });
    const payload = new Uint8Array([65]);
    const correlationData = new Uint8Array([1]);
    const all = [0, 1, 2, 0, 1, 2].map((qos) =>
      client.publish('a', payload, { qos: qos as 0, properties: { correlationData } }),
    );
    payload[0] = 66;
    correlationData[0] = 2;
    await stage.settle();
    await Promise.all(all);
    expect(stage.link.messages).toEqual(['A', 'A', 'A', 'A', 'A', 'A']);
    expect(stage.link.of('publish').map(({ properties }) => properties.correlationData?.[0])).toEqual(all.map(() => 1));
  });

  it('gives up after timeoutMs, and leaves no timer behind', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ keepAlive: 0 });
    const published = new Outcome(client.publish('a', 'x', { qos: 1, timeoutMs: 100 }));
    await stage.clock.advance(99);
    expect(published.state).toBe('pending');
    await stage.clock.advance(1);
    expect(published.code).toBe('TIMEOUT');
    stage.link.answer();
    await stage.settle();
    expect(client.statistics.inFlight).toBe(0);
    await stage.when(client.close());
    expect(stage.clock.scheduled).toBe(0);
  });

  it('gives up by operationTimeoutMs when the call names none', async () => {
    const stage = new Stage();
    const client = await stage.offline({ operationTimeoutMs: 50 });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.clock.advance(50);
    expect(published.code).toBe('TIMEOUT');
    expect(client.statistics.queuedMessages).toBe(0);
    await stage.online(client);
    expect(stage.link.messages).toEqual([]);
  });

  it('gives up when its signal says so, with the reason of the signal', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const controller = new AbortController();
    const published = new Outcome(client.publish('a', 'x', { qos: 1, signal: controller.signal }));
    const late = new Outcome(client.publish('a', 'x', { signal: AbortSignal.abort(new Error('before')) }));
    controller.abort(new Error('enough'));
    await stage.settle();
    expect(published.error?.message).toBe('enough');
    expect(late.error?.message).toBe('before');
    await stage.online(client);
    expect(stage.link.messages).toEqual([]);
  });
});

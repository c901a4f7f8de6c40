// publish(): when its promise settles and with what, on one connection and over several.
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src/client/client-errors.ts';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { textOf } from '../support/server-link.ts';
import { Stage } from '../support/stage.ts';

const names = (count: number, first = 0) => Array.from({ length: count }, (_, index) => `m${first + index}`);

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
    const client = await stage.offline();
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

describe('publish over several connections', () => {
  it.each([1, 2] as const)('resolves at QoS %s on whichever connection the answer comes', async (qos) => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('pubrec');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos }));
    await stage.settle();
    for (let count = 0; count < 3; count++) await stage.interrupt(client);
    expect(published.state).toBe('pending');
    expect(stage.link.firstBytes.all).toEqual([0x10, qos === 1 ? 0x3a : 0x3c]);
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('sends again first, in order and with DUP, then what was never sent', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('pubrec');
    const client = await stage.connect({ maximumInFlight: 4 });
    const all = outcomesOf(names(4).map((name, index) => client.publish('a', name, { qos: index % 2 ? 1 : 2 })));
    await stage.settle();
    all.push(...outcomesOf(names(4, 4).map((name) => client.publish('a', name, { qos: 1 }))));
    stage.script.holds.clear();
    await stage.interrupt(client);
    const [again, now] = [[0x3c, 0x3a, 0x3c, 0x3a], names(4).map(() => 0x32)];
    expect(stage.link.firstBytes.all.filter((byte) => byte >> 4 === 3)).toEqual([...again, ...now]);
    expect(stage.link.messages).toEqual(['m1', 'm3', 'm4', 'm5', 'm6', 'm7']); // the server knows those of QoS 2
    expect(all.every(({ state }) => state === 'resolved')).toBe(true);
  });

  it('sends PUBREL, not the message, once the server has it', async () => {
    const stage = new Stage();
    stage.script.holds.add('pubcomp');
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos: 2 }));
    await stage.settle();
    await stage.interrupt(client);
    expect(stage.link.packets.map(({ type }) => type)).toEqual(['connect', 'pubrel']);
    stage.link.answer();
    await stage.settle();
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('is not refused when the server has completed the exchange, and only its PUBCOMP was lost', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('pubcomp');
    const published = new Outcome(client.publish('a', 'x', { qos: 2 }));
    await stage.settle();
    stage.link.transport.isHalfOpen = true;
    stage.link.answer();
    await stage.settle();
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(stage.link.firstBytes.all).toEqual([0x10, 0x62]);
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('does not wait for what is sent again before it counts as connected, and fills the window at once', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect();
    for (const name of names(500)) void client.publish('a', name, { qos: 1 });
    await stage.settle();
    await stage.interrupt(client);
    expect(client.isConnected).toBe(true);
    expect(stage.link.messages).toEqual(names(500));
  });

  it('after a lost session: QoS 1 is sent as new, QoS 2 rejects, what was handed over resolves', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('pubrec').add('pubcomp');
    const client = await stage.connect();
    const handedOver = new Outcome(client.publish('a', 'handed over', { qos: 2 }));
    await stage.settle();
    stage.link.answer();
    await stage.settle();
    const qos1 = new Outcome(client.publish('a', 'one', { qos: 1 }));
    const qos2 = new Outcome(client.publish('a', 'two', { qos: 2 }));
    await stage.settle();
    const later = new Outcome(client.publish('a', 'later', { qos: 1 }));
    stage.sessions.clear();
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(handedOver.value).toEqual({ reasonCode: 0 });
    expect(qos2.code).toBe('SESSION_LOST');
    expect(stage.link.of('publish').map((packet) => [textOf(packet), packet.duplicate])).toEqual([
      ['one', false],
      ['later', false],
    ]);
    expect([qos1.state, later.state]).toEqual(['resolved', 'resolved']);
  });

  it('after a lost session keeps what was queued and never sent, at every QoS', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const all = outcomesOf([0, 1, 2].map((qos) => client.publish('a', `q${qos}`, { qos: qos as 0 })));
    await stage.online(client);
    expect(stage.link.messages).toEqual(['q0', 'q1', 'q2']);
    expect(all.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('goes on with the queue when what was to be sent again has expired meanwhile', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ maximumInFlight: 2, resendIntervalMs: 20 });
    const properties = { messageExpiryInterval: 1 };
    const inFlight = outcomesOf(names(2).map((name) => client.publish('a', name, { qos: 1, properties })));
    await stage.clock.advance(2_000);
    const queued = new Outcome(client.publish('a', 'queued', { qos: 1 }));
    const flushed = new Outcome(client.flush());
    stage.script.holds.clear();
    await stage.interrupt(client);
    await stage.clock.advance(100);
    expect(inFlight.map(({ code }) => code)).toEqual(['EXPIRED', 'EXPIRED']);
    expect([queued.state, flushed.state]).toEqual(['resolved', 'resolved']);
  });

  it('throttles what is sent again when told so', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ resendIntervalMs: 100 });
    for (const name of names(3)) void client.publish('a', name, { qos: 1 });
    await stage.settle();
    await stage.interrupt(client);
    expect(stage.link.messages.length).toBe(1);
    await stage.clock.advance(100);
    expect(stage.link.messages.length).toBe(2);
    await stage.clock.advance(100);
    expect(stage.link.messages).toEqual(names(3));
  });
});

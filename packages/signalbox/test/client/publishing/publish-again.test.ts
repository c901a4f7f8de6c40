// publish() over several connections: what is sent again, what is not, and what a lost session means.
import { describe, expect, it } from 'vitest';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { textOf } from '../support/server-link.ts';
import { Stage } from '../support/stage.ts';

const names = (count: number, first = 0) => Array.from({ length: count }, (_, index) => `m${first + index}`);

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

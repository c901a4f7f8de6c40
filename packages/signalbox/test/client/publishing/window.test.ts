// How many messages are on their way at a time, and back-pressure of the line.
import { describe, expect, it } from 'vitest';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

describe('the window of messages in flight', () => {
  it.each([1, 2] as const)('blocks at its size, and each acknowledgement frees exactly one, at QoS %s', async (qos) => {
    const stage = new Stage();
    stage.script.holds.add('puback').add('pubcomp');
    const client = await stage.connect({ maximumInFlight: 3 });
    const all = outcomesOf(Array.from({ length: 6 }, (_, index) => client.publish('a', `m${index}`, { qos })));
    await stage.settle();
    for (let sent = 3; sent <= 6; sent++) {
      expect(stage.link.messages.length).toBe(sent);
      expect(all.filter(({ state }) => state === 'resolved').length).toBe(sent - 3);
      stage.link.answer(1);
      await stage.settle();
    }
    stage.link.answer();
    await stage.settle();
    expect(all.every(({ state }) => state === 'resolved')).toBe(true);
  });

  it('is never larger than the Receive Maximum of the server, which is asked anew on each connection', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    stage.script.announce({ receiveMaximum: 2 });
    const client = await stage.connect();
    for (let index = 0; index < 9; index++) void client.publish('a', `m${index}`, { qos: 1 });
    await stage.settle();
    expect(stage.link.messages.length).toBe(2);
    stage.script.announce({ receiveMaximum: 5 });
    await stage.interrupt(client);
    expect(stage.link.messages.length).toBe(5);
    stage.script.welcome();
    await stage.interrupt(client);
    expect(stage.link.messages.length).toBe(9);
    expect(stage.link.error).toBeUndefined();
  });

  it('is 20 messages of QoS 2 in 3.1.1, where a server cannot say what it takes, unless the program knows better', async () => {
    for (const [options, most] of [
      [{}, 20],
      [{ maximumInFlight: 25 }, 25],
    ] as const) {
      const stage = new Stage();
      stage.script.holds.add('puback').add('pubcomp');
      const client = await stage.connect({ protocolVersion: 4, ...options });
      for (let index = 0; index < 30; index++) void client.publish('a', `m${index}`, { qos: 2 });
      await stage.settle();
      expect(stage.link.messages.length).toBe(most);
      stage.script.holds.clear();
      stage.link.answer();
      await stage.settle();
      expect(stage.link.messages).toEqual(Array.from({ length: 30 }, (_, index) => `m${index}`));
    }
  });

  it('is freed by a refusal, too', async () => {
    const stage = new Stage();
    stage.script.reasonCodeOf = () => 0x97;
    const client = await stage.connect({ maximumInFlight: 1 });
    const all = outcomesOf(Array.from({ length: 5 }, (_, index) => client.publish('a', `m${index}`, { qos: 2 })));
    await stage.settle();
    expect(all.map(({ code }) => code)).toEqual(all.map(() => 'REFUSED'));
  });

  it('of a server that never answers has the connection made anew and the message repeated', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ acknowledgeTimeoutMs: 20_000 });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.clock.advance(19_999);
    expect(stage.links.length).toBe(1);
    stage.script.holds.clear();
    await stage.clock.advance(12_000);
    expect(stage.links.length).toBe(2);
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('and of SUBSCRIBE and UNSUBSCRIBE is watched alike', async () => {
    const stage = new Stage();
    stage.script.holds.add('suback');
    const client = await stage.connect({ acknowledgeTimeoutMs: 20_000 });
    const subscribed = new Outcome(client.subscribe('a', () => {}));
    await stage.settle();
    stage.script.holds.clear();
    await stage.clock.advance(32_000);
    expect(stage.links.length).toBe(2);
    expect(subscribed.state).toBe('resolved');
  });

  it('is not taken for stuck by the age of a message from before the connection', async () => {
    const stage = new Stage();
    stage.script.holds.add('pubcomp');
    const client = await stage.connect({ acknowledgeTimeoutMs: 20_000 });
    const published = new Outcome(client.publish('a', 'x', { qos: 2 }));
    await stage.settle();
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(500_000);
    await stage.online(client);
    await stage.clock.advance(19_000);
    expect(stage.links.length).toBe(2);
    stage.link.answer();
    await stage.settle();
    expect(published.state).toBe('resolved');
  });
});

describe('a line that takes no more', () => {
  it('holds back QoS 0: the promises wait until it drains', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isFull = true;
    const first = new Outcome(client.publish('a', 'first'));
    await stage.settle();
    const others = outcomesOf(['x', 'y', 'z'].map((text) => client.publish('a', text)));
    await stage.settle();
    expect(first.state).toBe('resolved');
    expect(others.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    stage.link.transport.drain();
    await stage.settle();
    expect(others.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(stage.link.messages).toEqual(['first', 'x', 'y', 'z']);
  });

  it('stops a program that awaits ready() in a loop that never lets go', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isFull = true;
    let count = 0;
    const loop = new Outcome(
      (async () => {
        for (; count < 100_000; count++) {
          await client.ready();
          client.publish('a', new Uint8Array(1_000)).catch(() => {});
        }
      })(),
    );
    await stage.settle();
    expect(count).toBeLessThan(1_000);
    stage.link.cut();
    await stage.when(client.close());
    await stage.settle();
    expect(loop.code).toBe('CLOSED');
  });

  it('writes what many calls of one turn sent in one piece', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const before = stage.link.transport.writes;
    for (let index = 0; index < 50; index++) void client.publish('a', 'x', { qos: 1 });
    await stage.settle();
    expect(stage.link.messages.length).toBe(50);
    expect(stage.link.transport.writes - before).toBe(1);
  });

  it('that fails while it is full loses nothing of QoS 1', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isFull = true;
    const all = outcomesOf(Array.from({ length: 200 }, (_, n) => client.publish('a', `${n}`.repeat(500), { qos: 1 })));
    await stage.settle();
    await stage.interrupt(client);
    expect(all.every(({ state }) => state === 'resolved')).toBe(true);
  });
});

// What a client does when a connection is gone or cannot be made: when it tries again, and when it gives up.
import { describe, expect, it } from 'vitest';
import { backOff } from '../../src/client/reconnect.ts';
import { Outcome } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

const error = new Error('lost');

describe('the back-off', () => {
  it('doubles from 1 s to 120 s, and takes a random half to all of it', () => {
    const policy = backOff();
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((attempt) => policy({ attempt, error, random: 1 }));
    expect(longest).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120].map((seconds) => seconds * 1_000));
    expect(policy({ attempt: 3, error, random: 0 })).toBe(2_000);
    expect(policy({ attempt: 0, error, random: 0 })).toBe(500);
  });

  it('gives up after so many attempts when told so', () => {
    expect(backOff({ attempts: 3 })({ attempt: 3, error, random: 0 })).toBe(false);
  });

  it('paces the attempts of a client whose server is away', async () => {
    const stage = new Stage();
    await stage.connect();
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(3_600_000);
    const gaps = stage.dials.slice(1).map(({ at }, index) => at - stage.dials[index]!.at);
    expect(gaps.length).toBeGreaterThan(30);
    expect(gaps.every((gap, index) => gap >= Math.min(60_000, 500 * 2 ** index) && gap <= 120_000)).toBe(true);
  });

  it('begins anew only after a connection that was stable for 10 s', async () => {
    const stage = new Stage();
    const attempts: number[] = [];
    await stage.connect({ reconnect: ({ attempt }) => attempts.push(attempt) * 0 });
    for (const lifetime of [0, 9_999, 9_999, 10_000, 0]) {
      await stage.clock.advance(lifetime);
      stage.link.cut();
      await stage.clock.advance(0);
    }
    expect(attempts).toEqual([1, 2, 3, 0, 1]);
  });
});

describe('a client that lost its connection', () => {
  it('says what it does: waiting, connecting, connected', async () => {
    const stage = new Stage();
    const states: string[] = [];
    const client = await stage.connect({ onStatus: ({ state }) => states.push(state) });
    await stage.interrupt(client);
    expect(states).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected']);
  });

  it('tries at once when reconnect() is called', async () => {
    const stage = new Stage();
    const client = await stage.connect({ reconnect: () => 1e9 });
    await stage.interrupt(client);
    expect(client.isConnected).toBe(true);
    expect(stage.clock.now()).toBe(0);
    expect(stage.dials.length).toBe(2);
  });

  it('tries at once when the platform says that there is a network again, and listens no longer than it lives', async () => {
    const platform = new EventTarget();
    const names = ['addEventListener', 'removeEventListener'] as const;
    for (const name of names) Object.assign(globalThis, { [name]: platform[name].bind(platform) });
    try {
      const stage = new Stage();
      const client = await stage.connect({ reconnect: () => 1e9 });
      stage.link.cut();
      await stage.settle();
      platform.dispatchEvent(new Event('online'));
      await stage.settle();
      expect(client.isConnected).toBe(true);
      await stage.when(client.close());
      platform.dispatchEvent(new Event('online'));
      expect(client.state).toBe('closed');
    } finally {
      for (const name of names) Reflect.deleteProperty(globalThis, name);
    }
  });

  it('closes with the reason when the policy says no more', async () => {
    const stage = new Stage();
    const client = await stage.connect({ reconnect: () => false });
    const closed = new Outcome(client.closed);
    stage.link.cut();
    await stage.settle();
    expect(closed.value?.message).toMatch(/the network failed/);
    expect(client.state).toBe('closed');
  });

  it('never reconnects with reconnect: false', async () => {
    const stage = new Stage();
    const client = await stage.connect({ reconnect: false });
    stage.link.cut();
    await stage.clock.advance(1e9);
    expect(stage.dials.length).toBe(1);
    expect(client.state).toBe('closed');
    expect(stage.clock.scheduled).toBe(0);
  });

  it('closes when the policy throws, and everybody knows why', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      reconnect: () => {
        throw new Error('broken policy');
      },
    });
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    stage.script.holds.add('puback');
    stage.link.cut();
    await stage.settle();
    expect((await client.closed)?.message).toBe('broken policy');
    expect(published.state).not.toBe('pending');
  });

  it('does not take turns with the client that took its session over', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.disconnect(0x8e);
    await stage.clock.advance(1e9);
    expect(stage.dials.length).toBe(1);
    expect(await client.closed).toMatchObject({ code: 'SESSION_TAKEN_OVER' });
  });

  it('is not driven away by a CONNECT of its own that comes late, but by the one after it', async () => {
    const stage = new Stage();
    stage.script.connack = () => undefined; // the first attempt gets no answer …
    const client = await stage.offline({ connectTimeoutMs: 1_000 });
    await stage.online(client);
    await stage.clock.advance(1_000);
    stage.script.welcome();
    await stage.clock.advance(5_000);
    expect(client.isConnected).toBe(true);
    stage.link.disconnect(0x8e); // … and arrives after the second
    await stage.clock.advance(5_000);
    expect(client.isConnected).toBe(true);
    stage.link.disconnect(0x8e);
    await stage.settle();
    expect(await client.closed).toMatchObject({ code: 'SESSION_TAKEN_OVER' });
  });

  it('connects again after a takeover when it is told to', async () => {
    const stage = new Stage();
    const client = await stage.connect({ reconnectAfterTakeover: true });
    stage.link.disconnect(0x8e);
    await stage.clock.advance(2_000);
    expect(client.isConnected).toBe(true);
    expect(stage.dials.length).toBe(2);
  });

  it.each([0x80, 0x88, 0x89, 0x97, 0x9f])('tries again when it is refused with 0x%s, which may pass', async (code) => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.refuse(code);
    stage.link.cut();
    await stage.clock.advance(600_000);
    expect(client.state).not.toBe('closed');
    stage.script.welcome();
    await stage.clock.advance(240_000);
    expect(client.isConnected).toBe(true);
  });

  it.each([0x81, 0x85, 0x86, 0x87, 0x8a, 0x8c])('gives up when it is refused with 0x%s for good', async (code) => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.refuse(code);
    stage.link.cut();
    await stage.clock.advance(600_000);
    expect(stage.dials.length).toBe(2);
    expect(await client.closed).toMatchObject({ code: 'REFUSED', reasonCode: code });
  });

  it('never reconnects after close()', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    const closing = new Outcome(client.close());
    await stage.clock.advance(1e9);
    expect(closing.state).toBe('resolved');
    expect(stage.dials.length).toBe(1);
    client.reconnect();
    await stage.clock.advance(1e9);
    expect(stage.dials.length).toBe(1);
  });

  it('survives a machine that slept: the dead connection is noticed soon after', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isHalfOpen = true;
    stage.clock.jump(3_600_000);
    await stage.clock.advance(100_000);
    expect(stage.dials.length).toBeGreaterThan(1);
    expect(client.isConnected).toBe(true);
  });
});

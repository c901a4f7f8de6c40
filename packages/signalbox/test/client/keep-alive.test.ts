// Whether the line is alive: pings when it is idle, and what happens when nothing is heard.
import { describe, expect, it } from 'vitest';
import { Stage } from './support/stage.ts';

describe('the keep alive', () => {
  it('pings a line on which we send nothing, before the keep alive is over', async () => {
    const stage = new Stage();
    await stage.connect({ keepAlive: 20 });
    await stage.clock.advance(50_000);
    expect(stage.link.pings).toEqual([15_000, 30_000, 45_000]);
  });

  it('counts what we send: a line that is busy both ways is not pinged', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 20 });
    for (let count = 0; count < 20; count++) {
      await stage.clock.advance(10_000);
      await stage.when(client.publish('a', '', { qos: 1 }));
    }
    expect(stage.link.pings).toEqual([]);
  });

  it('pings where we only send: nothing else would tell that nobody is there', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 20 });
    for (let count = 0; count < 4; count++) {
      await stage.clock.advance(10_000);
      await stage.when(client.publish('a', ''));
    }
    expect(stage.link.pings).toEqual([15_000, 30_000]);
  });

  it('does not count what we receive: the server wants to hear of us', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 20 });
    await stage.when(client.subscribe('a', () => {}));
    for (let count = 0; count < 6; count++) {
      await stage.clock.advance(5_000);
      stage.link.post('a', '');
      await stage.settle();
    }
    expect(stage.link.pings).toEqual([15_000, 30_000]);
  });

  it('finds a half-open connection, and makes another', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.transport.isHalfOpen = true;
    await stage.clock.advance(75_000);
    expect(client.state).not.toBe('connected');
    await stage.clock.advance(4_000);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(2);
  });

  it('finds it as well while we publish into it', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 20, acknowledgeTimeoutMs: 1e9 });
    stage.link.transport.isHalfOpen = true;
    for (let count = 0; count < 60; count++) {
      await stage.clock.advance(1_000);
      if (client.isConnected && stage.links.length === 1) client.publish('a', '', { qos: 1 }).catch(() => {});
    }
    expect(stage.links.length).toBe(2);
  });

  it('never cuts a line on which something arrives, however late the PINGRESP', async () => {
    const stage = new Stage();
    stage.script.holds.add('pingresp');
    const client = await stage.connect({ keepAlive: 20 });
    await stage.when(client.subscribe('a', () => {}));
    for (let count = 0; count < 60; count++) {
      await stage.clock.advance(5_000);
      stage.link.post('a', '');
      await stage.settle();
    }
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(1);
  });

  it('of 0 means none', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 0 });
    await stage.clock.advance(1e8);
    expect(stage.link.pings).toEqual([]);
    expect(client.isConnected).toBe(true);
    expect(stage.link.connect.keepAlive).toBe(0);
  });
});

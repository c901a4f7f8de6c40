// A program that computes, and hears nothing meanwhile: nobody is taken for dead who answered, and no ping is late.
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import { Stage } from './support/stage.ts';

const PINGRESP = Uint8Array.of(0xd0, 0);

describe('a program that is busy while an answer comes', () => {
  it('keeps its connection: the PINGRESP is read before the server is taken for dead', async () => {
    const stage = new Stage();
    stage.script.holds.add('pingresp');
    const client = await stage.connect({ keepAlive: 10 });
    await stage.clock.advance(7_500);
    expect(stage.link.pings).toEqual([7_500]);
    stage.link.transport.deliver(PINGRESP);
    await stage.clock.block(6_000);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(1);
  });

  it('keeps it when it was a handler that took so long, the ping on its way', async () => {
    const stage = new Stage();
    stage.script.holds.add('pingresp');
    const client = await stage.connect({ keepAlive: 10 });
    await stage.when(client.subscribe('a', () => stage.clock.jump(8_000), { qos: 0 }));
    await stage.clock.advance(7_500);
    stage.link.post('a', '');
    await stage.settle();
    stage.link.transport.deliver(PINGRESP);
    await stage.clock.block(0);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(1);
  });

  it('loses it when nothing has come: by that much later', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 10 });
    stage.link.transport.isHalfOpen = true;
    await stage.clock.advance(7_500);
    await stage.clock.block(6_000);
    expect(client.isConnected).toBe(false);
  });

  it('keeps it when it is a PUBACK that waits to be read', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ keepAlive: 0, acknowledgeTimeoutMs: 5_000 });
    const published = client.publish('a', '', { qos: 1 });
    await stage.settle();
    stage.link.transport.deliver(Uint8Array.of(0x40, 2, 0, 1));
    await stage.clock.block(6_000);
    expect(await stage.when(published)).toEqual({ reasonCode: 0 });
    expect(stage.links.length).toBe(1);
  });
});

describe('what is sent while a read is dealt with', () => {
  it('counts from the time of the read: the ping behind it may be early, and is never late', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 10 });
    await stage.when(client.subscribe('a', () => stage.clock.jump(4_000), { qos: 1 }));
    await stage.clock.advance(1_000);
    stage.link.post('a', '', { qos: 1 });
    await stage.settle();
    expect(stage.clock.now()).toBe(5_000);
    await stage.clock.advance(10_000);
    const [ping = 0] = stage.link.pings;
    expect(ping).toBe(8_500); // the read was at 1,000; what answered it left at 5,000
  });
});

describe('what fails while a read is dealt with', () => {
  /** An interceptor that no type would let through. */
  const incoming = (packet: Packet): Packet | undefined =>
    packet.type === 'publish' ? ({ type: 'publish', topicName: 'a', payload: 'x' } as never) : undefined;

  it('costs that connection and no other, is told, and time goes on', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 10, interceptors: { incoming } });
    await stage.when(client.subscribe('a', () => {}));
    stage.link.post('a', '');
    await stage.settle();
    expect(stage.problems.map(({ name }) => name)).toEqual(['TypeError']);
    await stage.clock.advance(4_000);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(2);
    const since = stage.clock.now();
    await stage.clock.advance(20_000);
    expect(stage.link.pings.length).toBeGreaterThanOrEqual(2);
    for (const at of stage.link.pings) expect(at).toBeGreaterThan(since);
  });
});

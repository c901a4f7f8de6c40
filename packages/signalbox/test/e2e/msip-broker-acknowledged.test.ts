// The statements about acknowledged sessions that bind a server, at the broker over real sockets.
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { describeFrame, FLAG, partsOf, type WireFrame, wire } from '../support/msip-wire.ts';

const ACK = FLAG.ackRequired;
const ACKNOWLEDGED = { flags: ACK };

async function take(peer: MsipPeer, count: number): Promise<WireFrame[]> {
  const frames: WireFrame[] = [];
  while (frames.length < count) frames.push(await peer.next());
  return frames;
}

function messages(frames: readonly WireFrame[]): string[] {
  return frames.map(({ payload }) => Buffer.from(partsOf(payload)!.message).toString());
}

function messagesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(line.lastIndexOf(': ') + 2));
}

function acknowledge(peer: MsipPeer, frames: readonly WireFrame[]): void {
  for (const { msgId } of frames) peer.write(wire('ack', { msgId }));
}

describe('an acknowledged session', () => {
  it('[MSIP-8-1] is asked for by ACK_REQUIRED in HELLO and granted by the same flag in its ACK', async () => {
    const { open } = await startMsipBroker();
    expect(describeFrame(await (await open()).greet('plain'))).toBe('ack id=1 kind=3 flags=0 plain');
    expect(describeFrame(await (await open()).greet('lamp', ACKNOWLEDGED))).toBe('ack id=1 kind=3 flags=1 lamp');
    const none = await startMsipBroker({ limits: { msipAcknowledgedSessionSeconds: 0 } });
    expect(describeFrame(await (await none.open()).greet('lamp', ACKNOWLEDGED))).toBe('ack id=1 kind=3 flags=0 lamp');
  });

  it('[MSIP-8-2] [MSIP-8-3] has ACK_REQUIRED and a number of the server on every EVENT, whoever published it', async () => {
    const { connect, mqtt } = await startMsipBroker();
    const peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('#');
    const publishers = [await connect('one'), await connect('two')];
    for (const publisher of publishers) {
      for (const flags of [0, ACK]) await publisher.publish('t', 'x', { msgId: 7n, flags });
    }
    const client = await mqtt('mqtt');
    for (const qos of [0, 1, 2] as const) await client.publish('t', 'x', { qos });
    const events = await take(peer, 7);
    expect(events.map(({ flags }) => flags)).toEqual(Array.from({ length: 7 }, () => ACK));
    expect(new Set(events.map(({ msgId }) => msgId)).size).toBe(7);
  });

  it('[MSIP-8-3] has a number for each EVENT, also for the second of a message that comes by a shared subscription', async () => {
    const { connect } = await startMsipBroker({ limits: { inFlight: 2 } });
    const peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    await peer.subscribe('$share/g/t');
    const other = await connect('other', ACKNOWLEDGED);
    await other.subscribe('t');
    const publisher = await connect('publisher');
    for (let round = 0; round < 5; round++) {
      await publisher.publish('t', String(round));
      const events = await take(peer, 2);
      expect(new Set(events.map(({ msgId }) => msgId)).size).toBe(2);
      acknowledge(peer, events);
      acknowledge(other, await take(other, 1));
    }
    expect(await peer.sofar()).toEqual([]);
    await peer.leave();
    expect(await (await connect('lamp', ACKNOWLEDGED)).sofar(), 'everything was acknowledged').toEqual([]);
  });

  it('[MSIP-8-5] gets again what it has not acknowledged, in order, and then what came meanwhile', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    let peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    for (let i = 0; i < 6; i++) await publisher.publish('t', String(i));
    const first = await take(peer, 6);
    expect(messages(first)).toEqual(['0', '1', '2', '3', '4', '5']);
    acknowledge(peer, [first[1]!, first[4]!, first[4]!]);
    await peer.leave();
    for (let i = 6; i < 9; i++) await publisher.publish('t', String(i));
    peer = await connect('lamp', ACKNOWLEDGED);
    const again = await take(peer, 7);
    expect(messages(again)).toEqual(['0', '2', '3', '5', '6', '7', '8']);
    expect(
      again.slice(0, 4).map(({ msgId }) => msgId),
      'under their numbers',
    ).toEqual([0, 2, 3, 5].map((index) => first[index]!.msgId));
    acknowledge(peer, again);
    expect(await peer.sofar()).toEqual([]);
    peer.stream.destroy();
    peer = await connect('lamp', ACKNOWLEDGED);
    expect(await peer.sofar()).toEqual([]);
  });

  it('[MSIP-8-5] gets it from a broker that was started again on the same store', async () => {
    const store = new MemoryStore();
    const first = await startMsipBroker({ store });
    let peer = await first.connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    const publisher = await first.connect('publisher');
    for (let i = 0; i < 4; i++) await publisher.publish('t', String(i), { msgKind: 2 });
    const events = await take(peer, 4);
    acknowledge(peer, events.slice(0, 1));
    await peer.sofar();
    await first.broker.close();
    const second = await startMsipBroker({ store });
    const again = await second.connect('publisher');
    await again.publish('t', '4', { msgKind: 5 });
    peer = await second.connect('lamp', ACKNOWLEDGED);
    const rest = await take(peer, 4);
    expect(messages(rest)).toEqual(['1', '2', '3', '4']);
    expect(rest.map(({ msgKind }) => msgKind)).toEqual([2, 2, 2, 5]);
    expect(rest.slice(0, 3).map(({ msgId }) => msgId)).toEqual(events.slice(1).map(({ msgId }) => msgId));
    acknowledge(peer, rest);
    await again.publish('t', '5');
    expect(messages(await take(peer, 1))).toEqual(['5']);
  });

  it('[MSIP-8-6] keeps so much and no more, and what is dropped is counted', async () => {
    const { connect, broker } = await startMsipBroker({ limits: { queuedMessages: 5 } });
    const publisher = await connect('publisher');
    const peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    await peer.leave();
    for (let i = 0; i < 8; i++) await publisher.publish('t', String(i));
    expect(broker.statistics.dropped['queue-full']).toBe(3);
    const back = await connect('lamp', ACKNOWLEDGED);
    expect(messagesOf(await back.sofar())).toEqual(['0', '1', '2', '3', '4']);
  });

  it('[MSIP-8-7] has so many EVENTs unacknowledged and no more, and goes on as ACKs come', async () => {
    const { connect } = await startMsipBroker({ limits: { inFlight: 3 } });
    const publisher = await connect('publisher');
    const peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    for (let i = 0; i < 8; i++) await publisher.publish('t', String(i));
    const first = await take(peer, 3);
    expect(await peer.sofar()).toEqual([]);
    acknowledge(peer, [first[1]!]);
    expect(messages(await take(peer, 1))).toEqual(['3']);
    acknowledge(peer, [first[0]!, first[2]!]);
    expect(messages(await take(peer, 2))).toEqual(['4', '5']);
    expect(await peer.sofar()).toEqual([]);
  });

  it('[MSIP-8-8] becomes a plain one by a HELLO without ACK_REQUIRED: what was kept is forgotten', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    let peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    await publisher.publish('t', 'in flight');
    await take(peer, 1);
    await peer.leave();
    await publisher.publish('t', 'kept');
    peer = await connect('lamp');
    expect(await peer.sofar()).toEqual([]);
    await publisher.publish('t', 'plain', { msgId: 9n });
    expect(await peer.sofar()).toEqual(['event id=9 kind=1 flags=0 t: plain']);
    await peer.leave();
    await publisher.publish('t', 'missed');
    peer = await connect('lamp', ACKNOWLEDGED);
    expect(await peer.sofar()).toEqual([]);
    await publisher.publish('t', 'acknowledged again');
    expect((await take(peer, 1))[0]!.flags).toBe(ACK);
  });

  it('[MSIP-6-1] [MSIP-6-2] [MSIP-8-5] gets first what is urgent of what came while its client was away, over a restart too', async () => {
    const store = new MemoryStore();
    const first = await startMsipBroker({ store });
    const peer = await first.connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    await peer.leave();
    const publisher = await first.connect('publisher');
    const flagsOf = (i: number): number => (i % 3 === 2 ? FLAG.urgent : FLAG.none);
    for (let i = 0; i < 6; i++) await publisher.publish('t', String(i), { flags: flagsOf(i) });
    const back = await first.connect('lamp', ACKNOWLEDGED);
    expect(messages(await take(back, 6))).toEqual(['2', '5', '0', '1', '3', '4']);
    await back.leave();
    const queued = await first.connect('queued', ACKNOWLEDGED);
    await queued.subscribe('t');
    await queued.leave();
    for (let i = 0; i < 6; i++) await publisher.publish('t', String(i), { flags: flagsOf(i) });
    await first.broker.close();
    const second = await startMsipBroker({ store });
    expect(messages(await take(await second.connect('queued', ACKNOWLEDGED), 6))).toEqual([
      '2',
      '5',
      '0',
      '1',
      '3',
      '4',
    ]);
  });

  it('[MSIP-3.6-4] [MSIP-7-4] minds no ACK for what is not its own', async () => {
    const { connect } = await startMsipBroker();
    const publisher = await connect('publisher');
    const peers = [await connect('one', ACKNOWLEDGED), await connect('two', ACKNOWLEDGED)] as const;
    for (const peer of peers) await peer.subscribe('t');
    await publisher.publish('t', 'x');
    const [event] = await take(peers[0], 1);
    const [same] = await take(peers[1], 1);
    acknowledge(peers[1], [same!]);
    for (const msgId of [0n, event!.msgId + 1000n, 2n ** 53n, 2n ** 64n - 1n]) peers[0].write(wire('ack', { msgId }));
    await peers[1].leave();
    await peers[0].leave();
    const back = await connect('one', ACKNOWLEDGED);
    expect((await take(back, 1)).map(({ msgId }) => msgId)).toEqual([event!.msgId]);
    expect(await (await connect('two', ACKNOWLEDGED)).sofar()).toEqual([]);
  });

  it('[MSIP-8-5] loses nothing when the line breaks again and again in the middle of it', async () => {
    const { connect, open } = await startMsipBroker({ limits: { inFlight: 10 } });
    const publisher = await connect('publisher');
    let peer = await connect('lamp', ACKNOWLEDGED);
    await peer.subscribe('t');
    const total = 300;
    const seen = new Set<string>();
    let published = 0;
    for (let round = 0; seen.size < total; round++) {
      for (let i = 0; i < 20 && published < total; i++)
        await publisher.publish('t', String(published++), { flags: round % 2 });
      const some = round % 7;
      for (let i = 0; i < some && seen.size < total; i++) {
        const frame = await peer.next();
        seen.add(messages([frame])[0]!);
        if (i !== 2 || published === total) acknowledge(peer, [frame]);
      }
      peer.stream.destroy();
      peer = await open();
      await peer.greet('lamp', ACKNOWLEDGED);
    }
    expect(seen.size).toBe(total);
  });
});

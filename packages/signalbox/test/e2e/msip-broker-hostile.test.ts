// Clients that mean harm, over real sockets: each costs at most its own connection, and a witness is served all the time.
import { randomFillSync } from 'node:crypto';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { type MsipBroker, startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { FLAG, topicAndMessage, wire } from '../support/msip-wire.ts';

const SECRET = 'witness/only';

/** A client that is subscribed to a topic of its own, and to be served whatever others do. */
class Witness {
  readonly #peer: MsipPeer;
  #count = 0;

  private constructor(peer: MsipPeer) {
    this.#peer = peer;
  }

  static async of({ connect }: MsipBroker): Promise<Witness> {
    const peer = await connect('witness');
    await peer.subscribe(SECRET);
    return new Witness(peer);
  }

  /** Fails unless it gets exactly its own message. */
  async isServed(): Promise<void> {
    const message = String(++this.#count);
    await this.#peer.publish(SECRET, message);
    const lines = await this.#peer.sofar();
    expect(lines.map((line) => line.slice(line.indexOf(SECRET)))).toEqual([`${SECRET}: ${message}`]);
  }
}

function publish(topic: string, message: Uint8Array | string, flags: number = FLAG.ackRequired): Uint8Array {
  return wire('publish', { msgId: 9n, flags, payload: topicAndMessage(topic, message) });
}

describe('a hostile client', () => {
  it('[MSIP-2.5-1] splits its dialogue at every byte: nothing comes of that', async () => {
    const broker = await startMsipBroker();
    const witness = await Witness.of(broker);
    const stream = Buffer.concat([
      wire('hello', { msgId: 1n, payload: 'rude' }),
      wire('subscribe', { msgId: 2n, flags: FLAG.ackRequired, payload: 't' }),
      publish('t', 'x'),
      wire('ping', { msgId: 4n }),
    ]);
    for (let split = 1; split < stream.length; split++) {
      const peer = await broker.open();
      peer.write(stream.subarray(0, split));
      await witness.isServed();
      peer.write(stream.subarray(split));
      const lines = await peer.sofar();
      peer.stream.destroy();
      expect(lines.map((line) => line.split(' ').slice(0, 2).join(' ')).sort(), `split at ${split}`).toEqual([
        'ack id=1',
        'ack id=2',
        'ack id=9',
        'event id=9',
        'pong id=4',
      ]);
    }
  });

  it('[MSIP-2.5-2] [MSIP-2.5-3] announces up to 4 GiB, many times over, and no memory is taken for it', async () => {
    const broker = await startMsipBroker();
    const witness = await Witness.of(broker);
    for (const payloadLength of [0xffff_ffff, 0x8000_0000, 8_388_609]) {
      const peer = await broker.connect('rude');
      peer.write(wire('publish', { msgId: 9n, payloadLength }));
      expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 kind=1 flags=0 the payload is larger/)]);
    }
    const before = process.memoryUsage().arrayBuffers;
    const peers: MsipPeer[] = [];
    for (let i = 0; i < 200; i++) {
      const peer = await broker.connect(`rude ${i}`);
      peer.write(wire('publish', { msgId: 9n, payloadLength: 8_388_608 }));
      peers.push(peer);
    }
    await witness.isServed();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 8_388_608 * 0.05);
    for (const { stream } of peers) stream.destroy();
    await witness.isServed();
  });

  it('[MSIP-2.5-2] sends more than it may before HELLO was accepted, and is told so at the header', async () => {
    const broker = await startMsipBroker();
    const peer = await broker.open();
    peer.write(wire('hello', { msgId: 9n, payloadLength: 262_145 }));
    expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 /)]);
  });

  it('[MSIP-5-7] [MSIP-7-4] sends bombs: gzip and what is only said to be so', async () => {
    const broker = await startMsipBroker();
    const witness = await Witness.of(broker);
    const zeros = new Uint8Array(100_000_000);
    const bomb = zlib.gzipSync(zeros, { level: 9 });
    const garbage = randomFillSync(new Uint8Array(50_000));
    garbage.set([0x1f, 0x8b]);
    const messages = [
      bomb,
      zlib.gzipSync(zeros.subarray(0, 8_388_609)),
      bomb.subarray(0, 90_000),
      garbage,
      Buffer.of(0x1f, 0x8b),
    ];
    const peers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const peer = await broker.connect(`rude ${index}`);
        peer.write(publish(SECRET, messages[index % messages.length]!, FLAG.compressed));
        return peer;
      }),
    );
    await witness.isServed();
    for (const peer of peers) {
      const [error, ...others] = await peer.ending();
      expect(error).toMatch(/^error id=9 kind=1 flags=0 \w/);
      expect(others.every((line) => line.startsWith('close'))).toBe(true);
    }
    await witness.isServed();
    const honest = await broker.connect('honest');
    const largest = zlib.gzipSync(zeros.subarray(0, 8_388_608));
    const answer = await honest.ask('publish', topicAndMessage('t', largest), {
      flags: FLAG.compressed | FLAG.ackRequired,
    });
    expect(answer.frameType, 'what is just not too large').toBe(6);
  });

  it('[MSIP-7-4] sends what a random generator makes of good frames: nothing crashes, nothing crosses', async () => {
    const broker = await startMsipBroker({ limits: { connectTimeoutMs: 0x7fff_ffff } });
    const witness = await Witness.of(broker);
    const errors: unknown[] = [];
    broker.broker.on('error', (event) => errors.push(event));
    const random = new Random(20_261_127);
    const good = [
      wire('hello', { payload: 'rude' }),
      wire('hello', { flags: 1, payload: 'rude\0name\0word' }),
      wire('subscribe', { flags: 1, payload: '#' }),
      wire('subscribe', { payload: 'a/+' }),
      wire('unsubscribe', { flags: 1, payload: 'a/+' }),
      publish('a/b', 'x'),
      publish('a/b', zlib.gzipSync('x'), FLAG.compressed | FLAG.urgent),
      wire('ack', { msgId: 3n }),
      wire('ping', { msgId: 3n }),
      wire('error', { payload: 'oh' }),
      wire('close'),
    ];
    for (let round = 0; round < 400; round++) {
      const frames = Array.from({ length: 1 + random.below(12) }, () => random.pick(good));
      const bytes = Uint8Array.from(Buffer.concat(random.isOnceIn(5) ? frames : [good[random.below(2)]!, ...frames]));
      for (let count = random.below(4); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
      const peer = await broker.open();
      peer.write(bytes.subarray(0, random.isOnceIn(3) ? random.below(bytes.length) : bytes.length));
      if (random.isOnceIn(2)) peer.stream.destroy();
      else peer.stream.end();
      if (round % 10 === 0) await witness.isServed();
      await peer.closed;
    }
    await witness.isServed();
    expect(errors).toEqual([]);
  });

  it('[MSIP-7-5] [MSIP-7-4] does not read what it is subscribed to: others are not held up, and what waits has a limit', async () => {
    const broker = await startMsipBroker({ limits: { queuedBytes: 1_000_000 } });
    const witness = await Witness.of(broker);
    const deaf = await broker.connect('deaf');
    await deaf.subscribe('t');
    deaf.stream.pause();
    const publisher = await broker.connect('publisher');
    const message = new Uint8Array(1_000_000);
    for (let i = 0; i < 40; i++) await publisher.publish('t', message);
    await witness.isServed();
    expect(broker.broker.statistics.dropped['queue-full']).toBeGreaterThan(10);
  });

  it('[MSIP-4-4] [MSIP-7-4] reconnects again and again under load: order holds, nothing is doubled, nobody else notices', async () => {
    const broker = await startMsipBroker();
    const witness = await Witness.of(broker);
    const publisher = await broker.connect('publisher');
    const first = await broker.connect('restless');
    await first.subscribe('t');
    const seen: number[] = [];
    let published = 0;
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 20; i++) publisher.write(publish('t', String(published++), FLAG.none));
      const peer = await broker.open();
      peer.write(wire('hello', { payload: 'restless' }));
      for (let i = 0; i < 20; i++) publisher.write(publish('t', String(published++), FLAG.none));
      if (round % 10 === 0) await witness.isServed();
      const lines = await peer.sofar();
      const events = lines.filter((line) => line.startsWith('event '));
      seen.push(...events.map((line) => Number(line.slice(line.lastIndexOf(' ')))));
      if (round % 3 === 0) peer.stream.destroy();
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(0);
    await witness.isServed();
    expect(broker.broker.statistics.connected).toBeLessThanOrEqual(4);
  });
});

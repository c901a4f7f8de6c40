// What every Transport has to do, whatever carries it. Each implementation runs this.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/transport/transport.ts';
import { bytesOf, Recorder, turns } from './recorder.ts';
import { verifyStream, writeStream } from './stream-of-bytes.ts';

export interface Stage {
  /** A connected pair, not started. */
  pair(): Promise<[client: Transport, server: Transport]>;
  close(): Promise<void>;
}

export interface SuiteOptions {
  readonly protocol: string;
  /** What `graceMs` of the stage is: short enough for a test to wait for it. */
  readonly graceMs: number;
  /** A platform WebSocket cannot slow down its peer, nor read its peer's close while paused. Default `both`. */
  readonly backPressure?: 'both' | 'client-to-server';
  /** One side may end while the other goes on. Default false. */
  readonly halfClose?: boolean;
  /** Bytes sent each way in odd pieces. Default 50 MB. */
  readonly streamSize?: number;
}

const DEFAULT_STREAM_SIZE = 50_000_000;
const BLOCK = 65_536;

export function transportSuite(name: string, open: () => Promise<Stage>, options: SuiteOptions): void {
  const { streamSize = DEFAULT_STREAM_SIZE } = options;
  // 50 MB take a second; a busy machine takes longer.
  describe(`${name} as a transport`, { timeout: 60_000 }, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await open();
    });
    afterAll(() => stage.close());

    const started = async (): Promise<[client: Recorder, server: Recorder]> => {
      const [client, server] = await stage.pair();
      return [Recorder.start(client), Recorder.start(server)];
    };
    type Direction = readonly ['client to server' | 'server to client', 0 | 1];
    const both: readonly Direction[] = [
      ['client to server', 0],
      ['server to client', 1],
    ];
    const slowing = options.backPressure === 'client-to-server' ? both.slice(0, 1) : both;
    const finish = async (...recorders: Recorder[]): Promise<void> => {
      for (const { transport } of recorders) transport.destroy();
      await Promise.all(recorders.map((recorder) => recorder.untilClosed()));
      await turns();
      for (const { closes } of recorders) expect(closes).toBe(1);
    };

    it('says what it is and where the peer is', async () => {
      const [client, server] = await stage.pair();
      expect([client.protocol, server.protocol]).toEqual([options.protocol, options.protocol]);
      expect(client.remoteAddress).not.toBe('');
      expect(server.remoteAddress).not.toBe('');
      const { remoteAddress } = server;
      await finish(Recorder.start(client), Recorder.start(server));
      expect(server.remoteAddress).toBe(remoteAddress);
      expect(server.bufferedBytes).toBe(0);
    });

    it('carries bytes both ways', async () => {
      const [client, server] = await started();
      server.take = (bytes) => void server.transport.write(Uint8Array.from(bytes).reverse());
      expect(client.transport.write(bytesOf('ping'))).toBe(true);
      await client.untilReceived(4);
      expect(client.text).toBe('gnip');
      await finish(client, server);
    });

    it.each(both)('keeps order and content over many bytes in odd pieces, %s', async (_name, from) => {
      const ends = await started();
      const [sender, receiver] = [ends[from], ends[1 - from]!];
      verifyStream(receiver);
      await writeStream(sender, streamSize);
      await receiver.untilReceived(streamSize);
      expect(receiver.received).toBe(streamSize);
      await finish(...ends);
    });

    it.each(slowing)('makes a sender wait for a slow reader, %s', async (_name, from) => {
      const ends = await stage.pair();
      const sender = Recorder.start(ends[from]);
      const receiver = new Recorder(ends[1 - from]!);
      let blocks = 0;
      for (let isBlocked = false; !isBlocked; blocks++) {
        expect(blocks).toBeLessThan(2_000);
        const { drains } = sender;
        const isTaken = sender.transport.write(new Uint8Array(BLOCK));
        await turns(5);
        isBlocked = !isTaken && sender.drains === drains && sender.transport.bufferedBytes > 0;
      }
      for (let more = 0; more < 10; more++) expect(sender.transport.write(new Uint8Array(BLOCK))).toBe(false);
      const written = (blocks + 10) * BLOCK;
      const framing = (blocks + 10) * 14;
      expect(sender.transport.bufferedBytes).toBeGreaterThan(10 * BLOCK - 1);
      expect(sender.transport.bufferedBytes).toBeLessThanOrEqual(written + framing);
      const { drains } = sender;
      await turns();
      expect(sender.drains).toBe(drains);
      receiver.take = () => {};
      receiver.transport.start(receiver);
      await sender.untilDrained();
      await receiver.untilReceived(written);
      await turns();
      expect([receiver.received, sender.drains, sender.transport.bufferedBytes]).toEqual([written, drains + 1, 0]);
      await finish(sender, receiver);
    });

    it.each(both)('reads nothing while paused, and everything afterwards, %s', async (_name, from) => {
      const ends = await started();
      const [sender, receiver] = [ends[from], ends[1 - from]!];
      let pauses = 0;
      receiver.take = () => {
        if (pauses++ < 5) receiver.transport.pause();
      };
      const size = 100 * 1_000;
      for (let piece = 0; piece < 100; piece++) sender.transport.write(new Uint8Array(1_000));
      for (let pause = 1; pause <= 5; pause++) {
        await receiver.until(() => receiver.calls === pause);
        await turns();
        expect(receiver.calls).toBe(pause);
        receiver.transport.resume();
        receiver.transport.pause();
        await turns();
        expect(receiver.calls).toBe(pause);
        if (receiver.received === size) break;
        receiver.transport.resume();
      }
      receiver.transport.resume();
      await receiver.untilReceived(size);
      expect(receiver.received).toBe(size);
      await finish(...ends);
    });

    it('can be paused before it is started', async () => {
      const [client, server] = await stage.pair();
      const receiver = new Recorder(server);
      server.pause();
      server.start(receiver);
      const sender = Recorder.start(client);
      client.write(bytesOf('early'));
      await turns();
      expect(receiver.calls).toBe(0);
      server.resume();
      await receiver.untilReceived(5);
      await finish(sender, receiver);
    });

    it.each(both)('loses nothing that comes before it is started, %s', async (_name, from) => {
      const ends = await stage.pair();
      const sender = Recorder.start(ends[from]);
      sender.transport.write(bytesOf('before '));
      await turns();
      sender.transport.write(bytesOf('start'));
      const receiver = Recorder.start(ends[1 - from]!);
      await receiver.untilReceived(12);
      expect(receiver.text).toBe('before start');
      await finish(sender, receiver);
    });

    it.each(both)(
      'ends after what was written, discards what still comes, and closes both sides once, %s',
      async (_name, from) => {
        const ends = await started();
        const [sender, receiver] = [ends[from], ends[1 - from]!];
        receiver.take = () => {};
        const size = 300_000;
        sender.transport.write(new Uint8Array(size));
        receiver.transport.write(bytesOf('not read any more'));
        sender.transport.end();
        sender.transport.end();
        expect(sender.transport.write(bytesOf('too late'))).toBe(true);
        expect(sender.closes).toBe(0);
        await Promise.all([sender.untilClosed(), receiver.untilClosed()]);
        await turns();
        expect([receiver.received, receiver.closes, receiver.error]).toEqual([size, 1, undefined]);
        expect([sender.received, sender.closes, sender.error, sender.drains]).toEqual([0, 1, undefined, 0]);
      },
    );

    it.each(both)('is destroyed at once, and the other side closes, %s', async (_name, from) => {
      const ends = await started();
      const [destroyer, other] = [ends[from], ends[1 - from]!];
      destroyer.transport.write(bytesOf('a'));
      await other.untilReceived(1);
      destroyer.transport.destroy();
      expect(destroyer.closes).toBe(0);
      expect(destroyer.transport.write(bytesOf('too late'))).toBe(true);
      destroyer.transport.destroy();
      destroyer.transport.end();
      destroyer.transport.pause();
      destroyer.transport.resume();
      await Promise.all([destroyer.untilClosed(), other.untilClosed()]);
      other.transport.write(bytesOf('nobody there'));
      other.transport.end();
      other.transport.destroy();
      await turns();
      expect([destroyer.closes, destroyer.error, destroyer.drains]).toEqual([1, undefined, 0]);
      expect([other.closes, other.text]).toEqual([1, 'a']);
    });

    it('is destroyed from inside onBytes, after which no bytes follow', async () => {
      const [client, server] = await started();
      server.take = () => server.transport.destroy();
      for (let piece = 0; piece < 50; piece++) client.transport.write(new Uint8Array(5_000));
      await Promise.all([client.untilClosed(), server.untilClosed()]);
      await turns();
      expect([server.calls, server.closes, server.error, client.closes]).toEqual([1, 1, undefined, 1]);
    });

    it('tells a close that came before the start', async () => {
      const [client, server] = await stage.pair();
      const destroyer = Recorder.start(client);
      client.destroy();
      server.destroy();
      await destroyer.untilClosed();
      await turns();
      const late = new Recorder(server);
      server.start(late);
      expect(late.closes).toBe(0);
      await late.untilClosed();
      expect(late.error).toBeUndefined();
      await finish(destroyer, late);
    });

    it('gives up after the grace time when the peer does not read', async () => {
      const ends = await stage.pair();
      const sender = Recorder.start(ends[0]);
      while (sender.transport.write(new Uint8Array(BLOCK))) await turns(1);
      const startedAt = performance.now();
      sender.transport.end();
      await sender.untilClosed();
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(options.graceMs - 2);
      expect(sender.error).toBeUndefined();
      await finish(sender, Recorder.start(ends[1]));
    });

    if (options.halfClose === true) {
      it.each(both)('lets one side end while the other goes on, %s', async (_name, from) => {
        const ends = await stage.pair();
        const [sender, receiver] = [Recorder.open(ends[from]), Recorder.open(ends[1 - from]!)];
        const size = 300_000;
        sender.transport.write(new Uint8Array(size));
        sender.transport.endWriting!();
        expect(sender.transport.write(bytesOf('too late'))).toBe(true);
        receiver.take = () => {};
        await receiver.until(() => receiver.ends === 1);
        expect([receiver.received, receiver.closes]).toEqual([size, 0]);
        receiver.transport.write(bytesOf('still '));
        await turns();
        receiver.transport.write(bytesOf('here'));
        await sender.untilReceived(10);
        expect([sender.text, sender.closes, sender.ends]).toEqual(['still here', 0, 0]);
        receiver.transport.endWriting!();
        await Promise.all([sender.untilClosed(), receiver.untilClosed()]);
        await turns();
        expect([sender.closes, sender.error, sender.ends, receiver.closes, receiver.error]).toEqual([
          1,
          undefined,
          1,
          1,
          undefined,
        ]);
      });

      it.each(both)('closes by `end` after the peer has ended, %s', async (_name, from) => {
        const ends = await stage.pair();
        const [sender, receiver] = [Recorder.open(ends[from]), Recorder.open(ends[1 - from]!)];
        sender.transport.endWriting!();
        await receiver.until(() => receiver.ends === 1);
        receiver.transport.write(bytesOf('last words'));
        receiver.transport.end();
        await Promise.all([sender.untilClosed(), receiver.untilClosed()]);
        expect([sender.text, sender.error, receiver.error]).toEqual(['last words', undefined, undefined]);
      });

      it('knows its own address', async () => {
        const [client, server] = await stage.pair();
        const addresses = [client.localAddress, server.localAddress];
        expect(addresses).not.toContain('');
        if (server.protocol !== 'unix') expect(addresses).toEqual([server.remoteAddress, client.remoteAddress]);
        await finish(Recorder.start(client), Recorder.start(server));
        expect([client.localAddress, server.localAddress]).toEqual(addresses);
      });
    }

    it('serves many connections at once', async () => {
      const all = await Promise.all(Array.from({ length: 100 }, started));
      await Promise.all(
        all.map(async ([client, server], number) => {
          server.take = (bytes) => void server.transport.write(Uint8Array.from(bytes));
          client.transport.write(bytesOf(`I am ${number}`));
          await client.untilReceived(`I am ${number}`.length);
          expect(client.text).toBe(`I am ${number}`);
        }),
      );
      await finish(...all.flat());
    });
  });
}

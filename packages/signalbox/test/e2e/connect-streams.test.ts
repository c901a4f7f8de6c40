// Links over every kind of byte stream, with real sockets: sizes, order, back-pressure, halves, ends, many at once.
import { describe, expect, it } from 'vitest';
import { Datagram } from '../../src/datagram/datagram.ts';
import { turns } from '../transport/recorder.ts';
import { connectTo, GRACE_MS, listenAt, pair, STREAMS } from './connect-stage.ts';

function filled(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + seed) & 0xff;
  return bytes;
}

describe.each(STREAMS)('a link over %s', (kind) => {
  it('carries messages of every size in order, both ways at once', { timeout: 60_000 }, async () => {
    const [client, server] = await pair(kind);
    const sizes = [
      1, 2, 63, 64, 65, 1_000, 2_048, 2_049, 16_384, 65_535, 65_536, 131_072, 139_264, 1_000_003, 7_654_321,
    ];
    const both = [client, server].map(async (from, side) => {
      const to = side === 0 ? server : client;
      const sending = from.sendAll(sizes.map((size, index) => new Datagram(filled(size, index), index + side)));
      for (const [index, size] of sizes.entries()) {
        const message = await to.receive();
        expect([message?.tag, message?.dataSize]).toEqual([index + side, size]);
        expect(Buffer.compare(message!.data, filled(size, index))).toBe(0);
      }
      expect(await sending).toBe(sizes.length);
    });
    await Promise.all(both);
    expect(client.statistics).toMatchObject({ messagesSent: sizes.length, messagesReceived: sizes.length });
    expect(client.statistics.bytesSent).toBe(server.statistics.bytesReceived);
  });

  it('tells protocol and addresses, and knows them after the end', async () => {
    const [client, server] = await pair(kind);
    expect([client.protocol, server.protocol]).toEqual([kind, kind]);
    const addresses = [client.remoteAddress, client.localAddress, server.remoteAddress, server.localAddress];
    expect(addresses).not.toContain('');
    if (kind !== 'unix') expect(addresses.slice(0, 2)).toEqual([server.localAddress, server.remoteAddress]);
    await Promise.all([client.close(), server.close()]);
    expect([client.remoteAddress, client.localAddress, server.remoteAddress, server.localAddress]).toEqual(addresses);
  });

  it('makes who sends wait for who does not read; memory stays bounded', async () => {
    const [client, server] = await pair(kind, { receiveBuffer: 65_536 });
    let made = 0;
    function* many() {
      for (; made < 3_000; made++) yield new Uint8Array(10_000).fill(made);
    }
    const sending = client.sendAll(many());
    for (let before = -1; before !== made; ) {
      before = made;
      await turns(100);
    }
    expect(made).toBeLessThan(2_500);
    expect(client.statistics.bytesBuffered).toBeLessThan(2_000_000);
    expect(server.statistics.messagesUnread * 10_000).toBeLessThan(600_000);
    for (let count = 0; count < 3_000; count++) expect((await server.receive())?.data[0]).toBe(count & 0xff);
    expect(await sending).toBe(3_000);
  });

  it('flushes before it closes, and the other side gets everything', async () => {
    const [client, server] = await pair(kind);
    for (let index = 0; index < 500; index++) void client.send(filled(3_000, index));
    const closing = client.close();
    let count = 0;
    for await (const { data } of server) expect(data[0]).toBe(filled(1, count++)[0]);
    await Promise.all([closing, server.close()]);
    expect([count, await client.closed, await server.closed]).toEqual([500, undefined, undefined]);
  });

  it('flushes also when that takes longer than the grace time of the transport', async () => {
    const [client, server] = await pair(kind, { receiveBuffer: 65_536 });
    let last: Promise<void> = client.send('first');
    let count = 1;
    // Until the system takes no more, and then some.
    for (let isTaken = true; isTaken && count < 5_000; await turns(3)) {
      for (let more = 0; more < 10; more++, count++) last = client.send(new Uint8Array(10_000).fill(count));
      isTaken = client.statistics.bytesBuffered === 0;
    }
    last.catch(() => {});
    const closing = client.close({ timeoutMs: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS * 3));
    let received = 0;
    for await (const _ of server) received++;
    await Promise.all([closing, server.close()]);
    expect(received).toBe(count);
  });

  it('ends at once when it is destroyed', async () => {
    const [client, server] = await pair(kind);
    const waiting = client.receive();
    client.destroy();
    expect(await waiting).toBeUndefined();
    await server.peerEnded;
    await expect(client.send('x')).rejects.toMatchObject({ code: 'CLOSED' });
    await Promise.all([client.closed, server.close()]);
  });

  it('keeps itself alive by heartbeats that nobody sees', async () => {
    const [client, server] = await pair(kind, { keepAlive: { intervalMs: 10, timeoutMs: 10_000 } });
    await client.send('x');
    expect((await server.receive())?.text).toBe('x');
    while (client.statistics.heartbeatsReceived < 3 || server.statistics.heartbeatsReceived < 3) await turns(5);
    expect([client.reader.take(), server.reader.take(), client.isOpen]).toEqual([undefined, undefined, true]);
  });
});

describe.each(['tcp', 'tls', 'unix'] as const)('half-close over %s', (kind) => {
  it('lets the answers come', async () => {
    const [client, server] = await pair(kind);
    await client.sendAll(['one', 'two']);
    await client.endWriting();
    const asked: string[] = [];
    for await (const { text } of server) asked.push(text);
    await server.sendAll(asked.map((text) => `${text}!`));
    await server.endWriting();
    const answers: string[] = [];
    for await (const { text } of client) answers.push(text);
    expect(answers).toEqual(['one!', 'two!']);
    await Promise.all([client.close(), server.close()]);
    expect([await client.closed, await server.closed]).toEqual([undefined, undefined]);
  });
});

describe.each(['tls', 'ws', 'wss'] as const)('what %s holds itself', (kind) => {
  it('is flushed before the close, however long that takes', async () => {
    const fill = async (most: number): Promise<number> => {
      const [client, server] = await pair(kind, { receiveBuffer: 65_536 });
      let sent = 0;
      for (; sent < most && client.statistics.bytesBuffered === 0; sent++) {
        void client.send(new Uint8Array(10_000));
        await turns(3);
      }
      const closing = client.close({ timeoutMs: 20_000 });
      await new Promise((resolve) => setTimeout(resolve, GRACE_MS * 3));
      let received = 0;
      for await (const _ of server) received++;
      await Promise.all([closing, server.close()]);
      expect(received).toBe(sent);
      return sent;
    };
    const blockedAfter = await fill(5_000);
    await fill(blockedAfter - 15); // everything is taken, and some of it not by the kernel
  });
});

describe('a message of 100,000,000 bytes', () => {
  it.each(['tcp', 'tls'] as const)('goes over %s, and one byte more does not', { timeout: 60_000 }, async (kind) => {
    const [client, server] = await pair(kind);
    const data = filled(100_000_000, 3);
    const sending = client.send(data, { tag: 9 });
    const message = await server.receive();
    await sending;
    expect([message?.tag, message?.dataSize, Buffer.compare(message!.data, data)]).toEqual([9, data.length, 0]);
    await expect(client.send(new Uint8Array(100_000_001))).rejects.toMatchObject({ code: 'TOO_LARGE_MESSAGE' });
    expect(client.isOpen).toBe(true);
  });
});

describe('many links', () => {
  it('a thousand of them, each with its own order', { timeout: 60_000 }, async () => {
    const listener = await listenAt('tcp://127.0.0.1:0', { backlog: 2_000 });
    void (async () => {
      for await (const connection of listener) {
        void (async () => {
          for await (const message of connection) await connection.send(message);
          await connection.close();
        })();
      }
    })();
    const clients = await Promise.all(Array.from({ length: 1_000 }, () => connectTo(listener.url)));
    while (listener.statistics.connections < 1_000) await turns(5);
    await Promise.all(
      clients.map(async (client, number) => {
        const sending = client.sendAll(Array.from({ length: 20 }, (_, index) => `${number} ${index}`));
        for (let index = 0; index < 20; index++) expect((await client.receive())?.text).toBe(`${number} ${index}`);
        await sending;
        await client.close();
      }),
    );
    while (listener.statistics.connections > 0) await turns(5);
  });
});

describe('a listener', () => {
  it('refuses more connections than it may have, and takes others later', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0', { maximumConnections: 2 });
    const [first] = [await connectTo(listener.url), await connectTo(listener.url)];
    const third = await connectTo(listener.url);
    expect(await third.receive().catch(() => undefined)).toBeUndefined();
    expect(listener.statistics).toMatchObject({ connections: 2, refused: 1, waiting: 2 });
    const [one] = [await listener.accept(), await listener.accept()];
    await Promise.all([first.close(), one!.close()]);
    while (listener.statistics.connections > 1) await turns(5);
    await (await connectTo(listener.url)).send('x');
    expect((await (await listener.accept())?.receive())?.text).toBe('x');
  });

  it('ends connections nobody uses', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0', { idleTimeoutMs: 50 });
    const client = await connectTo(listener.url);
    const accepted = await listener.accept();
    expect(await accepted?.closed).toMatchObject({ code: 'IDLE_TIMEOUT' });
    expect(await client.receive().catch(() => undefined)).toBeUndefined();
  });

  it('gives up waiting when told so, and ends by a signal', async () => {
    const controller = new AbortController();
    const listener = await listenAt('tcp://127.0.0.1:0', { signal: controller.signal });
    await expect(listener.accept({ timeoutMs: 10 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const loop = (async () => {
      for await (const connection of listener) connection.destroy();
    })();
    controller.abort();
    await loop;
    expect(await listener.accept()).toBeUndefined();
    await expect(connectTo(listener.url)).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
  });

  it('closes connections nobody took, and leaves the others', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    const taken = await connectTo(listener.url);
    const server = await listener.accept();
    const waiting = await connectTo(listener.url);
    while (listener.statistics.waiting === 0) await turns(2);
    await listener.close();
    await waiting.peerEnded;
    await server!.send('still here');
    expect((await taken.receive())?.text).toBe('still here');
  });
});

describe('connecting', () => {
  it.each([
    ['http://127.0.0.1:1', {}, 'UNKNOWN_SCHEME'],
    ['127.0.0.1:1', {}, 'UNKNOWN_SCHEME'],
    ['tcp://127.0.0.1', {}, 'BAD_URL'],
    ['udp://127.0.0.1:0', {}, 'BAD_URL'],
    ['tcp://127.0.0.1:1', { connectTimeoutMs: -1 }, 'BAD_OPTIONS'],
    ['tcp://127.0.0.1:1', { signal: AbortSignal.abort() }, 'CONNECT_ABORTED'],
    ['udp://127.0.0.1:1', { signal: AbortSignal.abort() }, 'CONNECT_ABORTED'],
    ['tcp://127.0.0.1:1', {}, 'CONNECTION_REFUSED'],
    ['unix:///nowhere/socket', {}, 'CONNECTION_REFUSED'],
    ['tcp://nowhere.invalid:1', {}, 'HOST_NOT_FOUND'],
    ['udp://nowhere.invalid:1', {}, 'HOST_NOT_FOUND'],
  ])('to %s with %j fails with a code', async (url, options, code) => {
    await expect(connectTo(url, options)).rejects.toMatchObject({ code });
  });

  it.each([
    ['ftp://127.0.0.1:0', {}, 'UNKNOWN_SCHEME'],
    ['tcp://127.0.0.1:0', { maximumConnections: -1 }, 'BAD_OPTIONS'],
    ['tcp://192.0.2.1:0', {}, 'ADDRESS_NOT_AVAILABLE'],
    ['udp://192.0.2.1:0', {}, 'ADDRESS_NOT_AVAILABLE'],
    ['tls://127.0.0.1:0', { tls: {} }, 'TLS_OPTIONS'],
  ])('listening at %s with %j fails with a code', async (url, options, code) => {
    await expect(listenAt(url, options)).rejects.toMatchObject({ code });
  });
});

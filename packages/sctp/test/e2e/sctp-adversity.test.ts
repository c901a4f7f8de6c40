// sctp:// over real sockets when not everything is well: loss, peers that move, strangers, receivers that do not read, limits.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Connection, type ConnectionListener, connect, Datagram, listen } from 'signalbox/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { dtlsSctp, type SctpOptions, sctp } from '../../src/index.ts';
import { initOf, packetOf } from '../support/packets.ts';
import { UdpRelay } from '../support/udp-relay.ts';
import { seeded } from '../support/virtual-network.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function server(options: SctpOptions = {}, more = {}): Promise<{ listener: ConnectionListener; port: number }> {
  const listener = await listen('sctp://127.0.0.1:0', { transports: [sctp(options)], ...more });
  open.push(listener);
  return { listener, port: Number(listener.url.split(':').at(-1)) };
}

async function next(listener: ConnectionListener): Promise<Connection> {
  return (await listener[Symbol.asyncIterator]().next()).value as Connection;
}

async function client(port: number, options: SctpOptions = {}): Promise<Connection> {
  const connection = await connect(`sctp://127.0.0.1:${port}`, { transports: [sctp(options)] });
  open.push(connection);
  return connection;
}

async function numbers(connection: Connection, count: number): Promise<number[]> {
  const all: number[] = [];
  for await (const { tag } of connection) if (all.push(tag) === count) break;
  return all;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('sctp://', () => {
  it('through a network that loses, doubles and reorders', async () => {
    const { listener, port } = await server();
    const relay = await UdpRelay.to(port, { loss: 10, duplication: 5, reordering: 10, seed: 4 });
    open.push(relay);
    const one = await client(relay.port);
    const other = await next(listener);
    const sent = (async () => {
      for (const tag of upTo(3000)) await one.send(new Datagram(new Uint8Array(1 + (tag % 900)), tag));
    })();
    expect(await numbers(other, 3000)).toEqual(upTo(3000));
    await sent;
    expect(relay.lost).toBeGreaterThan(20);
    await one.close();
  });

  it('goes on when its peer is somewhere else', async () => {
    const { listener, port } = await server();
    const relay = await UdpRelay.to(port);
    open.push(relay);
    const one = await client(relay.port);
    const other = await next(listener);
    await one.send(new Datagram(Uint8Array.of(1), 0));
    expect(await numbers(other, 1)).toEqual([0]);
    const moved = await relay.move();
    const back = numbers(one, 1);
    await one.send(new Datagram(Uint8Array.of(1), 1));
    expect(await numbers(other, 1)).toEqual([1]);
    expect(other.remoteAddress).toBe(`127.0.0.1:${moved}`);
    await other.send(new Datagram(Uint8Array.of(1), 2));
    expect(await back).toEqual([2]);
    await one.close();
  });

  it('in the midst of garbage and calls that nobody finishes', async () => {
    const { listener, port } = await server({}, { maximumConnections: 2 });
    const one = await client(port);
    const other = await next(listener);
    const stranger = createSocket('udp4');
    const random = seeded(9);
    let answers = 0;
    stranger.on('message', () => answers++);
    const received = numbers(other, 500);
    for (const tag of upTo(500)) {
      const garbage = Buffer.alloc(random() % 600, random() & 255);
      stranger.send(garbage, port, '127.0.0.1');
      const init = packetOf({ source: random() % 65_536, tag: 0, chunks: [{ type: 1, body: initOf(random()) }] });
      stranger.send(init, port, '127.0.0.1');
      await one.send(new Datagram(Uint8Array.of(1), tag));
    }
    expect(await received).toEqual(upTo(500));
    expect(listener.statistics.connections).toBe(1);
    const second = await client(port); // there is room still
    await second.close();
    stranger.close();
    await once(stranger, 'close');
    expect(answers).toBeLessThanOrEqual(500);
  });

  it('refuses above its limit, and has room again afterwards', async () => {
    const { listener, port } = await server({}, { maximumConnections: 1 });
    const one = await client(port);
    await next(listener);
    await expect(client(port)).rejects.toMatchObject({ code: 'PEER_ABORTED', causes: [4] });
    expect(listener.statistics.refused).toBe(1);
    await one.close();
    const two = await client(port);
    expect(two.isOpen).toBe(true);
  });

  it('slows down who sends to a peer that does not read, and loses nothing', async () => {
    const { listener, port } = await server();
    const one = await client(port);
    const other = await next(listener);
    let taken = 0;
    const sent = (async () => {
      for (const tag of upTo(400)) {
        await one.send(new Datagram(new Uint8Array(50_000).fill(tag), tag));
        taken = tag + 1;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Windows and buffers of both sides hold some of the 20 MB, not all.
    expect(taken).toBeLessThan(300);
    expect(await numbers(other, 400)).toEqual(upTo(400));
    await sent;
  });

  it('tells a peer that it was cut off', async () => {
    const { listener, port } = await server();
    const one = await client(port);
    const other = await next(listener);
    one.destroy();
    expect(await other.closed).toMatchObject({ code: 'CONNECTION_LOST', cause: { code: 'PEER_ABORTED' } });
    expect(await one.closed).toBeUndefined();
  });

  it('stops listening, and keeps what is open', async () => {
    const { listener, port } = await server();
    const one = await client(port);
    const other = await next(listener);
    await listener.close();
    await expect(client(port)).rejects.toMatchObject({ code: 'PEER_ABORTED' });
    await one.send(new Datagram(Uint8Array.of(1), 5));
    expect(await numbers(other, 1)).toEqual([5]);
    await one.close();
    await other.closed;
    // The socket is gone with the last connection.
    await expect(client(port)).rejects.toMatchObject({ code: 'NETWORK_LOST' });
  });

  it('says what is wrong with an address or an option', async () => {
    const transports = [sctp()];
    for (const url of ['sctp://127.0.0.1:99999', 'sctp://127.0.0.1/path', 'sctp://a b']) {
      await expect(connect(url, { transports }), url).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(listen('sctp://192.0.2.1:0', { transports })).rejects.toMatchObject({ code: 'SOCKET_FAILED' });
    await expect(connect('sctp://nowhere.invalid', { transports })).rejects.toMatchObject({ code: 'SOCKET_FAILED' });
    expect(() => sctp({ limits: { inboundStreams: 0 } })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    for (const make of [sctp, dtlsSctp]) {
      for (const options of [{ port: 0 }, { prot: 5000 }, { limits: { heartbeatInterval: 1 } }]) {
        expect(() => make(options as object)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      }
    }
    for (const cookieLifeMs of [0, Number.NaN, '1' as unknown as number]) {
      expect(() => sctp({ cookieLifeMs }), String(cookieLifeMs)).toThrow('cookieLifeMs');
    }
    const { port } = await server();
    await expect(listen(`sctp://127.0.0.1:${port}`, { transports })).rejects.toMatchObject({ code: 'SOCKET_FAILED' });
  });

  it('carries over IPv6, where there is one', async () => {
    const listener = await listen('sctp://[::1]:0', { transports: [sctp()] }).catch((error: Error) => error);
    if (listener instanceof Error) return expect(listener).toMatchObject({ code: 'SOCKET_FAILED' });
    open.push(listener);
    expect(listener.url).toMatch(/^sctp:\/\/\[::1\]:\d+$/);
    const one = await connect(listener.url, { transports: [sctp()] });
    open.push(one);
    expect(one.remoteAddress).toBe(listener.url.slice('sctp://'.length));
    return undefined;
  });
});

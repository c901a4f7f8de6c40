// sctp:// of signalbox/connect over real sockets on the loopback.
import { createSocket } from 'node:dgram';
import { type Connection, connect, Datagram, listen } from 'signalbox/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { type SctpOptions, sctp } from '../../src/index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function pair(options: SctpOptions = {}): Promise<{ client: Connection; server: Connection; url: string }> {
  const transports = [sctp(options)];
  const listener = await listen('sctp://127.0.0.1:0', { transports });
  open.push(listener);
  const { url } = listener;
  const [client, first] = await Promise.all([connect(url, { transports }), listener[Symbol.asyncIterator]().next()]);
  open.push(client);
  return { client, server: first.value as Connection, url };
}

async function gather(connection: Connection, count: number): Promise<Datagram[]> {
  const all: Datagram[] = [];
  for await (const datagram of connection) {
    all.push(new Datagram(datagram.data.slice(), datagram.tag));
    if (all.length === count) break;
  }
  return all;
}

describe('sctp://', () => {
  it('carries datagrams both ways, in order', async () => {
    const { client, server, url } = await pair();
    expect(url).toMatch(/^sctp:\/\/127\.0\.0\.1:\d+$/);
    expect(client.protocol).toBe('sctp');
    expect(client.remoteAddress).toBe(url.slice('sctp://'.length));
    expect(server.remoteAddress).toBe(client.localAddress);
    const echo = (async () => {
      for await (const { data, tag } of server) await server.send(new Datagram(data.slice(), tag));
    })();
    const back = gather(client, 2000);
    for (let number = 0; number < 2000; number++) {
      await client.send(new Datagram(new Uint8Array(1 + (number % 700)).fill(number), number));
    }
    const datagrams = await back;
    expect(datagrams.map(({ tag }) => tag)).toEqual(Array.from({ length: 2000 }, (_, index) => index));
    for (const { data, tag } of datagrams) expect(data.every((byte) => byte === (tag & 255))).toBe(true);
    await client.close();
    await echo;
  });

  it('carries large ones to a reader that is slow', async () => {
    const { client, server } = await pair();
    const sizes = [1, 1204, 65_536, 1_000_000, 9_000_000, 5];
    const sent = (async () => {
      for (const [tag, size] of sizes.entries())
        await client.send(new Datagram(new Uint8Array(size).fill(tag + 1), tag));
    })();
    const got = await gather(server, sizes.length);
    await sent;
    expect(got.map(({ data }) => data.length)).toEqual(sizes);
    for (const { data, tag } of got) expect(data.every((byte) => byte === tag + 1)).toBe(true);
  });

  it('ends one side while the other goes on', async () => {
    const { client, server } = await pair();
    await client.send(new Datagram(Uint8Array.of(1)));
    await client.endWriting();
    expect(await gather(server, 99)).toHaveLength(1);
    await server.send(new Datagram(Uint8Array.of(2)));
    await server.send(new Datagram(Uint8Array.of(3)));
    await server.close();
    expect((await gather(client, 99)).map(({ data }) => data[0])).toEqual([2, 3]);
    await client.close();
  });

  it('says that nobody listens, soon', async () => {
    const closed = createSocket('udp4');
    await new Promise<void>((resolve) => closed.bind(0, '127.0.0.1', resolve));
    const { port } = closed.address();
    await new Promise<void>((resolve) => closed.close(resolve));
    const attempt = connect(`sctp://127.0.0.1:${port}`, { transports: [sctp()] });
    await expect(attempt).rejects.toMatchObject({ code: 'NETWORK_LOST' });
  });

  it('gives up on a port that does not answer, and can be aborted', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const url = `sctp://127.0.0.1:${silent.address().port}`;
    const transports = [sctp()];
    await expect(connect(url, { transports, connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'HANDSHAKE_TIMEOUT',
    });
    const abort = new AbortController();
    const attempt = connect(url, { transports, signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise<void>((resolve) => silent.close(resolve));
  });
});

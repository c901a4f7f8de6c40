// Links over UDP: one message per packet, peers told apart by address, bounded, and nothing that a stranger sends harms them.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Datagram } from '../../src/datagram/datagram.ts';
import { turns } from '../transport/recorder.ts';
import { connectTo, listenAt, pair } from './connect-stage.ts';

async function stranger(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket;
}

describe('a link over UDP', () => {
  it('carries messages of every size that fits, both ways', async () => {
    const [client, server] = await pair('udp');
    for (const size of [1, 1_200, 9_000, 65_499]) {
      await client.send(new Uint8Array(size).fill(size), { tag: size });
      const message = await server.receive({ timeoutMs: 5_000 });
      expect([message?.tag, message?.dataSize]).toEqual([size, size]);
      await server.send(message!);
      expect((await client.receive({ timeoutMs: 5_000 }))?.dataSize).toBe(size);
    }
    await expect(client.send(new Uint8Array(65_500))).rejects.toMatchObject({ code: 'TOO_LARGE_MESSAGE' });
    expect(client.isOpen).toBe(true);
  });

  it('tells protocol and addresses', async () => {
    const [client, server, listener] = await pair('udp');
    expect([client.protocol, server.protocol]).toEqual(['udp', 'udp']);
    expect([client.localAddress, client.remoteAddress]).toEqual([server.remoteAddress, server.localAddress]);
    expect(listener.url).toBe(`udp://${client.remoteAddress}`);
    expect(client.peerCertificate()).toBeUndefined();
  });

  it('tells peers apart', async () => {
    const listener = await listenAt('udp://127.0.0.1:0');
    void (async () => {
      for await (const connection of listener) {
        void (async () => {
          let count = 0;
          for await (const { text } of connection) await connection.send(`${text} ${++count}`);
        })();
      }
    })();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectTo(listener.url)));
    for (let round = 1; round <= 3; round++) {
      await Promise.all(clients.map((client, number) => client.send(`client ${number}`)));
      for (const [number, client] of clients.entries())
        expect((await client.receive({ timeoutMs: 5_000 }))?.text).toBe(`client ${number} ${round}`);
    }
    expect(listener.statistics.connections).toBe(20);
  });

  it('makes no connection of what is no datagram, and counts it', async () => {
    const listener = await listenAt('udp://127.0.0.1:0', { maximumMessageSize: 100 });
    const port = Number(new URL(listener.url).port);
    const socket = await stranger();
    const wrong = ['', '00', '0000000500010000', '000000050002000041', '0000000400010000', 'ffffffff0001000041'];
    const large = new Datagram(new Uint8Array(101)).toBytes();
    for (const bytes of [...wrong.map((hex) => Buffer.from(hex, 'hex')), large]) socket.send(bytes, port, '127.0.0.1');
    while (listener.statistics.failedHandshakes < wrong.length + 1) await turns(2);
    expect(listener.statistics).toMatchObject({ connections: 0, waiting: 0 });
  });

  it('drops and counts such things within a connection, which goes on', async () => {
    const listener = await listenAt('udp://127.0.0.1:0');
    const port = Number(new URL(listener.url).port);
    const socket = await stranger();
    const good = new Datagram('good').toBytes();
    const two = Buffer.concat([good, good]);
    for (const bytes of [good, good.subarray(0, 9), two, Buffer.from('x'), good]) socket.send(bytes, port, '127.0.0.1');
    const connection = await listener.accept();
    expect([(await connection!.receive())?.text, (await connection!.receive())?.text]).toEqual(['good', 'good']);
    expect(connection!.statistics).toMatchObject({ malformed: 3, messagesReceived: 2 });
  });

  it('takes no more peers than it may, and others when those have gone', async () => {
    const listener = await listenAt('udp://127.0.0.1:0', { maximumConnections: 2, idleTimeoutMs: 100 });
    const clients = [await connectTo(listener.url), await connectTo(listener.url), await connectTo(listener.url)];
    for (const client of clients) await client.send('x');
    while (listener.statistics.refused === 0) await turns(2);
    expect(listener.statistics.connections).toBe(2);
    const first = await listener.accept();
    expect(await first!.closed).toMatchObject({ code: 'IDLE_TIMEOUT' });
    while (listener.statistics.connections > 0) await turns(5);
    await clients[2]!.send('again');
    while (listener.statistics.connections === 0) await turns(2);
  });

  it('loses what comes while nobody reads, and counts it; nothing piles up', async () => {
    const [client, server] = await pair('udp', { receiveBuffer: 10_000 });
    for (let index = 0; index < 100; index++) await client.send(new Uint8Array(1_000));
    const here = (): number => server.statistics.dropped + server.statistics.messagesReceived - 1;
    while (here() < 100) await turns(2);
    expect(server.statistics.dropped).toBeGreaterThan(0);
    expect(server.statistics.messagesUnread).toBeLessThan(20);
    let left = 0;
    while (server.reader.take() !== undefined) left++;
    expect(left).toBe(server.statistics.messagesReceived - 1);
    await client.send('after');
    expect((await server.receive({ timeoutMs: 5_000 }))?.text).toBe('after');
  });

  it('does not notice that nobody is there, but by heartbeats', async () => {
    const socket = await stranger();
    const url = `udp://127.0.0.1:${socket.address().port}`;
    const client = await connectTo(url, { keepAlive: { intervalMs: 20, timeoutMs: 100 } });
    await client.send('x');
    expect(await client.closed).toMatchObject({ code: 'PEER_SILENT' });
    const nobody = await connectTo('udp://127.0.0.1:9');
    for (let index = 0; index < 5; index++) await nobody.send('x');
    await turns();
    expect(nobody.isOpen).toBe(true);
    await nobody.close();
  });

  it('closes the socket of a listener when the last peer has gone', async () => {
    const [client, server, listener] = await pair('udp');
    await listener.close();
    await client.send('still here');
    expect((await server.receive())?.text).toBe('still here');
    await server.close();
    expect(await server.closed).toBeUndefined();
    await expect(listenAt(listener.url)).resolves.toBeDefined();
  });

  it('flushes before it closes', async () => {
    const [client, server] = await pair('udp');
    for (let index = 0; index < 50; index++) void client.send(`${index}`);
    await client.close();
    for (let index = 0; index < 50; index++)
      expect((await server.receive({ timeoutMs: 5_000 }))?.text).toBe(`${index}`);
  });

  it('speaks IPv6', async () => {
    const listener = await listenAt('udp://[::1]:0').catch(() => undefined);
    if (listener === undefined) return; // a machine without IPv6
    const client = await connectTo(listener.url);
    await client.send('x');
    expect((await (await listener.accept())!.receive())?.text).toBe('x');
  });
});

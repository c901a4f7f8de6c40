// What peers do that our own clients never do, to plain sockets: resets, half-open connections, silence.

import { EventEmitter } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import type { ListenOptions } from '../../src/transport/listen.ts';
import { SocketTransport } from '../../src/transport/socket-transport.ts';
import { bytesOf, Recorder, resetPeer, turns } from './recorder.ts';
import { Arrivals, GRACE_MS } from './stage.ts';

/** A plain client and the server end that belongs to it. */
async function meet(options: ListenOptions = {}, clientOptions: net.SocketConstructorOpts = {}) {
  const arrivals = await Arrivals.at('mqtt://127.0.0.1:0', { graceMs: GRACE_MS, ...options });
  const { listener } = arrivals;
  const client = new net.Socket(clientOptions).on('error', () => {});
  client.connect(Number(new URL(listener.url).port), '127.0.0.1');
  const server = new Recorder(await arrivals.next());
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  return { listener, client, server, closed };
}

async function untilBlocked(server: Recorder): Promise<void> {
  for (let drains = -1; drains !== server.drains; ) {
    drains = server.transport.write(new Uint8Array(65_536)) ? -1 : server.drains;
    await turns(5);
  }
}

/** A file in the place of what the kernel has under the socket's number. */
function fileBehind(parts: { readonly destroyed: boolean; readonly writableLength: number; readonly flags?: string }) {
  const path = join(mkdtempSync(join(tmpdir(), 'signalbox-')), 'file');
  writeFileSync(path, '');
  const fd = openSync(path, parts.flags ?? 'w');
  const streamed: string[] = [];
  const write = (bytes: Uint8Array) => streamed.push(Buffer.from(bytes).toString());
  const socket = Object.assign(new EventEmitter(), { ...parts, _handle: { fd }, write });
  const origin = { protocol: 'tcp', peerName: '', graceMs: GRACE_MS, closed: () => {} } as const;
  const transport = new SocketTransport(origin).carry(socket as unknown as net.Socket, 'static');
  const text = () => readFileSync(path, 'utf8');
  return { transport, fd, streamed, text };
}

describe('writing by the number the system has for a socket', () => {
  it('gives the kernel the bytes at once', () => {
    const { transport, fd, streamed, text } = fileBehind({ destroyed: false, writableLength: 0 });
    expect(transport.write(bytesOf('straight'))).toBe(true);
    expect([text(), streamed]).toEqual(['straight', []]);
    closeSync(fd);
  });

  it('never happens once the socket is destroyed: the number may belong to somebody else by then', () => {
    const { transport, fd, streamed, text } = fileBehind({ destroyed: true, writableLength: 0 });
    transport.write(bytesOf('mine'));
    expect([text(), streamed]).toEqual(['', ['mine']]);
    closeSync(fd);
  });

  it('never overtakes what the stream has still to send', () => {
    const { transport, fd, streamed, text } = fileBehind({ destroyed: false, writableLength: 5 });
    expect(transport.write(bytesOf('second'))).toBe(false);
    expect([text(), streamed]).toEqual(['', ['second']]);
    closeSync(fd);
  });

  it('leaves it to the stream to find out what is wrong', () => {
    const { transport, fd, streamed } = fileBehind({ destroyed: false, writableLength: 0, flags: 'r' });
    transport.write(bytesOf('nobody there'));
    expect(streamed).toEqual(['nobody there']);
    closeSync(fd);
  });
});

describe.each(['static', 'fresh'] as const)('a plain socket, %s reading', (reading) => {
  it('closes with the error when the peer resets', async () => {
    const { listener, client, server } = await meet({ reading });
    server.transport.start(server);
    client.write('a');
    await server.untilReceived(1);
    await resetPeer(client, server);
    expect([server.closes, (server.error as NodeJS.ErrnoException).code]).toEqual([1, 'ECONNRESET']);
    await listener.close();
  });

  it('closes with the error when the peer resets while much is waiting to be sent', async () => {
    const { listener, client, server } = await meet({ reading });
    server.transport.start(server);
    await untilBlocked(server);
    client.resetAndDestroy();
    await server.untilClosed();
    await turns();
    expect(server.closes).toBe(1);
    expect(['ECONNRESET', 'EPIPE']).toContain((server.error as NodeJS.ErrnoException).code);
    expect([server.transport.bufferedBytes, server.transport.write(bytesOf('a'))]).toEqual([0, true]);
    await listener.close();
  });

  it('does not report an error that its own destroy was too early for', async () => {
    const { listener, client, server } = await meet({ reading });
    server.transport.start(server);
    await untilBlocked(server);
    client.resetAndDestroy();
    server.transport.destroy();
    await server.untilClosed();
    await turns();
    expect([server.closes, server.error]).toEqual([1, undefined]);
    await listener.close();
  });

  it('ends its side when the peer ends, after what was written', async () => {
    const { listener, client, server, closed } = await meet({ reading }, { allowHalfOpen: true });
    let text = '';
    client.on('data', (data) => {
      text += data.toString();
    });
    server.transport.start(server);
    server.take = () => {
      server.transport.write(bytesOf('answer'));
    };
    client.end('question');
    await server.untilClosed();
    await closed;
    await turns();
    expect([text, server.received, server.closes, server.error]).toEqual(['answer', 8, 1, undefined]);
    await listener.close();
  });

  it('closes after the grace time when the peer has ended and does not read', async () => {
    const { listener, client, server } = await meet({ reading }, { allowHalfOpen: true });
    client.pause();
    server.transport.start(server);
    await untilBlocked(server);
    client.end();
    await server.untilClosed();
    expect([server.closes, server.error]).toEqual([1, undefined]);
    client.destroy();
    await listener.close();
  });

  it('closes after the grace time when the peer keeps its side open', async () => {
    const { listener, client, server } = await meet({ reading }, { allowHalfOpen: true });
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    client.resume();
    server.transport.start(server);
    server.transport.pause();
    client.write(new Uint8Array(100_000));
    server.transport.write(bytesOf('bye'));
    server.transport.end();
    await ended;
    expect(server.closes).toBe(0);
    await server.untilClosed();
    await turns();
    expect([server.calls, server.closes, server.error]).toEqual([0, 1, undefined]);
    client.destroy();
    await listener.close();
  });

  it('survives a peer that is gone before anybody looks', async () => {
    const { listener, client, server } = await meet({ reading });
    client.resetAndDestroy();
    await turns();
    server.transport.start(server);
    await server.untilClosed();
    await turns();
    expect(server.closes).toBe(1);
    expect(listener.connections).toBe(0);
    await listener.close();
  });
});

it('a connection that is made writes small packets at once, and asks whether the peer is still there', async () => {
  const arrivals = await Arrivals.at('mqtt://127.0.0.1:0', { graceMs: GRACE_MS });
  const asked: string[] = [];
  const original = net.Socket.prototype.connect;
  const spy = vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (this: net.Socket, ...args) {
    const socket = original.apply(this, args);
    const handle = (this as unknown as { _handle: Record<string, (isOn: boolean) => number> })._handle;
    for (const name of ['setNoDelay', 'setKeepAlive']) {
      handle[name] = (isOn) => asked.push(`${name} ${isOn}`) && 0;
    }
    return socket;
  });
  const transport = await connect(arrivals.listener.url);
  spy.mockRestore();
  expect(asked).toEqual(['setNoDelay true', 'setKeepAlive true']);
  const [client, server] = [Recorder.start(transport), Recorder.start(await arrivals.next())];
  client.transport.destroy();
  await server.untilClosed();
  await arrivals.listener.close();
});

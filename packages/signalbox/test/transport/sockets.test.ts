// What peers do that our own clients never do, to plain sockets: resets, half-open connections, silence.

import net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ListenOptions } from '../../src/transport/listen.ts';
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

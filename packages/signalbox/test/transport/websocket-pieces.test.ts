// A large WebSocket message is handed over in pieces, so that a receiver can pause in the middle of it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect } from '../../src/transport/connect.ts';
import { listen } from '../../src/transport/listen.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { connectBrowserWebSocket, type PlatformWebSocketClass } from '../../src/transport/websocket-browser.ts';

const SIZE = 300_000;

it('a message of 300 kB comes in pieces of at most 64 KiB, and pausing holds the rest back', async () => {
  const sizes: number[] = [];
  let accepted!: Transport;
  let isPausing = true;
  let onPiece!: () => void;
  const firstPiece = new Promise<void>((resolve) => {
    onPiece = resolve;
  });
  let onAll!: () => void;
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  const listener = await listen('ws://127.0.0.1:0/mqtt', {}, (transport) => {
    accepted = transport;
    transport.start({
      onBytes: (bytes) => {
        sizes.push(bytes.length);
        if (isPausing) transport.pause();
        onPiece();
        if (sizes.reduce((sum, size) => sum + size, 0) === SIZE) onAll();
      },
      onDrain: () => {},
      onClose: () => {},
    });
  });
  onTestFinished(() => listener.close());
  const client = new WebSocket(listener.url, 'mqtt'); // ours would send it in smaller ones
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  client.send(new Uint8Array(SIZE));
  await firstPiece;
  expect(sizes).toEqual([65_536]);
  isPausing = false;
  accepted.resume();
  await all;
  expect(Math.max(...sizes)).toBe(65_536);
  expect(sizes).toHaveLength(5);
});

const platform = { WebSocket: WebSocket as unknown as PlatformWebSocketClass };

it.each([
  ['Node', connect],
  ['browsers', (url: string) => connectBrowserWebSocket(url, platform)],
])('the client of %s sends messages of at most 64 KiB, as many servers take no larger ones', async (_, dial) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 65_536 });
  onTestFinished(() => server.close());
  const sizes: number[] = [];
  const received: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    server.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => {
        sizes.push(data.length);
        received.push(data);
        if (Buffer.concat(received).length === SIZE) resolve();
      }),
    );
  });
  await once(server, 'listening');
  const client = await dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`);
  onTestFinished(() => client.destroy());
  client.start({ onBytes: () => {}, onDrain: () => {}, onClose: () => {} });
  const bytes = Uint8Array.from({ length: SIZE }, (_byte, index) => index ^ (index >> 8));
  client.write(bytes);
  await all;
  expect(sizes).toEqual([65_536, 65_536, 65_536, 65_536, SIZE - 4 * 65_536]);
  expect(Buffer.concat(received).equals(bytes)).toBe(true);
});

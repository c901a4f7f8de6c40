// A large WebSocket message is handed over in pieces, so that a receiver can pause in the middle of it.
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { listen } from '../../src/transport/listen.ts';
import type { Transport } from '../../src/transport/transport.ts';

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
  const client = await connect(listener.url);
  onTestFinished(() => client.destroy());
  client.start({ onBytes: () => {}, onDrain: () => {}, onClose: () => {} });
  client.write(new Uint8Array(SIZE));
  await firstPiece;
  expect(sizes).toEqual([65_536]);
  isPausing = false;
  accepted.resume();
  await all;
  expect(Math.max(...sizes)).toBe(65_536);
  expect(sizes).toHaveLength(5);
});

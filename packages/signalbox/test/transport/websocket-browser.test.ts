// What the transport over a platform's WebSocket holds while nobody reads: so much, and not more.

import { describe, expect, it } from 'vitest';
import { connectBrowserWebSocket, type PlatformWebSocket } from '../../src/transport/websocket-browser.ts';
import { Recorder, turns } from './recorder.ts';

/** A WebSocket that a test opens, feeds and closes. */
class PlayedWebSocket implements PlatformWebSocket {
  static last: PlayedWebSocket;
  binaryType = '';
  readonly bufferedAmount = 0;
  readonly protocol = 'mqtt';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  closeCode: number | undefined = undefined;

  constructor() {
    PlayedWebSocket.last = this;
    queueMicrotask(() => this.onopen?.(undefined as never));
  }

  send(): void {}

  close(code?: number): void {
    this.closeCode = code;
    queueMicrotask(() => this.onclose?.({ code: 1000, wasClean: true } as never));
  }

  deliver(bytes: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: bytes.buffer } as never);
  }
}

async function connected(maximumHeld?: number): Promise<[Recorder, PlayedWebSocket]> {
  const limit = maximumHeld === undefined ? {} : { maximumHeld };
  const transport = await connectBrowserWebSocket('ws://127.0.0.1', { WebSocket: PlayedWebSocket, ...limit });
  return [new Recorder(transport), PlayedWebSocket.last];
}

const COST = 256;

describe('a platform WebSocket that is paused', () => {
  it.each(['before the start', 'after it'])(
    'holds what comes up to its limit, and closes above it: %s',
    async (when) => {
      const [recorder, webSocket] = await connected(10 * (100 + COST));
      if (when === 'after it') recorder.transport.start(recorder);
      recorder.transport.pause();
      for (let count = 0; count < 10; count++) webSocket.deliver(new Uint8Array(100));
      await turns();
      expect([webSocket.closeCode, recorder.closes, recorder.received]).toEqual([undefined, 0, 0]);
      webSocket.deliver(new Uint8Array(1));
      webSocket.deliver(new Uint8Array(1));
      if (when === 'before the start') recorder.transport.start(recorder);
      await recorder.untilClosed();
      expect(webSocket.closeCode).toBe(1000);
      expect(recorder.error).toMatchObject({ name: 'TransportError', code: 'RECEIVE_BUFFER_FULL' });
      recorder.transport.resume();
      await turns();
      expect([recorder.received, recorder.closes]).toEqual([0, 1]);
    },
  );

  it('counts small messages as what they cost', async () => {
    const [recorder, webSocket] = await connected();
    recorder.transport.start(recorder);
    recorder.transport.pause();
    let messages = 0;
    while (webSocket.closeCode === undefined) {
      webSocket.deliver(new Uint8Array(2));
      messages++;
    }
    expect(messages).toBe(Math.floor((16 * 1024 * 1024) / (2 + COST)) + 1);
    await recorder.untilClosed();
  });

  it('has its room back once it has been read, in order, and takes any message while it is read', async () => {
    const [recorder, webSocket] = await connected(1_000);
    recorder.transport.start(recorder);
    for (let round = 0; round < 20; round++) {
      recorder.transport.pause();
      for (const letter of ['a', 'b', 'c']) webSocket.deliver(new Uint8Array(Buffer.from(letter + round)));
      recorder.transport.resume();
      await turns(1);
    }
    webSocket.deliver(new Uint8Array(100_000));
    webSocket.deliver(new Uint8Array(0));
    await turns();
    expect(recorder.closes).toBe(0);
    expect(recorder.text.slice(0, 12)).toBe('a0b0c0a1b1c1');
    expect(recorder.received).toBe(10 * 6 + 10 * 9 + 100_000);
    recorder.transport.destroy();
    await recorder.untilClosed();
  });

  it('hands out thousands of held messages without copying them about', async () => {
    const [recorder, webSocket] = await connected();
    recorder.transport.start(recorder);
    recorder.transport.pause();
    for (let count = 0; count < 60_000; count++) webSocket.deliver(new Uint8Array([count & 0x7f]));
    let pauses = 0;
    recorder.take = () => {
      if (recorder.received % 1_000 !== 0) return;
      pauses++;
      recorder.transport.pause();
      recorder.transport.resume();
    };
    recorder.transport.resume();
    await recorder.untilReceived(60_000);
    expect(pauses).toBe(60);
    recorder.transport.destroy();
    await recorder.untilClosed();
  });
});

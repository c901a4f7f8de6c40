// Recorder: a TransportHandler which keeps what it was told, and promises for what a test waits for.

import type { Socket } from 'node:net';
import type { Transport, TransportHandler } from '../../src/transport/transport.ts';

export class Recorder implements TransportHandler {
  readonly transport: Transport;
  received = 0;
  calls = 0;
  drains = 0;
  closes = 0;
  ends = 0;
  error: Error | undefined = undefined;
  /** Set to keep what comes, for small amounts. */
  text = '';
  /** Called with the bytes while they are valid. */
  take: (bytes: Uint8Array) => void = (bytes) => {
    this.text += Buffer.from(bytes).toString('latin1');
  };
  #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = [];

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The transport, started with a recorder. */
  static start(transport: Transport): Recorder {
    const recorder = new Recorder(transport);
    transport.start(recorder);
    return recorder;
  }

  /** The same, with a handler that wants to know when the peer has ended its side. */
  static open(transport: Transport): Recorder {
    const recorder = new Recorder(transport);
    recorder.onEnd = () => {
      if (recorder.closes > 0) throw new Error('an end after the close');
      recorder.ends++;
      recorder.#look();
    };
    transport.start(recorder);
    return recorder;
  }

  onEnd?: () => void;

  onBytes(bytes: Uint8Array): void {
    this.take(bytes);
    this.took(bytes.length);
  }

  /** So many bytes came. */
  protected took(size: number): void {
    if (this.closes > 0) throw new Error('bytes after the close');
    if (size === 0) throw new Error('no bytes');
    this.calls++;
    this.received += size;
    this.#look();
  }

  onDrain(): void {
    if (this.closes > 0) throw new Error('drain after the close');
    this.drains++;
    this.#look();
  }

  onClose(error: Error | undefined): void {
    this.closes++;
    this.error = error;
    this.#look();
  }

  /** Resolves as soon as `isDone` holds; it is asked whenever something happens here. */
  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isDone, resolve }));
  }

  untilReceived(size: number): Promise<void> {
    return this.until(() => this.received >= size);
  }

  untilDrained(): Promise<void> {
    const { drains } = this;
    return this.until(() => this.drains > drains);
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.closes > 0);
  }

  #look(): void {
    const ready = this.#waiting.filter(({ isDone }) => isDone());
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}

/** Lets everything happen that is on its way within this machine. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** Resets the connection of `socket`; `receiver` cannot mistake it for an end, because it reads only afterwards. */
export async function resetPeer(socket: Socket, receiver: Recorder): Promise<void> {
  receiver.transport.pause();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  receiver.transport.resume();
  await receiver.untilClosed();
  await turns();
}

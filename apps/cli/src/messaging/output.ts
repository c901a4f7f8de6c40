/**
 * Where messages are printed. What is written in one turn of the event loop goes out together; who is slow to take it is
 * waited for; who went away ends it without a word (`| head -1`). It must not know messages.
 */
import type { Writable } from 'node:stream';
import { CommandError } from '../command-error.ts';

/** From this on it goes out at once, so that one turn cannot fill the memory. */
const WRITTEN_AT_ONCE = 65_536;

export class Output {
  /** Settles when nobody reads any more; rejects with CommandError when it cannot be written. */
  readonly gone: Promise<void>;
  readonly #stream: Writable;
  readonly #name: string;
  #chunks: (string | Uint8Array)[] = [];
  #size = 0;
  #isPending = false;
  #isGone = false;
  #room: Promise<void> | undefined;

  constructor(stream: Writable, name: string) {
    this.#stream = stream;
    this.#name = name;
    this.gone = new Promise((resolve, reject) => {
      stream.once('error', (error: NodeJS.ErrnoException) => {
        this.#isGone = true;
        if (error.code === 'EPIPE') resolve();
        else reject(new CommandError(`${this.#name}: ${error.code ?? error.message}`));
      });
    });
    this.gone.catch(() => {}); // told by whoever awaits it
  }

  write(chunk: string | Uint8Array): void {
    if (this.#isGone) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= WRITTEN_AT_ONCE) this.flush();
    else if (!this.#isPending) {
      this.#isPending = true;
      setImmediate(() => this.flush());
    }
  }

  /** Undefined when it takes more at once; else resolves when it does, or when nobody reads any more. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  flush(): void {
    this.#isPending = false;
    if (this.#size === 0 || this.#isGone) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    const bytes = chunks.every((chunk) => typeof chunk === 'string')
      ? Buffer.from(chunks.join(''))
      : Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
    if (this.#stream.write(bytes) || this.#room !== undefined) return;
    const drained = new Promise<void>((resolve) => this.#stream.once('drain', resolve));
    this.#room = Promise.race([drained, this.gone.catch(() => {})]).then(() => {
      this.#room = undefined;
    });
  }

  /** Resolves when everything is written, or when nobody reads any more. Rejects with CommandError. */
  async end(): Promise<void> {
    this.flush();
    if (this.#isGone) return this.gone;
    const written = new Promise<void>((resolve) => {
      this.#stream.write('', (error) => {
        if (error === undefined || error === null) resolve(); // else `gone` tells
      });
    });
    await Promise.race([written, this.gone]);
  }
}

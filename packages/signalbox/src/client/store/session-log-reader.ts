// Reading the log of a file session store: what is kept, and where the log ends. A commit that a crash tore is the last one
// and was never acknowledged: the log ends before it. Anything else that is wrong is damage, and not ours to mend.

import type { FileHandle } from 'node:fs/promises';
import { FILE_HEAD, RECORD_HEAD, type RecordHead, readBody, readFileHead, readRecordHead } from './session-log.ts';
import { SessionStoreError } from './session-store-error.ts';

/** Read at once: enough for thousands of small commits, and a few milliseconds to check. */
const WINDOW = 1024 * 1024;

export interface SessionLog {
  readonly entries: Map<string, Uint8Array>;
  readonly salt: number;
  /** Where the next record goes, and its number. */
  readonly end: number;
  readonly sequence: number;
}

export class SessionLogReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #size: number;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  /** The first `size` bytes of a file; `path` is for messages. */
  constructor(file: FileHandle, size: number, path: string) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
  }

  async read(): Promise<SessionLog> {
    const salt = readFileHead(await this.#bytes(0, Math.min(FILE_HEAD, this.#size)));
    if (salt === 'newer')
      throw new SessionStoreError('STORE_VERSION', `${this.#path} was written by a newer version of Signalbox`);
    if (typeof salt === 'string') throw this.#damaged(0);
    const entries = new Map<string, Uint8Array>();
    let at = FILE_HEAD;
    let sequence = 0;
    while (at < this.#size) {
      const head = await this.#head(at, sequence, salt);
      if (head === undefined) break;
      const next = at + RECORD_HEAD + head.bodyLength;
      if (!readBody(await this.#bytes(at + RECORD_HEAD, head.bodyLength), head, salt, entries)) {
        // A file system may have given the file more room than was written.
        if (next < this.#size && (await this.#hasRecordAfter(at, salt))) throw this.#damaged(at);
        break;
      }
      at = next;
      sequence++;
    }
    return { entries, salt, end: at, sequence };
  }

  /** Undefined when the log ends here. */
  async #head(at: number, sequence: number, salt: number): Promise<RecordHead | undefined> {
    if (this.#size - at < RECORD_HEAD) return undefined;
    const head = readRecordHead(await this.#bytes(at, RECORD_HEAD), 0, salt);
    if (head === undefined || head.sequence !== sequence) {
      if (await this.#hasRecordAfter(at, salt)) throw this.#damaged(at);
      return undefined;
    }
    return at + RECORD_HEAD + head.bodyLength <= this.#size ? head : undefined;
  }

  /** What follows a torn record belongs to it, and none of it looks like the head of another one. */
  async #hasRecordAfter(start: number, salt: number): Promise<boolean> {
    for (let at = start + 1; at + RECORD_HEAD <= this.#size; at += WINDOW) {
      const bytes = await this.#bytes(at, Math.min(WINDOW + RECORD_HEAD - 1, this.#size - at));
      for (let offset = 0; offset + RECORD_HEAD <= bytes.length; offset++) {
        const isPossible = bytes.readUInt32BE(offset) <= this.#size - at - offset - RECORD_HEAD;
        if (isPossible && readRecordHead(bytes, offset, salt) !== undefined) return true;
      }
    }
    return false;
  }

  /** Valid until the next call. */
  async #bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.#windowAt || at + length > this.#windowAt + this.#window.length) {
      this.#window = await this.#load(at, Math.min(Math.max(length, WINDOW), this.#size - at));
      this.#windowAt = at;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length);
  }

  async #load(at: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#file.read(bytes, filled, length - filled, at + filled);
      if (bytesRead === 0) throw new Error(`the file became shorter than ${this.#size} bytes while it was read`);
      filled += bytesRead;
    }
    return bytes;
  }

  #damaged(at: number): SessionStoreError {
    const what = at === 0 ? 'it is no session store, or its beginning is' : `what is at byte ${at} is`;
    return new SessionStoreError('STORE_DAMAGED', `${this.#path} cannot be read: ${what} damaged. Nothing was changed`);
  }
}

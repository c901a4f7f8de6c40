// Lost chunks until they are sent again: the lowest TSN first, as it is what the peer waits for.

import type { SentChunk } from './sent-chunks.ts';
import { isAfter } from './serial.ts';

export class LostChunks {
  /** Bytes of user data. */
  bytes = 0;
  /** From the highest TSN to the lowest; what arrived meanwhile is still in it. */
  #chunks: SentChunk[] = [];
  #isSorted = true;

  add(chunk: SentChunk): void {
    this.#chunks.push(chunk);
    this.bytes += chunk.size;
    this.#isSorted = false;
  }

  /** It arrived after all. */
  forget(chunk: SentChunk): void {
    this.bytes -= chunk.size;
  }

  take(): SentChunk | undefined {
    if (this.bytes === 0) {
      if (this.#chunks.length > 0) this.#chunks = [];
      return undefined;
    }
    if (!this.#isSorted) this.#chunks.sort((a, b) => (isAfter(b.tsn, a.tsn) ? 1 : -1));
    this.#isSorted = true;
    for (;;) {
      const chunk = this.#chunks.pop()!;
      if (chunk.fate !== 'lost') continue;
      this.bytes -= chunk.size;
      return chunk;
    }
  }
}

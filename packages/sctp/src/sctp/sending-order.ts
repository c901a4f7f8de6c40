// Flying chunks in the order in which they were sent last: a list linked through the chunks themselves, so that what is
// acknowledged or sent again leaves its place at once.

import type { SentChunk } from './sent-chunks.ts';

export class SendingOrder {
  first: SentChunk | undefined;
  last: SentChunk | undefined;

  append(chunk: SentChunk): void {
    chunk.earlier = this.last;
    chunk.later = undefined;
    if (this.last === undefined) this.first = chunk;
    else this.last.later = chunk;
    this.last = chunk;
  }

  remove(chunk: SentChunk): void {
    const { earlier, later } = chunk;
    if (earlier === undefined) this.first = later;
    else earlier.later = later;
    if (later === undefined) this.last = earlier;
    else later.earlier = earlier;
    chunk.earlier = undefined;
    chunk.later = undefined;
  }
}

// A long stream of bytes whose every position is known: to be written from memory that is used again, and verified.

import type { Recorder } from './recorder.ts';

/** Prime, so that no chunk size and no buffer size divides it. */
const PERIOD = 65_521;
const LONGEST_CHUNK = 131_101;

const pattern = Buffer.alloc(PERIOD + LONGEST_CHUNK);
for (let at = 0; at < pattern.length; at++) pattern[at] = ((at % PERIOD) * 31 + ((at % PERIOD) >> 7)) & 0xff;

const CHUNK_SIZES = [1, 7, 125, 126, 127, 1_021, 8_191, 16_384, 65_535, 65_536, 65_537, LONGEST_CHUNK, 3, 40_009];

/** Writes the first `total` bytes of the stream. Memory is overwritten as soon as the transport allows it. */
export async function writeStream(sender: Recorder, total: number): Promise<void> {
  let memory = Buffer.alloc(LONGEST_CHUNK);
  let written = 0;
  for (let turn = 0; written < total; turn++) {
    const size = Math.min(CHUNK_SIZES[turn % CHUNK_SIZES.length]!, total - written);
    const start = written % PERIOD;
    pattern.copy(memory, 0, start, start + size);
    const drained = sender.untilDrained();
    written += size;
    if (sender.transport.write(memory.subarray(0, size))) {
      memory.fill(0xee, 0, size);
      continue;
    }
    const referred = memory;
    memory = Buffer.alloc(LONGEST_CHUNK);
    // A few more while it is blocked, with memory of their own.
    for (let more = 0; more < 3 && written < total; more++) {
      const end = (written % PERIOD) + Math.min(1_009, total - written);
      const piece = Buffer.from(pattern.subarray(written % PERIOD, end));
      written += piece.length;
      if (sender.transport.write(piece)) piece.fill(0xee);
    }
    await drained;
    referred.fill(0xdd);
  }
}

/** Verifies what `receiver` gets; the position of the first wrong byte is in the error. */
export function verifyStream(receiver: Recorder): void {
  let position = 0;
  receiver.take = (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const start = position % PERIOD;
      const size = Math.min(bytes.length - at, LONGEST_CHUNK);
      const expected = pattern.subarray(start, start + size);
      if (expected.compare(bytes, at, at + size) !== 0) throw new Error(`wrong bytes from position ${position} on`);
      at += size;
      position += size;
    }
  };
}

/** Bytes that come in chunks, as lines of bytes. A line may hold anything but a line feed; a carriage return before it goes. */
import { CommandError } from '../command-error.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What follows the last line feed is a line, too. Throws CommandError for one of more than `longest` bytes. */
export async function* linesOf(source: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      size += part.length;
      if (size > longest) throw new CommandError(`a line has ${longest} bytes at most`);
      if (part.length > 0) parts.push(part);
      if (end < 0) break;
      yield trimmed(parts);
      parts = [];
      size = 0;
      from = end + 1;
    }
  }
  if (size > 0) yield trimmed(parts);
}

function trimmed(parts: readonly Uint8Array[]): Uint8Array {
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

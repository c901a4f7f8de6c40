/** What send sends: the words behind the URL, a file, or the lines of the input. */
import { readFileSync } from 'node:fs';
import { CommandError } from '../command-error.ts';
import { linesOf } from '../messaging/lines.ts';
import { bytesOfHex } from './shown-message.ts';

/** The largest data of a datagram. */
const LONGEST = 100_000_000;

export interface SourceValues {
  readonly file: string | undefined;
  readonly hex: true | undefined;
}

/** Throws CommandError, at once or on the way. */
export function messagesOf(words: readonly string[], values: SourceValues): AsyncGenerator<Uint8Array | string> {
  if (words.length > 0) {
    return from(words.map((word) => (values.hex === true ? bytesOfHex(word) : word)));
  }
  return values.file === undefined ? fromInput(values) : from([readWhole(values.file, values)]);
}

async function* from(all: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* all;
}

async function* fromInput({ hex }: SourceValues): AsyncGenerator<Uint8Array> {
  for await (const line of linesOf(process.stdin, hex === true ? LONGEST * 3 : LONGEST)) {
    if (line.length > 0) yield hex === true ? bytesOfHex(Buffer.from(line).toString('latin1')) : line;
  }
}

function readWhole(file: string, { hex }: SourceValues): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`--file ${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
  if (hex === true) return bytesOfHex(bytes.toString('latin1'));
  if (bytes.length === 0) throw new CommandError(`--file ${file}: is empty, and there are no empty messages`);
  return bytes;
}

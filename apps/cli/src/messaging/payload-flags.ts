/** The options that say what is published, of pub and of rr alike, and the payload they lead to. */
import { createReadStream } from 'node:fs';
import { CommandError } from '../command-error.ts';
import type { FlagTable, FlagValues } from './flag-table.ts';
import { qos, switchedOn, text } from './kinds.ts';

export const PAYLOAD_FLAGS = [
  { flag: 'message', short: 'm', kind: text('TEXT'), help: 'The payload.' },
  { flag: 'file', short: 'f', kind: text('FILE'), help: 'The payload is what is in this file.' },
  { flag: 'null', short: 'n', also: ['null-message'], kind: switchedOn(), help: 'The payload is empty.' },
  {
    flag: 'stdin',
    short: 's',
    also: ['stdin-file'],
    kind: switchedOn(),
    help: 'The payload is the whole standard input.',
  },
  { flag: 'qos', short: 'q', kind: qos(), help: '0, 1 or 2. Default: 0.' },
  { flag: 'retain', short: 'r', kind: switchedOn(), help: 'The server keeps the message for later subscribers.' },
] as const satisfies FlagTable;

export type PayloadValues = FlagValues<typeof PAYLOAD_FLAGS>;

/** The Remaining Length of a packet ends here. */
export const LARGEST_PAYLOAD = 268_435_455;

/** The flags that say where a payload comes from, as they are called. */
export function payloadSources(values: PayloadValues): string[] {
  const { message, file, null: isNull, stdin } = values;
  return [
    ...(message === undefined ? [] : ['--message']),
    ...(file === undefined ? [] : ['--file']),
    ...(isNull === undefined ? [] : ['--null']),
    ...(stdin === undefined ? [] : ['--stdin']),
  ];
}

/** Throws CommandError. */
export async function payloadOf(values: PayloadValues): Promise<Uint8Array | string> {
  if (values.message !== undefined) return values.message;
  if (values.stdin === true) return gather(process.stdin, '--stdin');
  if (values.file === undefined) return '';
  try {
    return await gather(createReadStream(values.file), `--file ${values.file}`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`--file ${values.file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

async function gather(source: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > LARGEST_PAYLOAD) throw new CommandError(`${name}: a payload has ${LARGEST_PAYLOAD} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// The MSIP client's edge to browsers, and to what imitates them: WebSocket, CompressionStream.

import type { Compression } from '../msip/compression.ts';
import { connectBrowserWebSocket } from '../transport/websocket-browser.ts';
import { notInflated, tooLarge, unknownFormat } from './compression-errors.ts';
import type { Platform } from './platform.ts';

interface ByteStream {
  readonly writable: { getWriter(): ByteWriter };
  readonly readable: { getReader(): ByteReader };
}
interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(): Promise<void>;
}
type ByteStreamClass = new (format: string) => ByteStream;
type StreamName = 'CompressionStream' | 'DecompressionStream';

export const BROWSER_PLATFORM: Platform = {
  dial: connectBrowserWebSocket,
  compress: (message, format) => transform(open('CompressionStream', format), message, Infinity),
  inflate: (message, format, largest) => transform(open('DecompressionStream', format), message, largest),
  dress: (bytes) => bytes,
};

function open(name: StreamName, format: Compression): ByteStream {
  const Class = (globalThis as Partial<Record<StreamName, ByteStreamClass>>)[name];
  if (Class === undefined) throw unknownFormat(format);
  try {
    return new Class(format);
  } catch {
    throw unknownFormat(format);
  }
}

/** Nothing is read beyond `largest` bytes. */
async function transform(stream: ByteStream, message: Uint8Array, largest: number): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // What goes wrong is told to the reader as well.
  writer.write(message).catch(() => {});
  writer.close().catch(() => {});
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw notInflated(error);
    });
    if (done || value === undefined) return joined(parts, length);
    length += value.length;
    if (length > largest) {
      reader.cancel().catch(() => {});
      throw tooLarge(largest);
    }
    parts.push(value);
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

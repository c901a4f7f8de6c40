// The payload of HELLO: the client id, and with credentials `clientId NUL username NUL password`. §3.1, §9

import { viewOf } from '../bytes/copy.ts';
import { readUtf8, utf8Length, writeUtf8 } from '../bytes/utf8.ts';

export interface HelloPayload {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

/** [start, end) was judged already. */
export function readHello(bytes: Uint8Array, start: number, end: number): HelloPayload {
  const first = bytes.indexOf(0, start);
  if (first < 0 || first >= end) {
    return { clientId: readUtf8(bytes, start, end), username: undefined, password: undefined }; // [MSIP-3.1-3]
  }
  const clientId = readUtf8(bytes, start, first);
  const second = bytes.indexOf(0, first + 1);
  if (second < 0 || second >= end) {
    return { clientId, username: readUtf8(bytes, first + 1, end), password: undefined };
  }
  return { clientId, username: readUtf8(bytes, first + 1, second), password: viewOf(bytes, second + 1, end) };
}

export function helloSize({ clientId, username, password }: HelloPayload): number {
  const names = utf8Length(clientId) + (username === undefined ? 0 : 1 + utf8Length(username));
  return names + (password === undefined ? 0 : 1 + password.length);
}

/** Answers the offset behind what was written. */
export function writeHello(bytes: Uint8Array, start: number, { clientId, username, password }: HelloPayload): number {
  let at = writeUtf8(bytes, start, clientId);
  if (username === undefined) return at;
  bytes[at++] = 0;
  at = writeUtf8(bytes, at, username);
  if (password === undefined) return at;
  bytes[at++] = 0;
  bytes.set(password, at);
  return at + password.length;
}

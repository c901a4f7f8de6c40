// Reading all sockets into one static buffer: no Buffer is allocated per read, and an idle connection holds none.
// node:net offers `onread` only for sockets one makes; an accepted socket is made again around its own handle.

import net from 'node:net';
import { transportOf } from './socket-transport.ts';

/** As much as libuv reads at once. */
const READ_BUFFER_SIZE = 65_536;

const readBuffer = new Uint8Array(READ_BUFFER_SIZE);

function onRead(this: unknown, size: number, buffer: Uint8Array): boolean {
  transportOf(this as net.Socket).received(buffer.subarray(0, size));
  return true;
}

const onread = { buffer: readBuffer, callback: onRead };

interface SocketWithHandle {
  _handle: object | null;
}

/** A paused socket which reads into the static buffer, in the place of `accepted` (which was accepted paused). */
export function adoptSocket(accepted: net.Socket): net.Socket {
  const holder = accepted as unknown as SocketWithHandle;
  const handle = holder._handle;
  if (handle === null) return accepted;
  holder._handle = null;
  accepted.destroy();
  const options = { handle, onread, manualStart: true };
  return new net.Socket(options as net.SocketConstructorOpts);
}

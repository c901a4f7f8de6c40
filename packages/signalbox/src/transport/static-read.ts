// Reading all sockets into one static buffer: nothing is allocated per read but a view, and idle connections hold nothing.
// node:net offers that (`onread`) only for sockets one makes, so an accepted socket is made again around its own handle.

import net from 'node:net';
import { passProxiedPeer } from './proxied-peer.ts';

/** Of 64, 128 and 256 KiB this carries most bytes per second: fewer reads, and it still fits the cache of a core. */
const READ_BUFFER_SIZE = 131_072;

export const readBuffer = new Uint8Array(READ_BUFFER_SIZE);

/** Reads up to this size get a view made before: packets are small, and of few sizes. 1,024 views are about 100 KB. */
const LONGEST_KEPT_VIEW = 1024;

const views: (Uint8Array | undefined)[] = new Array<undefined>(LONGEST_KEPT_VIEW + 1).fill(undefined);

/** What was read into the static buffer last, `size` bytes of it. */
export function firstBytes(size: number): Uint8Array {
  if (size > LONGEST_KEPT_VIEW) return readBuffer.subarray(0, size);
  views[size] ??= readBuffer.subarray(0, size);
  return views[size];
}

export interface Reader {
  /** Bytes of the static buffer: they are gone when this returns. */
  received(bytes: Uint8Array): void;
}

function onRead(this: Reader, size: number): boolean {
  this.received(firstBytes(size));
  return true;
}

/** Options for a net.Socket which reads for `reader`, and which emits `drain` after every write that was not taken at once. */
export function readingOptions(reader: Reader) {
  return { onread: { buffer: readBuffer, callback: onRead.bind(reader) }, writableHighWaterMark: 1 };
}

interface Handle {
  /** The number of the open file, where the system has one. */
  readonly fd?: number;
  reading: boolean;
  readStart(): number;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
}

/** The undocumented part of a socket we depend on; see docs/decisions/0013. */
interface SocketWithHandle {
  _handle: Handle | null;
}

let isPossible: boolean | undefined;

/**
 * A stopped socket in the place of `accepted`, which must be paused: from its accept on, or by who read from it before. What was
 * read of it already comes first. Undefined, with `accepted` as it was, when this Node cannot do it.
 */
export function adoptSocket(accepted: net.Socket, reader: Reader): net.Socket | undefined {
  isPossible ??= probe();
  const holder = accepted as unknown as SocketWithHandle;
  const handle = holder._handle;
  if (!isPossible || handle === null) return undefined;
  const early = accepted.read() as Buffer | null;
  if (handle.reading) {
    handle.reading = false;
    handle.readStop();
  }
  holder._handle = null;
  accepted.destroy();
  const socket = makeSocket(handle, reader);
  passProxiedPeer(accepted, socket);
  if (early === null) return socket;
  // A socket with a buffer of its own hands out as `data` only what was put back.
  socket.once('data', (bytes: Buffer) => reader.received(bytes));
  socket.pause();
  socket.unshift(early);
  return socket;
}

/** The number by which the system knows a socket that is open, for `fs.writeSync`; -1 where there is none. */
export function descriptorOf(socket: net.Socket): number {
  return (socket as unknown as SocketWithHandle)._handle?.fd ?? -1;
}

/** The constructor begins to read; so the first `resume` has nothing left to start which a `pause` could not stop. */
function makeSocket(handle: Handle, reader: Reader): net.Socket {
  const socket = new net.Socket({ handle, ...readingOptions(reader) } as net.SocketConstructorOpts);
  socket.pause();
  return socket;
}

/** Whether a socket takes over a given handle and gives it the static buffer, tried out on a handle that does nothing. */
function probe(): boolean {
  // libuv may have more than one read under way on Windows; one buffer for all is not proven there.
  if (process.platform === 'win32') return false;
  let given: Uint8Array | undefined;
  let starts = 0;
  let stops = 0;
  const handle = {
    reading: false,
    readStart: () => {
      starts++;
      return 0;
    },
    readStop: () => {
      stops++;
      return 0;
    },
    useUserBuffer: (buffer: Uint8Array) => {
      given = buffer;
    },
  };
  try {
    const socket = makeSocket(handle, { received: () => {} });
    const isTaken = (socket as unknown as SocketWithHandle)._handle === handle;
    return (
      isTaken && given === readBuffer && starts === stops && socket.isPaused() && socket.writableHighWaterMark === 1
    );
  } catch {
    return false;
  }
}

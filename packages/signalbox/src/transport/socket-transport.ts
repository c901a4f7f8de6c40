// SocketTransport: a Transport over a net.Socket (TCP, Unix, TLS). Listeners are functions shared by all connections
// which find their transport through the socket: a closure or a bound function per connection would cost memory.

import type { Socket } from 'node:net';
import { beginGrace, endGrace } from './grace.ts';
import type { PeerCertificate, Transport, TransportHandler, TransportProtocol } from './transport.ts';

/** The socket's way back to its transport. */
const TRANSPORT = Symbol('transport');

interface OwnedSocket extends Socket {
  [TRANSPORT]?: SocketTransport;
}

/** What the transports of one listener share. */
export interface Origin {
  readonly protocol: TransportProtocol;
  readonly graceMs: number;
  /** What `remoteAddress` answers where peers have no address. */
  readonly peerName: string | undefined;
  closed(transport: Transport): void;
}

export class SocketTransport implements Transport {
  readonly #socket: OwnedSocket;
  readonly #origin: Origin;
  #handler: TransportHandler | undefined = undefined;
  #error: Error | undefined = undefined;
  #address: string | undefined = undefined;
  /** No more writes: `end` or `destroy` was called, or the peer has ended. */
  #ending = false;
  /** Our side ended it: what still comes in is discarded. */
  #discarding = false;
  #destroyed = false;
  #closed = false;
  #awaitsDrain = false;

  constructor(socket: Socket, origin: Origin) {
    this.#socket = socket;
    this.#origin = origin;
    this.#socket[TRANSPORT] = this;
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
  }

  get protocol(): TransportProtocol {
    return this.#origin.protocol;
  }

  get remoteAddress(): string {
    this.#address ??= this.#origin.peerName ?? formatAddress(this.#socket.remoteAddress, this.#socket.remotePort);
    return this.#address;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#closed) {
      process.nextTick(tellClose, handler, this.#error);
      return;
    }
    this.#socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || bytes.length === 0) return true;
    this.#socket.write(bytes);
    if (this.#socket.writableLength === 0) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    if (!this.#discarding) this.#socket.pause();
  }

  resume(): void {
    if (this.#handler !== undefined) this.#socket.resume();
  }

  end(): void {
    if (this.#discarding || this.#closed) return;
    this.#discarding = true;
    this.#ending = true;
    this.#socket.end();
    this.#socket.resume();
    beginGrace(this, this.#origin.graceMs);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#discarding = true;
    this.#ending = true;
    this.#socket.destroy();
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  /** Bytes were read; for the reader of the socket. */
  received(bytes: Uint8Array): void {
    if (!this.#discarding) this.#handler!.onBytes(bytes);
  }

  /** The peer has ended its side: ours ends too, and may take no longer than after our own `end`. */
  peerEnded(): void {
    this.#ending = true;
    if (!this.#closed) beginGrace(this, this.#origin.graceMs);
  }

  failed(error: Error): void {
    if (!this.#destroyed) this.#error ??= error;
  }

  drained(): void {
    if (!this.#awaitsDrain || this.#ending) return;
    this.#awaitsDrain = false;
    this.#handler?.onDrain();
  }

  socketClosed(): void {
    this.#closed = true;
    this.#ending = true;
    endGrace(this);
    this.#origin.closed(this);
    this.#handler?.onClose(this.#error);
  }
}

/** The transport of a socket which has one. */
export function transportOf(socket: Socket): SocketTransport {
  return (socket as OwnedSocket)[TRANSPORT]!;
}

function onError(this: Socket, error: Error): void {
  transportOf(this).failed(error);
}

function onClose(this: Socket): void {
  transportOf(this).socketClosed();
}

function onDrain(this: Socket): void {
  transportOf(this).drained();
}

function onEnd(this: Socket): void {
  transportOf(this).peerEnded();
}

function tellClose(handler: TransportHandler, error: Error | undefined): void {
  handler.onClose(error);
}

/** `192.0.2.1:1883`, `[2001:db8::1]:1883`; an IPv4 address in IPv6 clothes is shown as what it is. */
export function formatAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return '';
  const address = host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

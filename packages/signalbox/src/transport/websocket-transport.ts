// WebSocketTransport: a Transport over a WebSocket of `ws`, at both ends. Messages are just pieces of the stream: how
// bytes are spread over messages and fragments means nothing. [MQTT-6.0.0-2] [MQTT-6.0.0-2@3.1.1] [MSIP-10-5]

import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { cancelDeadline, setDeadline } from './deadlines.ts';
import type { Origin } from './origin.ts';
import { readPeerCertificate } from './peer-certificate.ts';
import { ownAddress, peerAddress } from './proxied-peer.ts';
import {
  COPIED_HIGH_WATER_MARK,
  DISCARDED_AT_MOST,
  LARGEST_WEBSOCKET_MESSAGE,
  type PeerCertificate,
  type Transport,
  type TransportHandler,
  type TransportProtocol,
} from './transport.ts';
import { TransportError } from './transport-error.ts';
import { writeFrame } from './websocket-frame.ts';

const TRANSPORT = Symbol('transport');

interface Owned {
  [TRANSPORT]?: WebSocketTransport;
}

/** Close codes of RFC 6455 § 7.4.1. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;
const OPEN = 1;

/** Clients must mask what they send (RFC 6455 § 5.3), and then `ws` copies; servers must not. */
export type WebSocketSide = 'client' | 'server';

/** A message of many megabytes is handed over like a socket's bytes, so that whoever gets it can pause in between. */
const LARGEST_PIECE = 65_536;

export class WebSocketTransport implements Transport {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #origin: Origin;
  readonly #side: WebSocketSide;
  #handler: TransportHandler | undefined = undefined;
  #error: Error | undefined = undefined;
  #address: string | undefined = undefined;
  #ownAddress: string | undefined = undefined;
  /** Messages `ws` had read already when reading was paused. */
  #held: Uint8Array[] | undefined = undefined;
  #isPaused = false;
  #isEnding = false;
  #discarded = 0;
  #isDestroyed = false;
  #isClosed = false;
  #awaitsDrain = false;

  /** `webSocket` is open and has not delivered anything yet; `socket` is what it runs over. */
  constructor(webSocket: WebSocket, socket: Socket, origin: Origin, side: WebSocketSide) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#origin = origin;
    this.#side = side;
    (webSocket as Owned)[TRANSPORT] = this;
    (socket as Owned)[TRANSPORT] = this;
    webSocket.binaryType = 'fragments';
    webSocket.pause();
    webSocket.on('message', onMessage);
    webSocket.on('close', onClose);
    webSocket.on('error', onError);
    socket.on('error', onError);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
  }

  get protocol(): TransportProtocol {
    return this.#origin.protocol;
  }

  get subprotocol(): string {
    return this.#webSocket.protocol;
  }

  get remoteAddress(): string {
    this.#address ??= peerAddress(this.#socket, undefined);
    return this.#address;
  }

  get localAddress(): string {
    this.#ownAddress ??= ownAddress(this.#socket, undefined);
    return this.#ownAddress;
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#socket.writableLength;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#isClosed) process.nextTick(tellClose, handler, this.#error);
    else if (!this.#isPaused) this.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || bytes.length === 0 || this.#webSocket.readyState !== OPEN) return true;
    if (this.#side === 'client') {
      for (let at = 0; at < bytes.length; at += LARGEST_WEBSOCKET_MESSAGE)
        this.#webSocket.send(bytes.subarray(at, at + LARGEST_WEBSOCKET_MESSAGE));
    }
    // One buffer and one write, where `ws` makes two of both: 1.16 times its rate at 64 bytes, no less at 16 KB. `ws`
    // must not be sending anything in pieces meanwhile, and does not: pieces come of compression and of Blobs.
    else this.#socket.write(writeFrame(bytes));
    if (this.#socket.writableLength < COPIED_HIGH_WATER_MARK) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    if (this.#isEnding) return;
    this.#isPaused = true;
    this.#webSocket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#handler === undefined || this.#isEnding) return;
    if (this.#held === undefined) this.#webSocket.resume();
    else process.nextTick(deliver, this);
  }

  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#close(NORMAL_CLOSURE);
  }

  destroy(): void {
    if (!this.#isClosed) {
      this.#isDestroyed = true;
      this.#error = undefined;
    }
    this.#isEnding = true;
    this.#webSocket.terminate();
  }

  peerCertificate(): PeerCertificate | undefined {
    return readPeerCertificate(this.#socket);
  }

  received(data: RawData, isBinary: boolean): void {
    if (this.#isEnding) {
      this.#discard(data);
      return;
    }
    if (!isBinary) {
      this.failed(new TransportError('TEXT_FRAME', 'the peer sent a text frame'));
      this.#close(UNSUPPORTED_DATA); // [MQTT-6.0.0-1] [MQTT-6.0.0-1@3.1.1] [MSIP-10-4]
      return;
    }
    for (const bytes of data as Buffer[]) {
      for (let at = 0; at < bytes.length; at += LARGEST_PIECE) this.#receive(bytes.subarray(at, at + LARGEST_PIECE));
    }
  }

  #discard(data: RawData): void {
    for (const bytes of Array.isArray(data) ? data : [data]) this.#discarded += bytes.byteLength;
    if (this.#discarded >= DISCARDED_AT_MOST) this.#webSocket.pause();
  }

  #receive(bytes: Buffer): void {
    if (this.#held !== undefined) this.#held.push(bytes);
    else if (this.#isPaused) this.#held = [bytes];
    else if (!this.#isEnding) this.#handler!.onBytes(bytes);
  }

  /** Hands over what was held back, as far as nobody pauses again. */
  deliverHeld(): void {
    while (this.#held !== undefined && !this.#isPaused && !this.#isEnding) {
      const bytes = this.#held.shift()!;
      if (this.#held.length === 0) this.#held = undefined;
      this.#handler!.onBytes(bytes);
    }
    if (!this.#isPaused) this.#webSocket.resume();
  }

  failed(error: Error): void {
    if (!this.#isDestroyed) this.#error ??= error;
  }

  drained(): void {
    if (!this.#awaitsDrain || this.#isEnding) return;
    this.#awaitsDrain = false;
    this.#handler?.onDrain();
  }

  /** The peer has ended without a closing handshake, or after it. */
  peerEnded(): void {
    this.#isEnding = true;
    if (!this.#isClosed) setDeadline(this, this.#origin.graceMs);
  }

  webSocketClosed(): void {
    this.#isClosed = true;
    this.#isEnding = true;
    cancelDeadline(this);
    this.#origin.closed();
    this.#handler?.onClose(this.#error);
  }

  #close(code: number): void {
    this.#isEnding = true;
    this.#isPaused = false;
    this.#held = undefined;
    this.#webSocket.close(code);
    this.#webSocket.resume();
    setDeadline(this, this.#origin.graceMs);
  }
}

function transportOf(owner: unknown): WebSocketTransport {
  return (owner as Owned)[TRANSPORT]!;
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  transportOf(this).received(data, isBinary);
}

function onError(this: unknown, error: Error): void {
  transportOf(this).failed(error);
}

function onClose(this: WebSocket): void {
  transportOf(this).webSocketClosed();
}

function onDrain(this: Socket): void {
  transportOf(this).drained();
}

function onEnd(this: Socket): void {
  transportOf(this).peerEnded();
}

function deliver(transport: WebSocketTransport): void {
  transport.deliverHeld();
}

function tellClose(handler: TransportHandler, error: Error | undefined): void {
  handler.onClose(error);
}

// A Transport over the WebSocket of the platform: browsers, and what imitates them. It must not import anything of Node.
// A platform WebSocket cannot be told to stop reading, and does not tell when its buffer is empty.

import { cancelDeadline, setDeadline } from './deadlines.ts';
import {
  COPIED_HIGH_WATER_MARK,
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_GRACE_MS,
  LARGEST_WEBSOCKET_MESSAGE,
  type PeerCertificate,
  type Transport,
  type TransportHandler,
  type TransportProtocol,
} from './transport.ts';
import { TransportError } from './transport-error.ts';
import { DEFAULT_MAXIMUM_HELD, HeldMessages } from './websocket-held.ts';

/** The part of the platform's WebSocket that is used here. */
export interface PlatformWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** Copies what it cannot send at once. */
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export type PlatformWebSocketClass = new (url: string, protocols: string[]) => PlatformWebSocket;

export interface BrowserWebSocketOptions {
  /** Default: the platform's own, `globalThis.WebSocket`. */
  readonly WebSocket?: PlatformWebSocketClass;
  /** What to ask for. Default `mqtt`. */
  readonly subprotocol?: string;
  /** Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Default 2,000. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Most that is held while nobody reads, as the peer cannot be slowed down: bytes, and 256 for each message, which it costs.
   * Above it the connection ends with TransportError `RECEIVE_BUFFER_FULL`. Default 16 MiB: a large message, or 64,000
   * small ones.
   */
  readonly maximumHeld?: number;
}

/** How often a full buffer is looked at, as there is no event: what browsers make of shorter times anyway. */
const DRAIN_POLL_MS = 4;

/**
 * Connects to `ws://host:port/path` or `wss://…`. Rejects with TransportError: `BAD_URL`, `BAD_OPTIONS` (no WebSocket
 * here), `CONNECT_FAILED` (platforms do not say why), `CONNECT_TIMEOUT` or `CONNECT_ABORTED`.
 */
export function connectBrowserWebSocket(url: string, options: BrowserWebSocketOptions = {}): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const { signal, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, graceMs = DEFAULT_GRACE_MS } = options;
    const { maximumHeld = DEFAULT_MAXIMUM_HELD } = options;
    const webSocket = open(url, options);
    const fail = (code: 'CONNECT_FAILED' | 'CONNECT_TIMEOUT' | 'CONNECT_ABORTED', text: string): void => {
      settle();
      webSocket.onopen = null;
      webSocket.onclose = null;
      webSocket.onerror = () => {}; // `ws` throws where nobody listens
      webSocket.close();
      reject(new TransportError(code, `cannot connect to ${url}: ${text}`, signal?.reason));
    };
    const onAbort = (): void => fail('CONNECT_ABORTED', 'it was aborted');
    const onTimeout = (): void => fail('CONNECT_TIMEOUT', `no answer within ${connectTimeoutMs} ms`);
    const timer = setTimeout(onTimeout, connectTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    webSocket.onopen = () => {
      settle();
      resolve(new BrowserWebSocketTransport(webSocket, url, { graceMs, maximumHeld }));
    };
    webSocket.onerror = () => fail('CONNECT_FAILED', 'the WebSocket could not be opened');
    webSocket.onclose = webSocket.onerror;
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function open(url: string, { WebSocket: given, subprotocol = 'mqtt' }: BrowserWebSocketOptions): PlatformWebSocket {
  const Class = given ?? (globalThis as { WebSocket?: PlatformWebSocketClass }).WebSocket;
  if (Class === undefined)
    throw new TransportError('BAD_OPTIONS', `cannot connect to ${url}: there is no WebSocket here`);
  try {
    return new Class(url, [subprotocol]); // [MQTT-6.0.0-3] [MQTT-6.0.0-3@3.1.1]
  } catch (error) {
    throw new TransportError('BAD_URL', `${url.replace(/\/\/.*@/, '//')} is no address of a WebSocket`, error);
  }
}

class BrowserWebSocketTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly remoteAddress: string;
  readonly #webSocket: PlatformWebSocket;
  readonly #graceMs: number;
  readonly #maximumHeld: number;
  #handler: TransportHandler | undefined = undefined;
  #error: Error | undefined = undefined;
  /** What came while nobody wanted to read. */
  readonly #held = new HeldMessages();
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #isCloseTold = false;
  #awaitsDrain = false;

  constructor(
    webSocket: PlatformWebSocket,
    url: string,
    options: Required<Pick<BrowserWebSocketOptions, 'graceMs' | 'maximumHeld'>>,
  ) {
    this.protocol = url.startsWith('wss:') ? 'wss' : 'ws';
    this.remoteAddress = new URL(url).host;
    this.#webSocket = webSocket;
    this.#graceMs = options.graceMs;
    this.#maximumHeld = options.maximumHeld;
    webSocket.binaryType = 'arraybuffer';
    webSocket.onmessage = (event: { readonly data: unknown }) => this.#received(event.data);
    webSocket.onerror = () => {
      this.#error ??= new Error('the WebSocket failed');
    };
    webSocket.onclose = (event: { readonly code: number; readonly wasClean: boolean }) => {
      if (!event.wasClean && !this.#isEnding)
        this.#error ??= new Error(`the WebSocket was cut (close code ${event.code})`);
      this.#closed();
    };
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#webSocket.bufferedAmount;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    queueMicrotask(() => this.#deliver());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.#isClosed || bytes.length === 0) return true;
    for (let at = 0; at < bytes.length; at += LARGEST_WEBSOCKET_MESSAGE)
      this.#webSocket.send(bytes.subarray(at, at + LARGEST_WEBSOCKET_MESSAGE) as Uint8Array<ArrayBuffer>);
    if (this.#webSocket.bufferedAmount < COPIED_HIGH_WATER_MARK) return true;
    if (!this.#awaitsDrain) setTimeout(() => this.#pollDrain(), DRAIN_POLL_MS);
    this.#awaitsDrain = true;
    return false;
  }

  /** What comes meanwhile is held here, up to a limit: the peer cannot be slowed down. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => this.#deliver());
  }

  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    this.#held.clear();
    this.#webSocket.close(1000);
    setDeadline(this, this.#graceMs);
  }

  destroy(): void {
    if (this.#isCloseTold) return;
    this.#error = undefined;
    this.#isEnding = true;
    this.#held.clear();
    this.#webSocket.onmessage = null;
    this.#webSocket.onclose = null;
    this.#webSocket.onerror = () => {};
    this.#webSocket.close();
    queueMicrotask(() => {
      this.#closed();
      this.#tellClose();
    });
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  #received(data: unknown): void {
    if (this.#isEnding) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#error ??= new TransportError('TEXT_FRAME', 'the peer sent a text frame');
      this.end(); // [MQTT-6.0.0-1] [MQTT-6.0.0-1@3.1.1]
      return;
    }
    if (data.byteLength === 0) return;
    this.#held.push(new Uint8Array(data));
    this.#deliver();
    if (this.#held.cost <= this.#maximumHeld) return;
    const problem = `more than ${this.#maximumHeld} bytes came while nobody read`;
    this.#error ??= new TransportError('RECEIVE_BUFFER_FULL', problem);
    this.end();
  }

  #deliver(): void {
    while (this.#handler !== undefined && !this.#isPaused && !this.#isEnding) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#handler.onBytes(bytes);
    }
    this.#tellClose();
  }

  #pollDrain(): void {
    if (this.#isEnding || this.#isClosed) return;
    if (this.#webSocket.bufferedAmount > 0) {
      setTimeout(() => this.#pollDrain(), DRAIN_POLL_MS);
      return;
    }
    this.#awaitsDrain = false;
    this.#handler?.onDrain();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    cancelDeadline(this);
    this.#tellClose();
  }

  /** Once, and after the last bytes. */
  #tellClose(): void {
    if (!this.#isClosed || this.#isCloseTold || this.#handler === undefined || !this.#held.isEmpty) return;
    this.#isCloseTold = true;
    this.#isEnding = true;
    this.#handler.onClose(this.#error);
  }
}

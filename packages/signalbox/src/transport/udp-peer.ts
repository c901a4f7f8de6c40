// UdpPeer: one end of a conversation over UDP, a message in each packet, neither reliable nor ordered. Knows nothing of what the
// messages are, nor whose the socket is.

import type { PeerCertificate } from './transport.ts';

/** What a packet of IPv4 can carry. IPv6 could take 20 more. */
const LARGEST_UDP_MESSAGE = 65_507;

/** So much may be on its way to the kernel before the sender is asked to wait. */
const HIGH_WATER_MARK = 1_048_576;

/** Messages kept for an owner that has not started yet. */
const EARLY_AT_MOST = 16;

export interface UdpHandler {
  onBytes(bytes: Uint8Array): void;
  onDrain(): void;
  onClose(error: Error | undefined): void;
}

/** The socket, and how this peer gets out of it. */
export interface UdpPort {
  readonly localAddress: string;
  send(bytes: Uint8Array, onSent: (error: Error | null) => void): void;
  /** The peer needs the socket no more. */
  leave(): void;
}

export class UdpPeer {
  readonly framing = 'message';
  readonly isLossy = true;
  readonly largestMessage = LARGEST_UDP_MESSAGE;
  readonly protocol = 'udp';
  readonly localAddress: string;
  readonly remoteAddress: string;
  bufferedBytes = 0;
  dropped = 0;
  readonly #port: UdpPort;
  #handler: UdpHandler | undefined = undefined;
  /** What came before the start: the first messages are not lost for want of a listener. */
  #early: Uint8Array[] = [];
  #isPaused = false;
  #isWritingEnded = false;
  #isEnding = false;
  #isClosed = false;
  #awaitsDrain = false;

  constructor(port: UdpPort, remoteAddress: string) {
    this.#port = port;
    this.localAddress = port.localAddress;
    this.remoteAddress = remoteAddress;
  }

  start(handler: UdpHandler): void {
    this.#handler = handler;
    const early = this.#early;
    this.#early = [];
    setImmediate(() => {
      for (const bytes of early) this.received(bytes);
    });
    if (this.#isClosed) setImmediate(() => handler.onClose(undefined));
  }

  /** Of the socket. The sender cannot be slowed down: what comes while we do not read is lost, and counted. */
  received(bytes: Uint8Array): void {
    if (this.#isEnding) return;
    if (this.#handler === undefined && this.#early.length < EARLY_AT_MOST) this.#early.push(bytes);
    else if (this.#handler === undefined || this.#isPaused) this.dropped++;
    else this.#handler.onBytes(bytes);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.#isWritingEnded) return true;
    const { length } = bytes;
    this.bufferedBytes += length;
    this.#port.send(new Uint8Array(bytes), (error) => {
      this.bufferedBytes -= length;
      // Nobody there, too large for this network, no memory: a datagram is lost, the conversation is not.
      if (error !== null) this.dropped++;
      if (this.bufferedBytes === 0) this.#onSent();
    });
    if (this.bufferedBytes < HIGH_WATER_MARK) return true;
    this.#awaitsDrain = true;
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** The peer does not notice. */
  endWriting(): void {
    this.#isWritingEnded = true;
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.bufferedBytes === 0) this.#close();
  }

  destroy(): void {
    this.#isEnding = true;
    this.#close();
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  #onSent(): void {
    if (this.#isClosed) return;
    if (this.#isEnding) {
      this.#close();
    } else if (this.#awaitsDrain) {
      this.#awaitsDrain = false;
      this.#handler?.onDrain();
    }
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.leave();
    const handler = this.#handler;
    if (handler !== undefined) setImmediate(() => handler.onClose(undefined));
  }
}

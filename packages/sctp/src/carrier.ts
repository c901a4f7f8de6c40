// SctpCarrier: an association as `signalbox/connect` wants it: one datagram is one message of stream 0. It does not know what
// carries the packets.

import type { Carrier, CarrierHandler } from 'signalbox/connect';
import { MessageInbox } from './message-inbox.ts';
import type { Association } from './sctp/association.ts';
import type { IncomingMessage } from './sctp/association-events.ts';
import { SctpError } from './sctp/sctp-error.ts';

/**
 * SCTP has no half-close: this message, of one byte and with a number of its own, says that nothing follows. It is sent by
 * endWriting() only, and a peer that does not know it has one message too many.
 */
export const END_OF_WRITING = 0x5349_4745;

/** How long what was written may take to arrive after end(): a peer that does not read would hold it for ever. */
const LONGEST_END_MS = 30_000;

/** More waits than this: the sender is asked to wait as well. */
const HIGH_WATER_MARK = 1_048_576;

export interface SctpLink {
  readonly association: Association;
  /** Whatever calls tick(): in real time an AssociationClock. */
  readonly clock: { now(): number; touch(association: Association): void };
  readonly protocol: string;
  readonly maximumMessageSize: number;
  readonly localAddress: string;
  /** Asked for anew each time: peers move. */
  remoteAddress(): string;
  peerCertificate: Carrier['peerCertificate'];
}

export class SctpCarrier implements Carrier {
  readonly framing = 'message';
  readonly isLossy = false;
  readonly dropped = 0;
  readonly #link: SctpLink;
  #handler: CarrierHandler | undefined = undefined;
  /** What has come and cannot be handed over yet; it is not consumed, so the window bounds it. */
  readonly #inbox = new MessageInbox();
  #isPaused = true;
  #isScheduled = false;
  #peerHasEnded = false;
  #isEndTold = false;
  #hasEndedWriting = false;
  /** After end() and destroy(): only the close is told. */
  #isDiscarding = false;
  #isOver = false;
  #isCloseTold = false;
  #error: Error | undefined = undefined;
  #endTimer: NodeJS.Timeout | undefined = undefined;

  constructor(link: SctpLink) {
    this.#link = link;
  }

  get largestMessage(): number {
    return this.#link.maximumMessageSize;
  }
  get protocol(): string {
    return this.#link.protocol;
  }
  get localAddress(): string {
    return this.#link.localAddress;
  }
  get remoteAddress(): string {
    return this.#link.remoteAddress();
  }
  get bufferedBytes(): number {
    return this.#link.association.pendingBytes;
  }
  peerCertificate(): ReturnType<Carrier['peerCertificate']> {
    return this.#link.peerCertificate();
  }

  start(handler: CarrierHandler): void {
    this.#handler = handler;
    this.resume();
  }

  write(bytes: Uint8Array): boolean {
    const { association } = this.#link;
    if (this.#hasEndedWriting || this.#isDiscarding || association.state !== 'established') return true;
    try {
      association.send({ bytes });
    } catch (error) {
      this.#fail(error as Error);
      return true;
    }
    this.#touch();
    return association.waitingBytes < HIGH_WATER_MARK || !association.willDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  endWriting(): void {
    const { association } = this.#link;
    if (this.#hasEndedWriting || this.#isDiscarding) return;
    this.#hasEndedWriting = true;
    if (this.#peerHasEnded || association.state !== 'established') this.#shutdown();
    else association.send({ bytes: Uint8Array.of(0), payloadProtocolIdentifier: END_OF_WRITING });
    this.#touch();
  }

  end(): void {
    if (this.#isDiscarding) return;
    this.#discard();
    this.#shutdown();
    this.#schedule();
  }

  destroy(): void {
    if (!this.#isDiscarding) this.#discard();
    this.#link.association.abort('closed');
    this.#schedule();
  }

  // What the association tells

  established(): void {}
  peerError(): void {}

  drain(): void {
    if (!this.#isDiscarding) this.#handler?.onDrain();
  }

  message({ bytes, payloadProtocolIdentifier }: IncomingMessage): void {
    const isEnd = payloadProtocolIdentifier === END_OF_WRITING && bytes.length === 1;
    if (this.#isDiscarding || isEnd) {
      this.#consume(bytes.length);
      if (isEnd) this.#onPeerEnd();
    } else if (this.#isPaused || this.#inbox.length > 0 || this.#handler === undefined) {
      this.#inbox.push(bytes);
    } else {
      this.#handler.onBytes(bytes);
      this.#consume(bytes.length);
    }
  }

  peerShutdown(): void {
    this.#onPeerEnd();
  }

  ended(error: SctpError | undefined): void {
    clearTimeout(this.#endTimer);
    this.#isOver = true;
    this.#error ??= error;
    // Never from inside a method of ours: abort() ends the association at once.
    this.#schedule();
  }

  #onPeerEnd(): void {
    this.#peerHasEnded = true;
    if (this.#hasEndedWriting) this.#shutdown();
    this.#schedule();
  }

  #shutdown(): void {
    const { association, clock } = this.#link;
    association.shutdown(clock.now());
    this.#endTimer ??= setTimeout(() => {
      this.#fail(new SctpError('PEER_UNREACHABLE', 'the peer did not take what was sent before the end'));
    }, LONGEST_END_MS).unref();
    this.#touch();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#link.association.abort(error.message);
  }

  #discard(): void {
    this.#isDiscarding = true;
    this.#consume(this.#inbox.byteLength);
    this.#inbox.clear();
  }

  #consume(byteLength: number): void {
    const { association, clock } = this.#link;
    association.consume(byteLength, clock.now());
  }

  #touch(): void {
    this.#link.clock.touch(this.#link.association);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#handler === undefined) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#handOver();
    });
  }

  /** What waits, then the end, then the close; each as far as the owner wants it. */
  #handOver(): void {
    const handler = this.#handler!;
    if (this.#isCloseTold) return;
    const waiting = this.#inbox.length;
    while (!this.#isPaused && !this.#isDiscarding) {
      const bytes = this.#inbox.shift();
      if (bytes === undefined) break;
      this.#consume(bytes.length);
      handler.onBytes(bytes);
    }
    if (this.#inbox.length < waiting) this.#touch();
    const isThrough = this.#isDiscarding || (!this.#isPaused && this.#inbox.length === 0);
    if (isThrough && this.#peerHasEnded && !this.#isEndTold && !this.#isDiscarding) {
      this.#isEndTold = true;
      handler.onEnd();
    }
    if (!this.#isOver || (!isThrough && this.#error === undefined)) return;
    this.#isCloseTold = true;
    this.#inbox.clear();
    handler.onClose(this.#error);
  }
}

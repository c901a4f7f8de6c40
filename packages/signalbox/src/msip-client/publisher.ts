// Messages on their way out: compressed where that is asked for, queued while they cannot be sent, awaited where somebody
// waits for their ACK, and repeated or given up when the connection is lost. §3.4, §5, §6

import { Deferred } from '../client/deferred.ts';
import { type Compression, compressionOf } from '../msip/compression.ts';
import type { MsipUsageError } from '../msip/errors.ts';
import { Flags, HEADER_SIZE } from '../msip/header.ts';
import { judgeFrame } from '../msip/write-frame.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipClientOptions } from './client-options.ts';
import type { NetworkConnection } from './network-connection.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import type { Platform } from './platform.ts';
import { type Outgoing, Publication, type PublicationOwner } from './publication.ts';
import type { Requests } from './requests.ts';

const DEFAULT_IN_FLIGHT = 1_000;
/** A message on which the server ends the connection each time must not keep the client from ever working. */
const MOST_ENDS = 3;
const ENCODER = new TextEncoder();

export interface PublishWish {
  readonly compress: Compression | undefined;
  readonly repeats: boolean;
  /** Nobody awaits it: a failure after the call is told here. */
  readonly onFailure?: (error: unknown) => void;
}

export class Publisher implements PublicationOwner {
  readonly queue: OutgoingQueue;
  readonly #network: NetworkConnection;
  readonly #requests: Requests;
  readonly #platform: Platform;
  readonly #maximumInFlight: number;
  /** Sent and not acknowledged, in the order in which they were sent. */
  readonly #inFlight = new Set<Publication>();
  #untilRoom: Deferred<void>[] = [];
  #untilSettled: (() => void)[] = [];

  constructor(
    options: MsipClientOptions,
    network: NetworkConnection,
    surroundings: { readonly requests: Requests; readonly platform: Platform },
  ) {
    this.queue = new OutgoingQueue(options.queue ?? {});
    this.#network = network;
    this.#requests = surroundings.requests;
    this.#platform = surroundings.platform;
    this.#maximumInFlight = options.maximumInFlight ?? DEFAULT_IN_FLIGHT;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Takes a message over; its bytes are copied. Sent at once when nothing is in the way.
   * @throws {MsipUsageError} when it cannot be written.
   * @throws {MsipClientError} `QUEUE_FULL`, `DROPPED`, `NOT_SUPPORTED`
   */
  publish(outgoing: Outgoing, { compress, repeats, onFailure }: PublishWish): Publication {
    const publication = new Publication(outgoing, this, { repeats, onFailure });
    if (compress === undefined && this.queue.size === 0 && this.#maySend(publication)) {
      if (repeats) outgoing.message = ownBytes(outgoing.message);
      this.#send(publication);
      return publication;
    }
    publication.size = judgeFrame(outgoing).payloadLength + HEADER_SIZE;
    outgoing.message = ownBytes(outgoing.message);
    const compressed = compress === undefined ? undefined : this.#compress(publication, compress);
    if (compressed === undefined) this.queue.push(publication);
    else this.#pushWhenReady(publication, compressed);
    this.pump();
    return publication;
  }

  /** Sends what waits, as far as the network and the window allow. */
  readonly pump = (): void => {
    for (let next = this.queue.first; next !== undefined && this.#maySend(next); next = this.queue.first) {
      this.queue.take(next);
      this.#sendJudged(next);
    }
    this.#tell();
  };

  /** Somebody does not want to wait any longer. */
  abandon(publication: Publication, reason: unknown): void {
    this.queue.remove(publication);
    if (this.#inFlight.delete(publication)) this.#requests.forget(publication.outgoing.msgId);
    publication.reject(reason);
    this.pump();
  }

  /** Resolves when a message that is published now need not wait for a long queue. */
  room(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve();
    const deferred = new Deferred<void>();
    this.#untilRoom.push(deferred);
    return deferred.promise;
  }

  /** Resolves when everything published so far is sent and, where it is awaited, settled. */
  settledAll(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#untilSettled.push(resolve));
  }

  /** The client is closed: nothing waits any longer. */
  close(error: MsipClientError): void {
    for (const publication of [...this.#inFlight, ...this.queue.takeAll()]) publication.reject(error);
    this.#inFlight.clear();
    for (const { reject } of this.#untilRoom.splice(0)) reject(error);
    this.#tell();
  }

  /** Those on their way that are to be repeated come again first, in their order. */
  onConnectionLost(isEndedByServer: boolean): void {
    const repeated = [...this.#inFlight].filter((publication) => {
      if (isEndedByServer) publication.ends++;
      if (publication.ends < MOST_ENDS) return true;
      publication.reject(new MsipClientError('CONNECTION_LOST', 'the server ended the connection each time it came'));
      return false;
    });
    this.#inFlight.clear();
    for (const publication of repeated) {
      const { topic, message } = publication.outgoing;
      publication.size ||= HEADER_SIZE + topic.length + message.length;
    }
    this.queue.putBack(repeated);
  }

  get #isIdle(): boolean {
    return this.queue.size === 0 && this.#inFlight.size === 0;
  }

  get #hasRoom(): boolean {
    const isEmpty = this.queue.size === 0;
    if (isEmpty && this.#network.isWritable) return true;
    return !this.queue.isFull && (isEmpty || !this.#network.isConnected);
  }

  #maySend({ isTracked }: Publication): boolean {
    return this.#network.isWritable && (!isTracked || this.#inFlight.size < this.#maximumInFlight);
  }

  /** @throws {MsipUsageError} */
  #send(publication: Publication): void {
    const { outgoing, isTracked } = publication;
    this.#network.send(outgoing);
    if (isTracked) {
      this.#inFlight.add(publication);
      this.#requests.add(outgoing.msgId, publication);
    } else publication.resolve(false);
  }

  /** It was judged when it was published: what it says now is the client's own fault. */
  #sendJudged(publication: Publication): void {
    try {
      this.#send(publication);
    } catch (error) {
      publication.reject(error as MsipUsageError);
    }
  }

  // What publications say

  onAnswered(publication: Publication): void {
    this.#inFlight.delete(publication);
    if (this.queue.size > 0 || this.#untilRoom.length > 0 || this.#untilSettled.length > 0) this.pump();
  }

  onLost(publication: Publication): void {
    if (!publication.repeats) this.#inFlight.delete(publication); // the others wait for onConnectionLost
  }

  /** Puts the compressed message in its place, now or later. Undefined: it is there already. */
  #compress(publication: Publication, format: Compression): Promise<void> | undefined {
    const { outgoing } = publication;
    const plain = outgoing.message as Uint8Array;
    if (compressionOf(plain) !== undefined) {
      outgoing.flags |= Flags.Compressed; // its publisher has compressed it
      return undefined;
    }
    const take = (compressed: Uint8Array): void => {
      if (compressed.length >= plain.length) return;
      publication.size += compressed.length - plain.length;
      outgoing.message = compressed;
      outgoing.flags |= Flags.Compressed; // [MSIP-5-5]
    };
    const compressed = this.#platform.compress(plain, format);
    if (compressed instanceof Promise) return compressed.then(take);
    take(compressed);
    return undefined;
  }

  #pushWhenReady(publication: Publication, compressed: Promise<void>): void {
    publication.isReady = false;
    this.queue.push(publication);
    const { size } = publication;
    compressed.then(
      () => {
        publication.isReady = true;
        if (!publication.isSettled) this.queue.bytes += publication.size - size;
        this.pump();
      },
      (error: unknown) => this.abandon(publication, error),
    );
  }

  #tell(): void {
    if (this.#hasRoom) for (const { resolve } of this.#untilRoom.splice(0)) resolve();
    if (this.#isIdle) for (const resolve of this.#untilSettled.splice(0)) resolve();
  }
}

/** What waits must not change under its owner's hands. */
function ownBytes(message: Uint8Array | string): Uint8Array {
  return typeof message === 'string' ? ENCODER.encode(message) : new Uint8Array(message);
}

// What differs between Node and browsers: how to dial, how to compress, what bytes are handed out as.

import type { Compression } from '../msip/compression.ts';
import type { Dial } from './client-options.ts';
import type { MsipPublishOptions } from './publication.ts';
import type { MsipSubscribeOptions } from './subscription.ts';

export interface Platform {
  readonly dial: Dial;
  /** At once for what is small, where the platform can. Throws or rejects with MsipClientError `NOT_SUPPORTED`. */
  compress(message: Uint8Array, format: Compression): Uint8Array | Promise<Uint8Array>;
  /** Throws or rejects with MsipClientError `NOT_SUPPORTED`, `NOT_INFLATED`. `largest` in bytes: no more is made. */
  inflate(message: Uint8Array, format: Compression, largest: number): Uint8Array | Promise<Uint8Array>;
  /** Bytes in the dress the programs of the platform expect: a Buffer in Node. No copy. */
  dress(bytes: Uint8Array): Uint8Array;
  /** Whether the options of a call are such; they throw MsipUsageError. A page goes without, for its bytes. */
  readonly checks?: {
    publish(options: MsipPublishOptions): void;
    subscribe(options: MsipSubscribeOptions): void;
  };
}

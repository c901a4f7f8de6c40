/**
 * scrypt off the event loop, with a bounded number at once and a bounded queue: a flood of logins takes neither all threads
 * of the process nor its memory. It must not know users.
 */
import { type ScryptOptions, scrypt } from 'node:crypto';

/** Cost parameters of scrypt (RFC 7914): N = 2^logN, and N × r × 128 bytes of memory for each derivation. */
export interface ScryptCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MB and about 50 ms of a core: a thousand devices that come back take half a minute, a guess takes 50 ms. */
export const DEFAULT_COST: ScryptCost = { logN: 14, r: 8, p: 1 };

export const KEY_BYTES = 32;

export interface DerivationsOptions {
  /** At once. Default 2 of the four threads Node has for files, names and keys. */
  readonly concurrency?: number;
  /** Waiting. Default 256: some ten seconds. */
  readonly queue?: number;
}

interface Job {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly cost: ScryptCost;
  readonly resolve: (key: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export class Derivations {
  /** How many were begun. */
  count = 0;
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #queue: Job[] = [];
  #running = 0;

  constructor({ concurrency = 2, queue = 256 }: DerivationsOptions = {}) {
    this.#concurrency = concurrency;
    this.#queueLimit = queue;
  }

  /** The key, or undefined when too many wait. */
  derive(password: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> | undefined {
    if (this.#running >= this.#concurrency && this.#queue.length >= this.#queueLimit) return undefined;
    return new Promise((resolve, reject) => {
      this.#queue.push({ password, salt, cost, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running >= this.#concurrency) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    this.#running++;
    this.count++;
    scrypt(job.password, job.salt, KEY_BYTES, scryptOptions(job.cost), (error, key) => {
      this.#running--;
      this.#next();
      if (error === null) job.resolve(key);
      else job.reject(error);
    });
  }
}

export function scryptOptions({ logN, r, p }: ScryptCost): ScryptOptions {
  const N = 2 ** logN;
  return { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 };
}

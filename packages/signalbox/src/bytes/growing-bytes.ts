// A growing buffer for whoever fills it himself. Ranges are remembered by offset, which stays valid when the buffer grows.

const NOTHING = new Uint8Array(0);

export class GrowingBytes {
  /** The buffer; replaced when it grows, so do not hold on to it across a write. */
  bytes: Uint8Array = NOTHING;
  /** Bytes written so far. May be lowered to forget what is behind it. */
  length = 0;
  readonly #initialSize: number;

  /** Nothing is allocated before the first write. */
  constructor(initialSize = 512) {
    this.#initialSize = initialSize;
  }

  /** Makes room for `size` more bytes, counts them as written, and returns the offset where the caller puts them. */
  reserve(size: number): number {
    const at = this.length;
    const length = at + size;
    if (length > this.bytes.length) this.#grow(length);
    this.length = length;
    return at;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, this.bytes.length * 2, this.#initialSize));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Forgets what was written; the buffer is used again. */
  reset(): void {
    this.length = 0;
  }

  /** Forgets what was written and leaves the buffer to whoever still refers to it. */
  renew(): void {
    this.bytes = NOTHING;
    this.length = 0;
  }
}

// The first byte of each packet in a stream of bytes, whatever the pieces: what the core of the server keeps to itself, such
// as the second copy of a message.

export class FirstBytes {
  readonly all: number[] = [];
  #bytes: number[] = [];

  push(piece: Uint8Array): void {
    this.#bytes.push(...piece);
    for (let size = this.#size(); size > 0; size = this.#size()) {
      this.all.push(this.#bytes[0]!);
      this.#bytes.splice(0, size);
    }
  }

  /** Of the packet at the front; 0: it is not whole yet. */
  #size(): number {
    let length = 0;
    for (let at = 1; at < this.#bytes.length && at < 5; at++) {
      length += (this.#bytes[at]! & 127) * 128 ** (at - 1);
      if (this.#bytes[at]! < 128) return this.#bytes.length >= at + 1 + length ? at + 1 + length : 0;
    }
    return 0;
  }
}

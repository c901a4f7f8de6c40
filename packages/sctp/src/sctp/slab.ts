// Room for many small byte strings in few allocations: one behind the other in slabs, never used twice, each of which
// lives as long as a part of it does. Shared by the associations of a host, so that an idle one holds none.

const SLAB = 65_536;

/** Larger ones get an allocation of their own: little of a slab is ever left over. */
const SMALL = 4096;

export class Slab {
  /** The slab under way; what was reserved last is in it, and zeros. */
  bytes = new Uint8Array(0);
  #used = 0;

  /** Room for `length` bytes, at most 64 KiB, in `bytes` from the place given back on. */
  reserve(length: number): number {
    if (this.#used + length > this.bytes.length) {
      this.bytes = new Uint8Array(SLAB);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }

  /** Gives back the part of a reservation that was not needed and not written, if nothing was reserved after it. */
  release(bytes: Uint8Array, from: number, to: number): void {
    if (bytes === this.bytes && to === this.#used) this.#used = from;
  }

  /** A copy of bytes [from, to). */
  copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const length = to - from;
    if (length > SMALL) return bytes.slice(from, to);
    const at = this.reserve(length);
    const copy = this.bytes.subarray(at, at + length);
    copy.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    return copy;
  }
}

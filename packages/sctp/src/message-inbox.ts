// Messages that wait for their owner, in order. Small ones lie one behind the other in pages: a peer that sends a megabyte in
// messages of one byte would otherwise take three hundred of them.

/** Larger ones have memory of their own: what that costs besides is little beside them. */
const SMALL = 512;
const PAGE = 4096;

/** Of a small one, before its bytes; 0 stands for a large one. */
const LENGTH = 2;

export class MessageInbox {
  /** How many wait. */
  length = 0;
  /** What all of them have, together. */
  byteLength = 0;
  #pages: { readonly bytes: Uint8Array; end: number }[] = [];
  #large: Uint8Array[] = [];
  /** How far the first page was read, and how many of the large ones were taken. */
  #read = 0;
  #taken = 0;

  /** Keeps a copy. */
  push(message: Uint8Array): void {
    const isSmall = message.length > 0 && message.length <= SMALL;
    const size = LENGTH + (isSmall ? message.length : 0);
    let page = this.#pages.at(-1);
    if (page === undefined || page.end + size > PAGE) {
      page = { bytes: new Uint8Array(PAGE), end: 0 };
      this.#pages.push(page);
    }
    page.bytes[page.end] = isSmall ? message.length >>> 8 : 0;
    page.bytes[page.end + 1] = isSmall ? message.length : 0;
    if (isSmall) page.bytes.set(message, page.end + LENGTH);
    else this.#large.push(message.slice());
    page.end += size;
    this.length++;
    this.byteLength += message.length;
  }

  /** The first one, which is the caller's from now on; undefined when there is none. */
  shift(): Uint8Array | undefined {
    if (this.length === 0) return undefined;
    const { bytes, end } = this.#pages[0]!;
    const size = (bytes[this.#read]! << 8) | bytes[this.#read + 1]!;
    const at = this.#read + LENGTH;
    const message = size === 0 ? this.#takeLarge() : bytes.slice(at, at + size);
    this.#read = at + size;
    if (this.#read === end) {
      this.#pages.shift();
      this.#read = 0;
    }
    this.length--;
    this.byteLength -= message.length;
    return message;
  }

  clear(): void {
    this.length = 0;
    this.byteLength = 0;
    this.#pages = [];
    this.#large = [];
    this.#read = 0;
    this.#taken = 0;
  }

  #takeLarge(): Uint8Array {
    const message = this.#large[this.#taken]!;
    this.#large[this.#taken++] = EMPTY;
    if (this.#taken > 64 && this.#taken * 2 > this.#large.length) {
      this.#large = this.#large.slice(this.#taken);
      this.#taken = 0;
    }
    return message;
  }
}

const EMPTY = new Uint8Array(0);

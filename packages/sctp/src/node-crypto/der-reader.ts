// DER, as much of it as certificates need: one element after another, definite lengths only. ITU-T X.690, §8.1, §10.1

export interface DerElement {
  /** Class, form and number in one byte: 0x30 SEQUENCE, 0x06 OBJECT IDENTIFIER, … */
  readonly tag: number;
  readonly content: Uint8Array;
}

export const DerTag = {
  Boolean: 0x01,
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  Sequence: 0x30,
} as const;

/** Throws Error for what is no DER: the caller knows what it was to be. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  next(): DerElement {
    const tag = this.#byte();
    let length = this.#byte();
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 3) throw new Error('a length of no sensible form');
      length = 0;
      for (let index = 0; index < size; index++) length = (length << 8) | this.#byte();
    }
    if (length > this.#bytes.length - this.#at) throw new Error('an element goes beyond its end');
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { tag, content };
  }

  /** The content of the next element, which has to have this tag. */
  expect(tag: number): Uint8Array {
    const element = this.next();
    if (element.tag !== tag) throw new Error(`tag ${element.tag} in place of ${tag}`);
    return element.content;
  }

  /** The next element if it has this tag; else nothing is read. */
  optional(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#at] === tag ? this.next().content : undefined;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error('an element ends in mid-air');
    return byte;
  }
}

/** An object identifier in dotted form. */
export function dotted(content: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - 40 * root, ...rest].join('.');
}

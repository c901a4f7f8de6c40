// Fields of handshake messages as bytes. Handshakes are short and rare: each field is an array of its own, joined in the
// end. Validates nothing; whoever calls has checked before.

export const NOTHING: Uint8Array = new Uint8Array(0);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function u24(value: number): Uint8Array {
  return Uint8Array.of(value >>> 16, value >>> 8, value);
}

export function vector8(...parts: readonly Uint8Array[]): Uint8Array {
  const inside = concat(...parts);
  return concat(u8(inside.length), inside);
}

export function vector16(...parts: readonly Uint8Array[]): Uint8Array {
  const inside = concat(...parts);
  return concat(u16(inside.length), inside);
}

export function vector24(...parts: readonly Uint8Array[]): Uint8Array {
  const inside = concat(...parts);
  return concat(u24(inside.length), inside);
}

/** 16-bit numbers one after another, without a length. */
export function numbers16(numbers: readonly number[]): Uint8Array {
  return concat(...numbers.map(u16));
}

/** Characters of ASCII; others do not occur in what this is for. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

// UTF-8 without TextEncoder and TextDecoder: strict both ways, nothing replaced, nothing skipped (a leading U+FEFF stays).
// One ASCII pass with a slow path for the rest. Knows no packet and no error class. §1.5.4

/** The verdict of checkUtf8 on some bytes; at least 0 means well-formed and free of U+0000. */
export const Utf8 = { Ascii: 0, Multibyte: 1, Malformed: -1, HasNull: -2 } as const;
export type Utf8 = (typeof Utf8)[keyof typeof Utf8];

/** Judges [start, end). U+0000 is well-formed UTF-8 that MQTT forbids, hence a verdict of its own. */
export function checkUtf8(bytes: Uint8Array, start: number, end: number): Utf8 {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0 || byte >= 0x80) return checkMultibyte(bytes, at, end);
  }
  return Utf8.Ascii;
}

function checkMultibyte(bytes: Uint8Array, start: number, end: number): Utf8 {
  let verdict: Utf8 = Utf8.Ascii;
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      if (lead === 0) verdict = Utf8.HasNull; // [MQTT-1.5.4-2] malformed bytes behind it are the worse news, so go on
      at++;
      continue;
    }
    const size = sequenceSize(bytes, at, end);
    if (size === 0) return Utf8.Malformed; // [MQTT-1.5.4-1]
    if (verdict === Utf8.Ascii) verdict = Utf8.Multibyte;
    at += size;
  }
  return verdict;
}

/** Length of the well-formed multi-byte sequence at `at`, 0 when there is none (Unicode, table 3-7). */
function sequenceSize(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  const left = end - at;
  if (lead < 0xc2) return 0; // a continuation byte, or overlong C0 and C1
  if (left < 2) return 0;
  const second = bytes[at + 1]!;
  if (lead < 0xe0) return isContinuation(second) ? 2 : 0;
  if (left < 3 || !isContinuation(bytes[at + 2]!)) return 0;
  if (lead < 0xf0) {
    const low = lead === 0xe0 ? 0xa0 : 0x80; // below: overlong
    const high = lead === 0xed ? 0x9f : 0xbf; // above: surrogates D800 to DFFF
    return second >= low && second <= high ? 3 : 0;
  }
  if (lead > 0xf4 || left < 4 || !isContinuation(bytes[at + 3]!)) return 0;
  const low = lead === 0xf0 ? 0x90 : 0x80; // below: overlong
  const high = lead === 0xf4 ? 0x8f : 0xbf; // above: beyond U+10FFFF
  return second >= low && second <= high ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Decodes bytes which checkUtf8 found well-formed (anything else gives some string, never an exception). */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    // Eight characters a call while they are ASCII: several times faster than one by one.
    for (; at + 8 <= end; at += 8) {
      const a = bytes[at]!;
      const b = bytes[at + 1]!;
      const c = bytes[at + 2]!;
      const d = bytes[at + 3]!;
      const e = bytes[at + 4]!;
      const f = bytes[at + 5]!;
      const g = bytes[at + 6]!;
      const h = bytes[at + 7]!;
      if ((a | b | c | d | e | f | g | h) > 0x7f) break;
      text += String.fromCharCode(a, b, c, d, e, f, g, h);
    }
    const stop = Math.min(at + 8, end);
    while (at < stop) {
      const lead = bytes[at]!;
      text += lead < 0x80 ? String.fromCharCode(lead) : readMultibyte(bytes, at);
      at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    }
  }
  return text;
}

function readMultibyte(bytes: Uint8Array, at: number): string {
  const lead = bytes[at]!;
  const second = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return String.fromCharCode(((lead & 0x1f) << 6) | second);
  const third = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return String.fromCharCode(((lead & 0x0f) << 12) | (second << 6) | third);
  const point = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
  return String.fromCharCode(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

/** Bytes of `text` in UTF-8; Utf8.Malformed with a lone surrogate, Utf8.HasNull with U+0000 (and no lone surrogate). */
export function utf8Length(text: string): number {
  let length = text.length;
  let hasNull = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (unit === 0) hasNull = true;
    } else if (unit < 0x800) length += 1;
    else if (unit < 0xd800 || unit > 0xdfff) length += 2;
    else if (unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      length += 2; // two units become four bytes
      at++;
    } else return Utf8.Malformed;
  }
  return hasNull ? Utf8.HasNull : length;
}

/** Writes text without lone surrogates (utf8Length tells) and returns the offset behind it. */
export function writeUtf8(target: Uint8Array, at: number, text: string): number {
  let offset = at;
  for (let index = 0; index < text.length; index++) {
    let unit = text.charCodeAt(index);
    if (unit < 0x80) {
      target[offset++] = unit;
      continue;
    }
    if (unit < 0x800) {
      target[offset++] = 0xc0 | (unit >> 6);
    } else {
      if (unit >= 0xd800 && unit <= 0xdfff) {
        unit = ((unit - 0xd7c0) << 10) + (text.charCodeAt(++index) & 0x3ff);
        target[offset++] = 0xf0 | (unit >> 18);
        target[offset++] = 0x80 | ((unit >> 12) & 0x3f);
      } else target[offset++] = 0xe0 | (unit >> 12);
      target[offset++] = 0x80 | ((unit >> 6) & 0x3f);
    }
    target[offset++] = 0x80 | (unit & 0x3f);
  }
  return offset;
}

// In place of bytes/utf8.ts in a bundle for pages: the same functions over the platform's TextEncoder and TextDecoder, which the
// pure layers must not know. Short ASCII is looked at byte by byte, as there: that is faster than asking the platform.

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Longer texts are for the platform. */
const SHORT = 64;

export const Utf8 = { Ascii: 0, Multibyte: 1, Malformed: -1, HasNull: -2 };

/**
 * What there is told apart as Multibyte is Ascii here: nobody asks.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function checkUtf8(bytes, start, end) {
  let at = start;
  while (at < end && isPlain(bytes[at] ?? 0)) at++;
  if (at === end) return Utf8.Ascii;
  try {
    return readUtf8(bytes, start, end).includes('\0') ? Utf8.HasNull : Utf8.Ascii;
  } catch {
    return Utf8.Malformed;
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function readUtf8(bytes, start, end) {
  return decoder.decode(bytes.subarray(start, end));
}

/** @param {string} text */
export function utf8Length(text) {
  let at = 0;
  while (at < text.length && isPlain(text.charCodeAt(at))) at++;
  if (at === text.length) return at;
  if (/\p{Cs}/u.test(text)) return Utf8.Malformed; // a pair is one character here
  return text.includes('\0') ? Utf8.HasNull : encoder.encode(text).length;
}

/**
 * @param {Uint8Array} target
 * @param {number} at
 * @param {string} text
 */
export function writeUtf8(target, at, text) {
  let offset = at;
  let index = 0;
  if (text.length < SHORT)
    for (; index < text.length && text.charCodeAt(index) < 0x80; index++) target[offset++] = text.charCodeAt(index);
  if (index === text.length) return offset;
  return offset + encoder.encodeInto(text.slice(index), target.subarray(offset)).written;
}

/** @param {number} code of ASCII, and not U+0000 */
function isPlain(code) {
  return code > 0 && code < 0x80;
}

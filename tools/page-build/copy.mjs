// In place of bytes/copy.ts in a bundle for pages: the same by what the language has.

/**
 * @param {Uint8Array} target
 * @param {number} at
 * @param {Uint8Array} source
 * @param {number} start
 * @param {number} end
 */
export function copyBytes(target, at, source, start, end) {
  target.set(source.subarray(start, end), at);
}

/**
 * @param {Uint8Array} source
 * @param {number} start
 * @param {number} end
 */
export function copyOf(source, start, end) {
  return new Uint8Array(source.subarray(start, end));
}

/**
 * @param {Uint8Array} source
 * @param {number} start
 * @param {number} end
 */
export function viewOf(source, start, end) {
  return source.subarray(start, end);
}

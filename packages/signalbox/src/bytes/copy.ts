// Copies of byte ranges. Not `slice`: a Node Buffer answers that with a view, and a kept view pins the chunk below it.

/** Up to here a loop is faster than the call of `set` and the view it needs. */
const LOOP_COPY_LIMIT = 48;

/** Copies [start, end) of `source` into `target` at `at`. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
  if (end - start > LOOP_COPY_LIMIT) {
    // A view costs as much as copying a hundred bytes: the whole needs none.
    const isWhole = start === 0 && end === source.length;
    target.set(isWhole ? source : source.subarray(start, end), at);
    return;
  }
  let offset = at;
  for (let from = start; from < end; from++) target[offset++] = source[from]!;
}

/** An own copy of [start, end), always a plain Uint8Array. */
export function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copyBytes(copy, 0, source, start, end);
  return copy;
}

/** A view of [start, end), always a plain Uint8Array: valid as long as the bytes below it. */
export function viewOf(source: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(source.buffer, source.byteOffset + start, end - start);
}

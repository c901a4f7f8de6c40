// The WebSocket frame a server sends: binary, whole, not masked (RFC 6455 § 5.2).

const FINAL_BINARY = 0x82;
/** Payload lengths which say that the length follows in two or in eight bytes. */
const LENGTH_IN_TWO = 126;
const LENGTH_IN_EIGHT = 127;

export function writeFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const headerSize = length < LENGTH_IN_TWO ? 2 : length < 0x1_0000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerSize + length);
  frame[0] = FINAL_BINARY;
  if (headerSize === 2) {
    frame[1] = length;
  } else if (headerSize === 4) {
    frame[1] = LENGTH_IN_TWO;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_IN_EIGHT;
    frame.writeUInt32BE(0, 2); // No Uint8Array of ours reaches 4 GiB.
    frame.writeUInt32BE(length, 6);
  }
  frame.set(payload, headerSize);
  return frame;
}

// What a codec has to account for, so that no work can be left out unnoticed: a count and a checksum which needs the
// topic's text, the payload's bytes and the packet identifier of every packet.

/** FNV-1a. */
function hashBytes(hash: number, bytes: Uint8Array): number {
  let next = hash;
  for (const byte of bytes) next = Math.imul(next ^ byte, 16_777_619);
  return next;
}

function hashText(hash: number, text: string): number {
  let next = hash;
  for (let at = 0; at < text.length; at++) next = Math.imul(next ^ text.charCodeAt(at), 16_777_619);
  return next;
}

export interface Window {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class Tally {
  count = 0;
  sum = 0;
  /** Before the timed passes everything is read; in them, both ends of everything: that much cannot be skipped. */
  isThorough = false;

  addMessage(topic: string, payload: Uint8Array, packetIdentifier: number): void {
    this.addWindow(topic, { bytes: payload, start: 0, end: payload.length }, packetIdentifier);
  }

  /** The payload as a range of somebody else's bytes: for those who hand it out without an object. */
  addWindow(topic: string, { bytes, start, end }: Window, packetIdentifier: number): void {
    this.count++;
    if (this.isThorough) this.sum = hashBytes(hashText(this.sum, topic), bytes.subarray(start, end));
    else if (end > start) this.#mix(bytes[start]! * 3 + bytes[end - 1]! * 5 + end - start);
    this.#mix(topic.length + topic.charCodeAt(topic.length - 1) + packetIdentifier);
  }

  addText(text: string, number: number): void {
    this.count++;
    if (this.isThorough) this.sum = hashText(this.sum, text);
    this.#mix(text.length + text.charCodeAt(text.length - 1) + number);
  }

  addBytes(bytes: Uint8Array): void {
    this.count++;
    if (this.isThorough) this.sum = hashBytes(this.sum, bytes);
    this.#mix(bytes.length + bytes[bytes.length - 1]!);
  }

  #mix(value: number): void {
    this.sum = (Math.imul(this.sum, 31) + value) | 0;
  }
}

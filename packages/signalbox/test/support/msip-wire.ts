// Frames of MSIP made and taken apart by hand, from the table in docs/msip.md §2.1. Knows nothing of the core under test, so
// a mistake there cannot cancel itself out here. Judges nothing: what is wrong on purpose can be written and seen.

export const HEADER_BYTES = 24;

/** frame_type */
export const TYPE = {
  hello: 1,
  subscribe: 2,
  unsubscribe: 3,
  publish: 4,
  event: 5,
  ack: 6,
  error: 7,
  ping: 8,
  pong: 9,
  close: 10,
} as const;

export type TypeName = keyof typeof TYPE;

/** msg_kind */
export const KIND = { event: 1, command: 2, state: 3, log: 4, metric: 5 } as const;
/** flags */
export const FLAG = { none: 0, ackRequired: 1, compressed: 2, urgent: 4 } as const;

export interface WireHeader {
  readonly magic: string;
  readonly version: number;
  readonly flags: number;
  readonly frameType: number;
  readonly msgKind: number;
  readonly reserved: number;
  readonly payloadLength: number;
  readonly msgId: bigint;
}

export interface WireFrame extends WireHeader {
  readonly payload: Uint8Array;
}

export type WireInput = Partial<Omit<WireHeader, 'frameType'>> & { readonly payload?: Uint8Array | string };

/** A frame in bytes; every field of the header can be given, payload_len too. */
export function wire(type: TypeName | number, input: WireInput = {}): Uint8Array {
  const payload = typeof input.payload === 'string' ? Buffer.from(input.payload) : (input.payload ?? Buffer.alloc(0));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(input.magic ?? 'MSIP', 0, 4, 'latin1');
  header.writeUInt8(input.version ?? 1, 4);
  header.writeUInt8(input.flags ?? 0, 5);
  header.writeUInt16BE(typeof type === 'number' ? type : TYPE[type], 6);
  header.writeUInt16BE(input.msgKind ?? 1, 8);
  header.writeUInt16BE(input.reserved ?? 0, 10);
  header.writeUInt32BE(input.payloadLength ?? payload.length, 12);
  header.writeBigUInt64BE(input.msgId ?? 0n, 16);
  return Uint8Array.from(Buffer.concat([header, payload]));
}

/** The payload of PUBLISH and EVENT. */
export function topicAndMessage(topic: string, message: Uint8Array | string = ''): Uint8Array {
  const name = Buffer.from(topic);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  return Uint8Array.from(Buffer.concat([length, name, typeof message === 'string' ? Buffer.from(message) : message]));
}

/** The two parts of such a payload; undefined when it has not got them. */
export function partsOf(payload: Uint8Array): { topic: string; message: Uint8Array } | undefined {
  const bytes = Buffer.from(payload);
  const end = bytes.length < 2 ? Number.POSITIVE_INFINITY : 2 + bytes.readUInt16BE(0);
  if (end > bytes.length) return undefined;
  return { topic: bytes.toString('utf8', 2, end), message: Uint8Array.from(bytes.subarray(end)) };
}

export function headerOf(bytes: Buffer): WireHeader {
  return {
    magic: bytes.toString('latin1', 0, 4),
    version: bytes.readUInt8(4),
    flags: bytes.readUInt8(5),
    frameType: bytes.readUInt16BE(6),
    msgKind: bytes.readUInt16BE(8),
    reserved: bytes.readUInt16BE(10),
    payloadLength: bytes.readUInt32BE(12),
    msgId: bytes.readBigUInt64BE(16),
  };
}

/** Cuts a stream into frames by their lengths alone. */
export class WireSplitter {
  #rest = Buffer.alloc(0);

  /** Bytes of a frame that is not complete. */
  get pending(): number {
    return this.#rest.length;
  }

  take(bytes: Uint8Array): WireFrame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: WireFrame[] = [];
    while (this.#rest.length >= HEADER_BYTES) {
      const header = headerOf(this.#rest);
      const end = HEADER_BYTES + header.payloadLength;
      if (this.#rest.length < end) break;
      frames.push({ ...header, payload: Uint8Array.from(this.#rest.subarray(HEADER_BYTES, end)) });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** One line for each frame, for comparisons: what it is, who it answers, what is in it. */
export function describeFrame({ frameType, flags, msgKind, msgId, payload }: WireFrame): string {
  const name = Object.entries(TYPE).find(([, type]) => type === frameType)?.[0] ?? `type ${frameType}`;
  const head = `${name} id=${msgId} kind=${msgKind} flags=${flags}`;
  if (payload.length === 0) return head;
  if (name !== 'event' && name !== 'publish') return `${head} ${describePayload(payload)}`;
  const parts = partsOf(payload);
  return parts === undefined ? `${head} ?` : `${head} ${parts.topic}: ${describePayload(parts.message)}`;
}

function describePayload(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString('utf8');
  return /^[\x20-\x7e]*$/.test(text) ? text : `0x${Buffer.from(payload).toString('hex')}`;
}

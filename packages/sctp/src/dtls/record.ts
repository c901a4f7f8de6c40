// Records as they are on the wire: thirteen bytes of header and a fragment, several in a datagram. What is no record ends
// the datagram without a word. RFC 6347, §4.1

export const ContentType = { ChangeCipherSpec: 20, Alert: 21, Handshake: 22, ApplicationData: 23 } as const;

export const DTLS_1_0 = 0xfeff;
export const DTLS_1_2 = 0xfefd;

export const RECORD_HEADER_SIZE = 13;
/** What protection adds to a fragment: the explicit half of the nonce, and the tag. */
export const NONCE_SIZE = 8;
export const TAG_SIZE = 16;
export const PROTECTION_SIZE = NONCE_SIZE + TAG_SIZE;

const LARGEST_FRAGMENT = 2 ** 14;

export interface Record {
  readonly type: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  /** The header and the fragment as they came, views into the datagram. */
  readonly header: Uint8Array;
  readonly fragment: Uint8Array;
}

/** The record at `at`; undefined when there is none, and then the rest of the datagram is not looked at. */
export function readRecord(datagram: Uint8Array, at: number): Record | undefined {
  if (datagram.length - at < RECORD_HEADER_SIZE) return undefined;
  const version = (datagram[at + 1]! << 8) | datagram[at + 2]!;
  const epoch = (datagram[at + 3]! << 8) | datagram[at + 4]!;
  const size = (datagram[at + 11]! << 8) | datagram[at + 12]!;
  const end = at + RECORD_HEADER_SIZE + size;
  // Before versions are agreed on, records may say 1.0. RFC 6347, §4.2.1
  if (version !== DTLS_1_2 && !(version === DTLS_1_0 && epoch === 0)) return undefined;
  if (size > LARGEST_FRAGMENT + PROTECTION_SIZE || end > datagram.length) return undefined;
  const high = (datagram[at + 5]! << 8) | datagram[at + 6]!;
  const low =
    ((datagram[at + 7]! << 24) | (datagram[at + 8]! << 16) | (datagram[at + 9]! << 8) | datagram[at + 10]!) >>> 0;
  return {
    type: datagram[at]!,
    epoch,
    sequence: high * 2 ** 32 + low,
    header: datagram.subarray(at, at + RECORD_HEADER_SIZE),
    fragment: datagram.subarray(at + RECORD_HEADER_SIZE, end),
  };
}

/** All records of a datagram, up to the first thing which is none. */
export function readRecords(datagram: Uint8Array): Record[] {
  const records: Record[] = [];
  for (let at = 0; ; ) {
    const record = readRecord(datagram, at);
    if (record === undefined) return records;
    records.push(record);
    at += RECORD_HEADER_SIZE + record.fragment.length;
  }
}

/** What stands at the head of a record. */
export interface RecordHeader {
  readonly type: number;
  readonly epoch: number;
  readonly sequence: number;
  /** Of the fragment which follows. */
  readonly size: number;
}

export function writeRecordHeader(target: Uint8Array, { type, epoch, sequence, size }: RecordHeader): void {
  const high = Math.floor(sequence / 2 ** 32);
  target[0] = type;
  target[1] = DTLS_1_2 >>> 8;
  target[2] = DTLS_1_2 & 0xff;
  target[3] = epoch >>> 8;
  target[4] = epoch;
  target[5] = high >>> 8;
  target[6] = high;
  target[7] = sequence >>> 24;
  target[8] = sequence >>> 16;
  target[9] = sequence >>> 8;
  target[10] = sequence;
  target[11] = size >>> 8;
  target[12] = size;
}

export function writePlainRecord(type: number, sequence: number, fragment: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_SIZE + fragment.length);
  writeRecordHeader(record, { type, epoch: 0, sequence, size: fragment.length });
  record.set(fragment, RECORD_HEADER_SIZE);
  return record;
}

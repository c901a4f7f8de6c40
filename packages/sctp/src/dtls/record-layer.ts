// The records of one connection in both directions: numbers, keys, what was replayed or forged. Epoch 0 is in the clear,
// epoch 1 is protected; there is no third, as nobody renegotiates. RFC 6347, §4.1

import { DtlsError } from './errors.ts';
import type { DtlsLimits } from './limits.ts';
import {
  ContentType,
  PROTECTION_SIZE,
  RECORD_HEADER_SIZE,
  type Record,
  readRecord,
  writePlainRecord,
} from './record.ts';
import type { RecordProtection } from './record-protection.ts';
import { ReplayWindow } from './replay-window.ts';

/** So many records a peer may have lost in a row and still be recognized at another address. */
const FURTHEST_AHEAD = 65_536;

/** Of all records that wait for the keys: a flight of data in usual datagrams. A record alone may have 16 KiB. */
const EARLY_BYTES = 32_768;

/** What was in a record: in the clear a view into the datagram, else memory of its own. */
export interface Content {
  readonly type: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

export class RecordLayer {
  readonly #limits: Pick<DtlsLimits, 'earlyRecords' | 'records'>;
  /** In the clear nothing is held against repeats: a number anybody can invent must not lock out the peer's. */
  readonly #window = new ReplayWindow();
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #read: RecordProtection | undefined;
  #write: RecordProtection | undefined;
  #plainSequence: number;
  #sequence = 0;
  #forged = 0;
  #isOpen = false;
  #takesPlainAlerts = true;

  /** `firstSequence`: of the first record in the clear; a server goes on from the number of the ClientHello. */
  constructor(limits: DtlsLimits, firstSequence = 0) {
    this.#limits = limits;
    this.#plainSequence = firstSequence;
  }

  /** Records that could not be opened: forged, damaged, or under another key. */
  get forged(): number {
    return this.#forged;
  }

  /** The keys of both directions; `open` and `seal` take epoch 1 from now on. */
  install({ read, write }: { read: RecordProtection; write: RecordProtection }): void {
    this.#read = read;
    this.#write = write;
  }

  get hasKeys(): boolean {
    return this.#write !== undefined;
  }

  /** The handshake is through: from now on nothing is taken in the clear, and the peer's data is. */
  confirm(): void {
    this.#isOpen = true;
  }

  /**
   * The content; undefined when there is none, or not yet. Throws DtlsError `RECORDS_EXHAUSTED` when too many were forged for
   * the key to be trusted any longer.
   */
  open(record: Record): Content | undefined {
    const { epoch, type, sequence, fragment } = record;
    if (epoch === 0) return this.#isTakenInTheClear(type) ? { type, epoch, bytes: fragment } : undefined;
    if (epoch !== 1) return undefined;
    const read = this.#read;
    if (read === undefined || (type === ContentType.ApplicationData && !this.#isOpen)) return this.#hold(record);
    if (!this.#window.isFresh(sequence)) return undefined;
    const bytes = read.open(record);
    if (bytes === undefined) {
      if (++this.#forged >= this.#limits.records) throw new DtlsError('RECORDS_EXHAUSTED', 'too many forged records');
      return undefined;
    }
    this.#window.mark(sequence);
    return { type, epoch, bytes };
  }

  /** The peer protects what it sends from now on, but for what it may have to send again: no alert in the clear is its own. */
  refusePlainAlerts(): void {
    this.#takesPlainAlerts = false;
  }

  #isTakenInTheClear(type: number): boolean {
    // Data in the clear is nobody's, at any time.
    if (this.#isOpen || type === ContentType.ApplicationData) return false;
    return type !== ContentType.Alert || this.#takesPlainAlerts;
  }

  /** Whether the number of a protected record is one the peer may have come to, going on from the last. Costs nothing. */
  canBeNext({ epoch, sequence }: Record): boolean {
    const { highest } = this.#window;
    return this.#read !== undefined && epoch === 1 && sequence > highest && sequence <= highest + FURTHEST_AHEAD;
  }

  /** Whether the peer has sent this record; nothing changes. */
  isAuthentic(record: Record): boolean {
    return this.#read?.open(record) !== undefined;
  }

  /** What came before it could be opened, to be given to `open` once more. */
  takeEarly(): Record[] {
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    return early.map((bytes) => readRecord(bytes, 0)).filter((record) => record !== undefined);
  }

  /** Throws DtlsError `RECORDS_EXHAUSTED` after as many records as a key is good for. */
  seal(type: number, epoch: number, content: Uint8Array): Uint8Array {
    if (epoch === 0) return writePlainRecord(type, this.#plainSequence++, content);
    const sequence = this.#sequence;
    if (sequence >= this.#limits.records) throw new DtlsError('RECORDS_EXHAUSTED', 'the key has done its work');
    this.#sequence++;
    return this.#write!.seal({ type, epoch, sequence }, content);
  }

  #hold({ header, fragment }: Record): undefined {
    const size = header.length + fragment.length;
    if (this.#early.length >= this.#limits.earlyRecords || this.#earlyBytes + size > EARLY_BYTES) return;
    this.#earlyBytes += size;
    const bytes = new Uint8Array(size);
    bytes.set(header);
    bytes.set(fragment, header.length);
    this.#early.push(bytes);
  }
}

/** Bytes that go into one record of this epoch when the datagram has `size`. */
export function roomInRecord(size: number, epoch: number): number {
  return size - RECORD_HEADER_SIZE - (epoch === 0 ? 0 : PROTECTION_SIZE);
}

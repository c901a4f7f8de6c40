// AES-GCM over the records of one direction. The nonce is a salt from the key block and, in the clear, epoch and sequence
// number, so it never repeats under a key. RFC 5288, §3; RFC 6347, §4.1.2.1

import type { Aead } from './primitives.ts';
import { NONCE_SIZE, PROTECTION_SIZE, RECORD_HEADER_SIZE, type Record, TAG_SIZE, writeRecordHeader } from './record.ts';

export const SALT_SIZE = 4;

export class RecordProtection {
  readonly #aead: Aead;
  readonly #nonce = new Uint8Array(SALT_SIZE + NONCE_SIZE);
  /** Epoch and sequence number, type, version, size of the plaintext. RFC 5246, §6.2.3.3 */
  readonly #additional = new Uint8Array(RECORD_HEADER_SIZE);

  constructor(aead: Aead, salt: Uint8Array) {
    this.#aead = aead;
    this.#nonce.set(salt);
  }

  /** A whole record. */
  seal(header: { type: number; epoch: number; sequence: number }, plain: Uint8Array): Uint8Array {
    const record = new Uint8Array(RECORD_HEADER_SIZE + PROTECTION_SIZE + plain.length);
    writeRecordHeader(record, { ...header, size: plain.length + PROTECTION_SIZE });
    record.copyWithin(RECORD_HEADER_SIZE, 3, 11);
    this.#nonce.set(record.subarray(3, 11), SALT_SIZE);
    this.#describe(record, plain.length);
    const input = { nonce: this.#nonce, additional: this.#additional, plain };
    this.#aead.seal(input, record, RECORD_HEADER_SIZE + NONCE_SIZE);
    return record;
  }

  /** The plaintext; undefined when the record was forged, or damaged on its way. */
  open({ header, fragment }: Record): Uint8Array | undefined {
    if (fragment.length < PROTECTION_SIZE) return undefined;
    this.#nonce.set(fragment.subarray(0, NONCE_SIZE), SALT_SIZE);
    this.#describe(header, fragment.length - NONCE_SIZE - TAG_SIZE);
    const sealed = fragment.subarray(NONCE_SIZE);
    return this.#aead.open({ nonce: this.#nonce, additional: this.#additional, sealed });
  }

  #describe(header: Uint8Array, size: number): void {
    const additional = this.#additional;
    for (let index = 0; index < 8; index++) additional[index] = header[index + 3]!;
    for (let index = 0; index < 3; index++) additional[index + 8] = header[index]!;
    additional[11] = size >>> 8;
    additional[12] = size;
  }
}

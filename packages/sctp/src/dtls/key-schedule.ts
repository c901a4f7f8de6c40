// From the premaster secret to the keys of both directions, and what Finished proves. RFC 5246, §5, §6.3, §7.4.9;
// RFC 7627, §4

import { ascii, concat } from './byte-fields.ts';
import type { CipherSuite } from './cipher-suites.ts';
import type { HashName, Primitives } from './primitives.ts';
import { RecordProtection, SALT_SIZE } from './record-protection.ts';

export type Role = 'client' | 'server';

/** The pseudorandom function: P_hash with the hash of the suite. RFC 5246, §5 */
export function pseudorandom(
  primitives: Pick<Primitives, 'hmac'>,
  hash: HashName,
  { secret, label, seed, size }: { secret: Uint8Array; label: string; seed: Uint8Array; size: number },
): Uint8Array {
  const labelled = concat(ascii(label), seed);
  const output = new Uint8Array(size);
  let chained = labelled;
  for (let at = 0; at < size; ) {
    chained = primitives.hmac(hash, secret, chained);
    const block = primitives.hmac(hash, secret, concat(chained, labelled));
    output.set(block.subarray(0, size - at), at);
    at += block.length;
  }
  return output;
}

export interface ConnectionKeys {
  readonly write: RecordProtection;
  readonly read: RecordProtection;
}

export class KeySchedule {
  readonly #primitives: Primitives;
  readonly #suite: CipherSuite;
  readonly #master: Uint8Array;

  /** `transcript`: all messages up to and with ClientKeyExchange. */
  constructor(primitives: Primitives, suite: CipherSuite, premaster: Uint8Array, transcript: Uint8Array) {
    this.#primitives = primitives;
    this.#suite = suite;
    const seed = primitives.hash(suite.hash, transcript);
    this.#master = this.#derive(premaster, 'extended master secret', seed, 48);
  }

  keys(role: Role, clientRandom: Uint8Array, serverRandom: Uint8Array): ConnectionKeys {
    const { keySize } = this.#suite;
    const block = this.#derive(this.#master, 'key expansion', concat(serverRandom, clientRandom), 2 * keySize + 8);
    const protection = (index: number): RecordProtection => {
      const key = block.slice(index * keySize, (index + 1) * keySize);
      const salts = 2 * keySize + index * SALT_SIZE;
      return new RecordProtection(this.#primitives.aead(key), block.slice(salts, salts + SALT_SIZE));
    };
    const [client, server] = [protection(0), protection(1)];
    block.fill(0);
    return role === 'client' ? { write: client, read: server } : { write: server, read: client };
  }

  /** The verify_data of who sends Finished after this transcript: 12 bytes. */
  finished(sender: Role, transcript: Uint8Array): Uint8Array {
    const seed = this.#primitives.hash(this.#suite.hash, transcript);
    return this.#derive(this.#master, `${sender} finished`, seed, 12);
  }

  #derive(secret: Uint8Array, label: string, seed: Uint8Array, size: number): Uint8Array {
    return pseudorandom(this.#primitives, this.#suite.hash, { secret, label, seed, size });
  }
}

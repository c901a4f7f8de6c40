// The cipher suites: AES-GCM with forward secrecy, and with a shared key where a peer has no other. RFC 5289; RFC 5487;
// RFC 8442. There is nothing weaker to be talked down to.

import type { HashName } from './primitives.ts';
import type { KeyType } from './signature-schemes.ts';

export type KeyExchange = 'certificate' | 'ecdhe-psk' | 'psk';

export interface CipherSuite {
  readonly id: number;
  readonly name: string;
  readonly keyExchange: KeyExchange;
  /** Keys of the server's certificate that go with it; none for a shared key. */
  readonly keyTypes: readonly KeyType[];
  readonly hash: HashName;
  /** Bytes of each of the two keys. */
  readonly keySize: 16 | 32;
}

const ECDSA: readonly KeyType[] = ['ec', 'ed25519'];
const RSA: readonly KeyType[] = ['rsa'];

function suite(id: number, name: string, keyExchange: KeyExchange, keyTypes: readonly KeyType[]): CipherSuite {
  const isLarge = name.includes('AES_256');
  return { id, name, keyExchange, keyTypes, hash: isLarge ? 'sha384' : 'sha256', keySize: isLarge ? 32 : 16 };
}

/** Most welcome first. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  suite(0xc02b, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'certificate', ECDSA),
  suite(0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'certificate', RSA),
  suite(0xc02c, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'certificate', ECDSA),
  suite(0xc030, 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'certificate', RSA),
  suite(0xd001, 'TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256', 'ecdhe-psk', []),
  suite(0xd002, 'TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384', 'ecdhe-psk', []),
  suite(0x00a8, 'TLS_PSK_WITH_AES_128_GCM_SHA256', 'psk', []),
  suite(0x00a9, 'TLS_PSK_WITH_AES_256_GCM_SHA384', 'psk', []),
];

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV: no suite, but how some clients say that they renegotiate safely. RFC 5746, §3.3 */
export const RENEGOTIATION_SCSV = 0x00ff;

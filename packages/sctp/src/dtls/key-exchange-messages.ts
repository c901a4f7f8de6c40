// ServerKeyExchange and ClientKeyExchange in the three kinds of key exchange: with a certificate, with a shared key, with
// both a shared key and Diffie-Hellman. RFC 8422, §5.4, §5.7; RFC 4279, §2; RFC 5489, §2

import { concat, u8, u16, vector8, vector16 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import type { KeyExchange } from './cipher-suites.ts';
import { DtlsError } from './errors.ts';
import { GROUPS, type Group, groupOf } from './groups.ts';

const NAMED_CURVE = 3;

/** The server's half of Diffie-Hellman, and the bytes of it that are signed. */
export interface ServerShare {
  readonly group: Group;
  readonly publicKey: Uint8Array;
  readonly parameters: Uint8Array;
}

function readServerShare(reader: ByteReader, body: Uint8Array): ServerShare {
  const start = reader.position;
  if (reader.u8() !== NAMED_CURVE) throw new DtlsError('ILLEGAL_PARAMETER', 'a curve without a name');
  const group = groupOf(reader.u16());
  if (group === undefined) throw new DtlsError('ILLEGAL_PARAMETER', 'a group that was not offered');
  const publicKey = reader.vector8();
  return { group, publicKey, parameters: body.subarray(start, reader.position) };
}

/** `reader` stands before the signature, or at the end where nothing is signed. */
export function readServerKeyExchange(
  body: Uint8Array,
  keyExchange: KeyExchange,
): { share: ServerShare | undefined; reader: ByteReader } {
  const reader = new ByteReader(body);
  if (keyExchange !== 'certificate') reader.vector16(); // a hint which key to use: there is one
  const share = keyExchange === 'psk' ? undefined : readServerShare(reader, body);
  if (keyExchange !== 'certificate') reader.finish();
  return { share, reader };
}

export function writeServerParameters(group: Group, publicKey: Uint8Array): Uint8Array {
  return concat(u8(NAMED_CURVE), u16(GROUPS[group].id), vector8(publicKey));
}

export interface ClientKeyExchange {
  /** With a shared key. */
  readonly pskIdentity?: Uint8Array;
  /** With Diffie-Hellman. */
  readonly publicKey?: Uint8Array;
}

export function readClientKeyExchange(body: Uint8Array, keyExchange: KeyExchange): ClientKeyExchange {
  const reader = new ByteReader(body);
  const pskIdentity = keyExchange === 'certificate' ? undefined : reader.vector16();
  const publicKey = keyExchange === 'psk' ? undefined : reader.vector8();
  reader.finish();
  return { ...(pskIdentity && { pskIdentity }), ...(publicKey && { publicKey }) };
}

export function writeClientKeyExchange({ pskIdentity, publicKey }: ClientKeyExchange): Uint8Array {
  return concat(...(pskIdentity ? [vector16(pskIdentity)] : []), ...(publicKey ? [vector8(publicKey)] : []));
}

/** The premaster secret of a shared key; without Diffie-Hellman, zeros stand for the other secret. RFC 4279, §2 */
export function pskPremaster(key: Uint8Array, agreed: Uint8Array = new Uint8Array(key.length)): Uint8Array {
  return concat(vector16(agreed), vector16(key));
}

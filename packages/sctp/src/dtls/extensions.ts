// The extensions of both hellos: read as a map, each at most once, and written. RFC 5246, §7.4.1.4; RFC 6066; RFC 7627;
// RFC 5746; RFC 8422

import { concat, u16, vector16 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import { DtlsError } from './errors.ts';

export const ExtensionType = {
  ServerName: 0,
  SupportedGroups: 10,
  PointFormats: 11,
  SignatureAlgorithms: 13,
  ExtendedMasterSecret: 23,
  RenegotiationInfo: 0xff01,
} as const;

export type Extensions = ReadonlyMap<number, Uint8Array>;

/** What is left of a hello; a hello may end before its extensions. */
export function readExtensions(reader: ByteReader): Extensions {
  const extensions = new Map<number, Uint8Array>();
  if (!reader.hasMore) return extensions;
  const inside = new ByteReader(reader.vector16());
  while (inside.hasMore) {
    const type = inside.u16();
    if (extensions.has(type)) throw new DtlsError('ILLEGAL_PARAMETER', `extension ${type} twice`);
    extensions.set(type, inside.vector16());
  }
  return extensions;
}

export function writeExtensions(extensions: Extensions): Uint8Array {
  return vector16(...[...extensions].map(([type, content]) => concat(u16(type), vector16(content))));
}

/** An empty renegotiated_connection, the only one there is: nobody renegotiates here. RFC 5746, §3.2 */
export const FIRST_NEGOTIATION: Uint8Array = Uint8Array.of(0);

/** Throws unless the peer says that this is no renegotiation. RFC 5746, §3.4, §3.6 */
export function checkRenegotiationInfo(extensions: Extensions): void {
  const content = extensions.get(ExtensionType.RenegotiationInfo);
  if (content === undefined)
    throw new DtlsError('HANDSHAKE_FAILURE', 'the peer does not say that it renegotiates safely');
  if (content.length !== 1 || content[0] !== 0) {
    throw new DtlsError('HANDSHAKE_FAILURE', 'the peer believes that this is a renegotiation');
  }
}

/** The peer must bind its secrets to the whole handshake (RFC 7627, §5.2): without that, sessions can be spliced. */
export function checkExtendedMasterSecret(extensions: Extensions): void {
  const content = extensions.get(ExtensionType.ExtendedMasterSecret);
  if (content === undefined) throw new DtlsError('HANDSHAKE_FAILURE', 'the peer has no extended master secret');
  if (content.length !== 0) throw new DtlsError('DECODE_ERROR', 'extended_master_secret is not empty');
}

/** The host_name of server_name: a name of DNS in ASCII, as it was sent. */
export function readServerName(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  const names = new ByteReader(new ByteReader(content).vector16());
  while (names.hasMore) {
    const type = names.u8();
    const name = names.vector16();
    if (type === 0 && name.length > 0 && name.length < 256) return String.fromCharCode(...name);
  }
  return undefined;
}

// ServerHello and HelloVerifyRequest: reading and writing. RFC 5246, §7.4.1.3; RFC 6347, §4.2.1

import { concat, u8, u16, vector8 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import { type Extensions, readExtensions, writeExtensions } from './extensions.ts';

export interface ServerHello {
  readonly version: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: Extensions;
}

/** Throws DtlsError, as for a ClientHello. */
export function readServerHello(body: Uint8Array): ServerHello {
  const reader = new ByteReader(body);
  const hello: ServerHello = {
    version: reader.u16(),
    random: reader.raw(32),
    sessionId: reader.vector8(),
    cipherSuite: reader.u16(),
    compressionMethod: reader.u8(),
    extensions: readExtensions(reader),
  };
  reader.finish();
  return hello;
}

export function writeServerHello(hello: ServerHello): Uint8Array {
  return concat(
    u16(hello.version),
    hello.random,
    vector8(hello.sessionId),
    u16(hello.cipherSuite),
    u8(hello.compressionMethod),
    writeExtensions(hello.extensions),
  );
}

/** The cookie of a HelloVerifyRequest; its version says nothing about the one that is negotiated. */
export function readHelloVerifyRequest(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body);
  reader.u16();
  const cookie = reader.vector8();
  reader.finish();
  return cookie;
}

export function writeHelloVerifyRequest(version: number, cookie: Uint8Array): Uint8Array {
  return concat(u16(version), vector8(cookie));
}

// ClientHello: reading and writing. RFC 6347, §4.2.1; RFC 5246, §7.4.1.2

import { concat, numbers16, u16, vector8, vector16 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import { type Extensions, readExtensions, writeExtensions } from './extensions.ts';

export interface ClientHello {
  readonly version: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: Extensions;
}

/** Throws DtlsError `DECODE_ERROR`, or `ILLEGAL_PARAMETER` for an extension that is there twice. */
export function readClientHello(body: Uint8Array): ClientHello {
  const reader = new ByteReader(body);
  const hello: ClientHello = {
    version: reader.u16(),
    random: reader.raw(32),
    sessionId: reader.vector8(),
    cookie: reader.vector8(),
    cipherSuites: reader.numbers16(),
    compressionMethods: reader.vector8(),
    extensions: readExtensions(reader),
  };
  reader.finish();
  return hello;
}

export function writeClientHello(hello: ClientHello): Uint8Array {
  return concat(
    u16(hello.version),
    hello.random,
    vector8(hello.sessionId),
    vector8(hello.cookie),
    vector16(numbers16(hello.cipherSuites)),
    vector8(hello.compressionMethods),
    writeExtensions(hello.extensions),
  );
}

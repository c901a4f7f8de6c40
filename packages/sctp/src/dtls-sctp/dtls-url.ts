// The parts of `dtls-sctp://host:port`.

import { SctpError } from '../sctp/sctp-error.ts';
import type { HostAndPort } from '../sctp-transport.ts';

const FORM = /^dtls-sctp:\/\/(?:\[([^\]/]+)\]|([^[\]:/?#@]+)):(\d{1,5})\/?$/i;

/** The port is to be said: nobody has registered one. @throws {SctpError} `INVALID_ARGUMENT` */
export function readDtlsUrl(url: string): HostAndPort {
  const parts = FORM.exec(url);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) {
    throw new SctpError('INVALID_ARGUMENT', `${url} is no address: it is to be like dtls-sctp://192.0.2.1:4433`);
  }
  return { host: (parts[1] ?? parts[2])!, port };
}

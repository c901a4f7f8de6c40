// The certificates of the library's tests, as a command and its listeners name them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CERTIFICATES = new URL('../../../packages/signalbox/test/support/certificates/', import.meta.url);

export function pathOf(name: string): string {
  return fileURLToPath(new URL(name, CERTIFICATES));
}

/** A listener that wants to see certificates. */
export const TLS = {
  tls: {
    cert: readFileSync(pathOf('server.crt')),
    key: readFileSync(pathOf('server.key')),
    ca: readFileSync(pathOf('ca.crt')),
    requestCert: true,
    rejectUnauthorized: true,
  },
};
/** A client that has one. */
export const CLIENT = ['--cafile', pathOf('ca.crt'), '--cert', pathOf('client.crt'), '--key', pathOf('client.key')];

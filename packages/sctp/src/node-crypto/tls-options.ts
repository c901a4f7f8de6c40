// Options in the words of node:tls, and what they mean for a DTLS connection. What we do not understand is refused: an
// option that promises more security than there is must not be swallowed.

import { isIP } from 'node:net';
import { DtlsUsageError } from '../dtls/errors.ts';
import type { DtlsClientOptions, DtlsServerOptions, SharedKey } from '../dtls/handshake-role.ts';
import type { DtlsLimits } from '../dtls/limits.ts';
import type { Identity } from '../dtls/primitives.ts';
import { type IdentityPem, identityOf, type Pem } from './keys.ts';
import { type PeerTrust, verifyPeerBy } from './peer-verification.ts';
import { NODE_PRIMITIVES } from './primitives.ts';

/** A shared key with its name. The key: 16 to 64 bytes, to be random. */
export interface PskOption {
  readonly identity: string;
  readonly key: Uint8Array;
}

interface OwnCertificate {
  /** PEM: the own certificate, then its issuers without the root. */
  readonly cert?: Pem | readonly Pem[];
  readonly key?: Pem;
  readonly passphrase?: string;
  readonly limits?: Partial<DtlsLimits>;
}

export interface DtlsTlsClientOptions extends PeerTrust, OwnCertificate {
  /** The name the certificate of the server has to be for, and which it is told. Default: the host that is called. */
  readonly servername?: string;
  /** In place of certificates, unless `ca` or `fingerprints` are given as well. */
  readonly psk?: PskOption;
}

export interface DtlsTlsServerOptions extends PeerTrust, OwnCertificate {
  /** Certificates for names clients may ask for, in place of `cert` and `key`. */
  readonly identities?: Readonly<Record<string, IdentityPem>>;
  /**
   * Asks clients for certificates; those without are refused unless `rejectUnauthorized` is false. Needs `ca` or
   * `fingerprints`. Default: false.
   */
  readonly requestCert?: boolean;
  /** One key, or the key that belongs to an identity. */
  readonly psk?: PskOption | ((identity: string) => Uint8Array | undefined);
}

const TRUST = ['ca', 'fingerprints', 'revokedFingerprints', 'rejectUnauthorized', 'limits'];
const OWN = ['cert', 'key', 'passphrase', 'psk'];
const OF_CLIENTS = [...TRUST, ...OWN, 'servername'];
const OF_SERVERS = [...TRUST, ...OWN, 'identities', 'requestCert'];

/**
 * For a connection to `host`, a name or an address.
 * @throws {DtlsUsageError} `INVALID_ARGUMENT`
 */
export function clientOptionsOf(options: DtlsTlsClientOptions, host: string): DtlsClientOptions {
  refuseUnknown(options, OF_CLIENTS);
  const name = options.servername ?? host;
  const identity = ownIdentity(options);
  const byKeyOnly = options.psk !== undefined && options.ca === undefined && options.fingerprints === undefined;
  return {
    primitives: NODE_PRIMITIVES,
    ...(!byKeyOnly && { verifyPeer: verifyPeerBy(options, { purpose: 'server', host: name }) }),
    ...(isIP(name) === 0 && { serverName: checkedName(name) }),
    ...(identity && { identity }),
    ...(options.psk && { psk: sharedKeyOf(options.psk) }),
    ...(options.limits && { limits: options.limits }),
  };
}

/** @throws {DtlsUsageError} `INVALID_ARGUMENT` */
export function serverOptionsOf(options: DtlsTlsServerOptions): DtlsServerOptions {
  refuseUnknown(options, OF_SERVERS);
  const { identities = {}, requestCert = false, rejectUnauthorized = true, psk, limits } = options;
  if (requestCert && rejectUnauthorized && options.ca === undefined && options.fingerprints === undefined) {
    const reason = 'whom public authorities know is not whom you want to let in';
    throw new DtlsUsageError('INVALID_ARGUMENT', `\`requestCert\` needs \`ca\` or \`fingerprints\`: ${reason}`);
  }
  const usual = ownIdentity(options);
  const named = new Map(Object.entries(identities).map(([name, pem]) => [name.toLowerCase(), identityOf(pem)]));
  const identityFor = (serverName: string | undefined) => named.get(serverName?.toLowerCase() ?? '') ?? usual;
  const certificates = usual !== undefined || named.size > 0 ? { identityFor } : {};
  return {
    primitives: NODE_PRIMITIVES,
    ...certificates,
    ...(requestCert && {
      clientCertificate: rejectUnauthorized ? 'required' : 'requested',
      verifyPeer: verifyPeerBy(options, { purpose: 'client' }),
    }),
    ...(psk && { pskFor: keysOf(psk) }),
    ...(limits && { limits }),
  };
}

function refuseUnknown(options: object, known: readonly string[]): void {
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown === undefined) return;
  throw new DtlsUsageError('INVALID_ARGUMENT', `DTLS has no option \`${unknown[0]}\`; it has ${known.join(', ')}`);
}

function ownIdentity({ cert, key, passphrase }: OwnCertificate): Identity | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new DtlsUsageError('INVALID_ARGUMENT', '`cert` and `key` belong together');
  }
  return identityOf({ cert, key, ...(passphrase !== undefined && { passphrase }) });
}

function checkedName(name: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(name)) return name;
  throw new DtlsUsageError('INVALID_ARGUMENT', `no host name in ASCII: ${name}`);
}

function checkedKey(key: unknown): Uint8Array {
  if (key instanceof Uint8Array && key.length >= 16 && key.length <= 64) return key;
  throw new DtlsUsageError('INVALID_ARGUMENT', 'a shared key is a Uint8Array of 16 to 64 bytes');
}

function sharedKeyOf({ identity, key }: PskOption): SharedKey {
  const bytes = Buffer.from(String(identity));
  if (bytes.length > 0 && bytes.length <= 128) return { identity: new Uint8Array(bytes), key: checkedKey(key) };
  throw new DtlsUsageError('INVALID_ARGUMENT', 'the identity of a shared key has 1 to 128 bytes');
}

function keysOf(psk: NonNullable<DtlsTlsServerOptions['psk']>): (identity: Uint8Array) => Uint8Array | undefined {
  if (typeof psk === 'function') {
    return (identity) => {
      const key = psk(Buffer.from(identity).toString());
      return key === undefined ? undefined : checkedKey(key);
    };
  }
  const { identity: only, key } = sharedKeyOf(psk);
  return (identity) => (Buffer.from(identity).equals(only) ? key : undefined);
}

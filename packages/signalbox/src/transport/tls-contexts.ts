// TlsContexts: the certificates of one listener, one for each server name a client may ask for (SNI) and one for all the
// others, with the authorities and revocation lists that hold for clients. Built as a whole or not at all.

import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { TransportError } from './transport-error.ts';

/** PEM text, or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

export interface TlsIdentityOptions {
  /** Certificate chain, the own one first. */
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly passphrase?: string;
  /** Authorities to trust, instead of those Node brings along. */
  readonly ca?: Pem;
  /** Default: what Node has, `TLSv1.2`. */
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
  readonly ciphers?: string;
}

/** A certificate for clients that ask for one of these names. */
export interface TlsCertificate {
  /** `broker.example`, or `*.example` for every name with one label more. */
  readonly names: readonly string[];
  readonly cert: Pem;
  readonly key: Pem;
  readonly passphrase?: string;
}

export interface TlsServerOptions extends TlsIdentityOptions {
  /** Further certificates, by server name. Clients that ask for another name, or for none, get `cert`. */
  readonly certificates?: readonly TlsCertificate[];
  /** Lists of revoked client certificates. With one there must be one for every authority on the way to the root. */
  readonly crl?: Pem;
  /** Asks peers for a certificate. Default false. */
  readonly requestCert?: boolean;
  /** Refuses peers whose certificate was asked for and is missing or not verified. Default true. */
  readonly rejectUnauthorized?: boolean;
}

/** Resuming a session needs to know that it was begun here; Node gives it to the default certificate only. */
const SESSION_ID_CONTEXT = 'signalbox';

export class TlsContexts {
  /** For `tls.Server`: the options of the default certificate. */
  readonly options: tls.TlsOptions;
  readonly #byName = new Map<string, tls.SecureContext>();

  /** Throws TransportError `TLS_OPTIONS`. */
  constructor(options: TlsServerOptions = {}, problem: string) {
    const { certificates = [], ca, crl, ...common } = options;
    if (options.cert === undefined || options.key === undefined) {
      throw new TransportError('TLS_OPTIONS', `${problem}: it needs the options tls.cert and tls.key`);
    }
    this.options = {
      ...common,
      ...(ca === undefined ? {} : { ca: readAuthorities(ca, problem) }),
      ...(crl === undefined ? {} : { crl: readLists(crl, problem) }),
      sessionIdContext: SESSION_ID_CONTEXT,
    } as tls.TlsOptions;
    createContext(this.options, problem);
    for (const { names, ...own } of certificates) {
      const what = `${problem}: the certificate for ${names.join(', ')}`;
      const { passphrase: _passphrase, ...shared } = this.options;
      const context = createContext({ ...shared, ...own } as tls.TlsOptions, what);
      for (const name of names) this.#add(name, context, problem);
    }
  }

  /** Undefined: the default certificate. */
  find(serverName: string): tls.SecureContext | undefined {
    if (this.#byName.size === 0) return undefined;
    const name = serverName.toLowerCase();
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+/, '*'));
  }

  #add(name: string, context: tls.SecureContext, problem: string): void {
    if (!/^(\*\.)?[^*./\s]+(\.[^*./\s]+)*$/.test(name)) {
      throw new TransportError('TLS_OPTIONS', `${problem}: ${name} is no server name, nor *. before one`);
    }
    if (this.#byName.has(name.toLowerCase())) {
      throw new TransportError('TLS_OPTIONS', `${problem}: two certificates are for ${name}`);
    }
    this.#byName.set(name.toLowerCase(), context);
  }
}

/** Node takes no notice of what it cannot read here, and then trusts nobody. */
function readAuthorities(ca: Pem, problem: string): string[] {
  const blocks = blocksOf(ca, 'CERTIFICATE');
  try {
    if (blocks.length === 0) throw new Error('there is no certificate in tls.ca');
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw tlsOptionsError(problem, error);
  }
  return blocks;
}

/** Node reads only the first list of each file. */
function readLists(crl: Pem, problem: string): string[] {
  const blocks = blocksOf(crl, 'X509 CRL');
  if (blocks.length === 0) throw tlsOptionsError(problem, new Error('there is no revocation list in tls.crl'));
  return blocks;
}

function blocksOf(pem: Pem, label: string): string[] {
  const files = (Array.isArray(pem) ? pem : [pem]) as readonly (string | Uint8Array)[];
  const text = files.map((file) => (typeof file === 'string' ? file : Buffer.from(file).toString('latin1'))).join('\n');
  return text.match(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, 'g')) ?? [];
}

/** Throws TransportError `TLS_OPTIONS` when a listener could not use these. `problem` begins its message. */
export function checkTls(options: TlsServerOptions, problem: string): void {
  new TlsContexts(options, problem);
}

function createContext(options: tls.TlsOptions, problem: string): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    throw tlsOptionsError(problem, error);
  }
}

export function tlsOptionsError(problem: string, error: unknown): TransportError {
  const text = error instanceof Error ? error.message : String(error);
  return new TransportError('TLS_OPTIONS', `${problem}: the TLS options do not work: ${text}`, error);
}

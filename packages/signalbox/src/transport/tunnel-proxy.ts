// TunnelProxy: the address of a proxy that connections are made through, and who we are there. Its `label` is for messages;
// nothing else of it may get into them.

import type { Address } from './address.ts';
import { formatHost } from './address.ts';
import { TransportError } from './transport-error.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface TunnelProxy {
  readonly kind: 'http' | 'socks5';
  readonly isSecure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
  /** `http://proxy.example:3128`: without credentials. */
  readonly label: string;
}

const SCHEMES: Readonly<Record<string, Pick<TunnelProxy, 'kind' | 'isSecure'> & { readonly defaultPort: number }>> = {
  'http:': { kind: 'http', isSecure: false, defaultPort: 80 },
  'https:': { kind: 'http', isSecure: true, defaultPort: 443 },
  'socks5:': { kind: 'socks5', isSecure: false, defaultPort: 1080 },
  'socks5h:': { kind: 'socks5', isSecure: false, defaultPort: 1080 },
};

/** Their lengths are one byte (RFC 1929). */
const LONGEST_SOCKS_CREDENTIAL = 255;

/** Throws TransportError `BAD_OPTIONS`. `target` is what is connected to. */
export function parseProxy(proxy: string, target: Address): TunnelProxy {
  const bad = (problem: string): TransportError =>
    new TransportError('BAD_OPTIONS', `cannot connect to ${target.url}: the option proxy ${problem}`);
  if (target.protocol === 'unix') throw bad('is not for Unix sockets');
  const parsed = URL.canParse(proxy) ? new URL(proxy) : undefined;
  const scheme = SCHEMES[parsed?.protocol ?? ''];
  if (parsed === undefined || scheme === undefined || parsed.hostname === '')
    throw bad('must be a URL like http://user:password@proxy.example:3128, https://… or socks5://…');
  if ((parsed.pathname !== '' && parsed.pathname !== '/') || parsed.search !== '' || parsed.hash !== '')
    throw bad('has something behind the address');
  const { kind, isSecure, defaultPort } = scheme;
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? defaultPort : Number(parsed.port);
  if (port === 0) throw bad('has port 0');
  const label = `${parsed.protocol}//${formatHost(host, port)}`;
  return { kind, isSecure, host, port, credentials: readCredentials(parsed, kind, bad), label };
}

function readCredentials(
  parsed: URL,
  kind: TunnelProxy['kind'],
  bad: (problem: string) => TransportError,
): Credentials | undefined {
  if (parsed.username === '' && parsed.password === '') return undefined;
  let credentials: Credentials;
  try {
    credentials = { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) };
  } catch {
    throw bad('has a % in its user name or password without two hexadecimal digits');
  }
  const { username, password } = credentials;
  if (kind === 'http' && username.includes(':')) throw bad('has a colon in its user name, which HTTP does not allow');
  const longest = Math.max(Buffer.byteLength(username), Buffer.byteLength(password));
  if (kind === 'socks5' && (username === '' || longest > LONGEST_SOCKS_CREDENTIAL))
    throw bad(`has a user name or password which SOCKS does not allow: 1 to ${LONGEST_SOCKS_CREDENTIAL} bytes`);
  return credentials;
}

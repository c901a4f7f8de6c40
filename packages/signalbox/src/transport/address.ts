// Address: the URLs of transports, taken apart and put together. mqtt:// and msip:// stand for plain TCP, mqtts:// and
// msips:// for TLS, because that is what users write; nothing else of these protocols is known here.

import { TransportError } from './transport-error.ts';

export interface Address {
  readonly protocol: 'tcp' | 'tls' | 'ws' | 'wss' | 'unix';
  /** As it was written, such as `mqtt`. */
  readonly scheme: string;
  /** Without the brackets of an IPv6 address; empty for unix. */
  readonly host: string;
  readonly port: number;
  /** The path of the socket file, or path and query of a WebSocket. */
  readonly path: string;
  /** For messages; never contains credentials. */
  readonly url: string;
}

/** tcp:// and tls:// carry anything, so that they have no port of their own: it has to be said. */
const SCHEMES: Readonly<
  Record<string, { readonly protocol: Address['protocol']; readonly defaultPort: number | undefined }>
> = {
  'tcp:': { protocol: 'tcp', defaultPort: undefined },
  'tls:': { protocol: 'tls', defaultPort: undefined },
  'mqtt:': { protocol: 'tcp', defaultPort: 1883 },
  'mqtts:': { protocol: 'tls', defaultPort: 8883 },
  'msip:': { protocol: 'tcp', defaultPort: 9000 }, // [MSIP-10-1]
  'msips:': { protocol: 'tls', defaultPort: 9001 }, // [MSIP-10-2]
  'ws:': { protocol: 'ws', defaultPort: 80 },
  'wss:': { protocol: 'wss', defaultPort: 443 },
  'unix:': { protocol: 'unix', defaultPort: 0 },
};

/** Nobody is reachable from elsewhere without saying so. */
const DEFAULT_HOST = '127.0.0.1';

/** sun_path holds 108 bytes on Linux and 104 elsewhere, the closing zero included. */
const LONGEST_SOCKET_PATH = 103;

/** Throws TransportError `BAD_URL`. */
export function parseAddress(url: string): Address {
  const written = /^([a-z]+:)(\/\/)?(?=[:/]|$)/i.exec(url);
  const parsed = parse(written?.[2] === '//' && written[1] !== 'unix:' ? url.replace('//', `//${DEFAULT_HOST}`) : url);
  if (parsed.username !== '' || parsed.password !== '') {
    throw badUrl(url, 'a user name and password do not belong here');
  }
  if (parsed.hash !== '') throw badUrl(url, 'there must be no #fragment');
  const scheme = SCHEMES[parsed.protocol];
  if (scheme === undefined) throw badUrl(url, `the scheme must be one of ${Object.keys(SCHEMES).join('// ')}//`);
  if (scheme.protocol === 'unix') return unixAddress(url, parsed);
  const { protocol, defaultPort } = scheme;
  const isWebSocket = protocol === 'ws' || protocol === 'wss';
  const path = isWebSocket ? (parsed.pathname || '/') + parsed.search : '';
  if (!isWebSocket && (parsed.search !== '' || (parsed.pathname !== '' && parsed.pathname !== '/'))) {
    throw badUrl(url, 'only WebSocket addresses have a path');
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? defaultPort : Number(parsed.port);
  if (port === undefined) throw badUrl(url, `${parsed.protocol}// needs a port`);
  return {
    protocol,
    scheme: parsed.protocol.slice(0, -1),
    host,
    port,
    path,
    url,
  };
}

/** The same address with another port. */
export function formatUrl(address: Address, port: number): string {
  const { scheme } = address;
  if (address.protocol === 'unix') return `unix://${address.path}`;
  return `${scheme}://${formatHost(address.host, port)}${address.path}`;
}

/** `192.0.2.1:1883`, `[2001:db8::1]:1883`; an IPv4 address in IPv6 clothes is shown as what it is. */
export function formatHost(host: string, port: number): string {
  const address = host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw badUrl(url, wrongPart(url));
  }
}

function unixAddress(url: string, parsed: URL): Address {
  if (parsed.host !== '' || !parsed.pathname.startsWith('/') || parsed.pathname === '/') {
    throw badUrl(url, 'a socket file needs an absolute path, as in unix:///run/signalbox.sock');
  }
  if (parsed.search !== '') throw badUrl(url, 'a socket file has no query');
  let path: string;
  try {
    path = decodeURIComponent(parsed.pathname);
  } catch {
    throw badUrl(url, 'a % must be followed by two hexadecimal digits');
  }
  if (path.includes('\0')) throw badUrl(url, 'a path cannot contain U+0000');
  if (new TextEncoder().encode(path).length > LONGEST_SOCKET_PATH) {
    throw badUrl(url, `the path of a socket file has at most ${LONGEST_SOCKET_PATH} bytes`);
  }
  return { protocol: 'unix', scheme: 'unix', host: '', port: 0, path, url };
}

/** Which part of what is no URL at all is wrong. */
function wrongPart(url: string): string {
  const [, scheme, authority = ''] = /^([a-z][a-z0-9+.-]*:)?(?:\/\/)?([^/?#]*)/i.exec(url.trim()) ?? [];
  if (scheme === undefined) return 'there is no scheme, as in mqtt://127.0.0.1:1883';
  const place = authority.slice(authority.lastIndexOf('@') + 1);
  if (place.startsWith('[') && !place.includes(']')) return 'the bracket before the IPv6 address is not closed';
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(place) ?? ['', place];
  if (port !== undefined && !/^\d*$/.test(port)) {
    const isAddress = port.includes(':') && !host.startsWith('[');
    return isAddress
      ? 'an IPv6 address stands in brackets, as in mqtt://[::1]:1883'
      : `the port '${port}' is no number`;
  }
  if (Number(port) > 65_535) return `the port ${port} is above 65535`;
  if (host === '') return 'there is no host';
  return host.startsWith('[') ? `${host} is no IPv6 address` : `the host '${host}' is none`;
}

/** The URL is shown without what may be a secret. */
function badUrl(url: string, problem: string): TransportError {
  const shown = withoutPassword(url) || 'an empty string';
  return new TransportError('BAD_URL', `${shown} is no address of a transport: ${problem}`);
}

/** For messages: user names are told, passwords are not, whatever they contain. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/*)?([^@:/]*):.*@/is, '$1$2:***@');
}

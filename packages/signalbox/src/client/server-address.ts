// The addresses a client is given: other spellings of the schemes, credentials and options in the URL, and the references a
// server sends. §4.13

import { UsageError } from '../mqtt/errors.ts';
import type { ClientOptions } from './client-options.ts';

/** How others write the schemes. */
const SCHEMES: Readonly<Record<string, string>> = {
  'tcp:': 'mqtt:',
  'ssl:': 'mqtts:',
  'tls:': 'mqtts:',
  'mqtt+ssl:': 'mqtts:',
};

/** Options a URL may hold behind `?`, but for WebSocket, where that belongs to the server. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  clientId: String,
  keepAlive: readNumber,
  protocolVersion: readNumber,
  cleanStart: (text) => text !== 'false' && text !== '0',
  sessionExpiryInterval: readNumber,
  connectTimeoutMs: readNumber,
};

export interface ServerAddress {
  /** As the transports understand it, without credentials. */
  readonly url: string;
  readonly options: Pick<ClientOptions, 'username' | 'password' | 'clientId' | 'keepAlive' | 'protocolVersion'>;
}

/** Throws UsageError `INVALID_ARGUMENT`; whether the scheme is known is for the transports to say. */
export function readAddress(text: string): ServerAddress {
  const scheme = /^[a-z+]+:/i.exec(text)?.[0].toLowerCase() ?? '';
  if (scheme.startsWith('msip')) throw new UsageError('INVALID_ARGUMENT', `this client speaks MQTT, not ${scheme}//`);
  const url = (SCHEMES[scheme] ?? scheme) + text.slice(scheme.length);
  const rest = /^[a-z]+:\/\/(?:([^/?#@]*)@)?([^/?#]*)([^?]*)(\?.*)?$/i.exec(url);
  if (rest === null) return { url, options: {} };
  const [, credentials, host = '', path = '', query = ''] = rest;
  const options: Record<string, unknown> = {};
  if (credentials !== undefined) {
    const [username = '', password] = credentials.split(/:(.*)/s);
    options['username'] = decode(username);
    if (password !== undefined) options['password'] = decode(password);
  }
  const isWebSocket = url.startsWith('ws');
  if (!isWebSocket) for (const [name, value] of new URLSearchParams(query)) options[name] = readOption(name, value);
  const protocol = url.slice(0, url.indexOf('://'));
  return { url: `${protocol}://${host}${path}${isWebSocket ? query : ''}`, options };
}

/** Where to go from `url` when the server says so: the first of its references that is one. §3.2.2.3.16 */
export function referredUrl(reference: string, url: string): string | undefined {
  const [first = ''] = reference.trim().split(/\s+/);
  if (first === '' || url.startsWith('unix:')) return undefined;
  if (first.includes('://')) return sameSecurity(first, url) ? first : undefined;
  return url.replace(/^([a-z]+:\/\/)[^/?#]*/i, (_, scheme: string) => scheme + first);
}

/** Credentials that went over TLS do not go in the clear because a server says so. */
function sameSecurity(reference: string, url: string): boolean {
  return /^(mqtts|ssl|tls|wss|mqtt\+ssl):/i.test(reference) || !/^(mqtts|wss):/i.test(url);
}

function readOption(name: string, value: string): unknown {
  const read = READERS[name];
  if (read === undefined)
    throw new UsageError('INVALID_ARGUMENT', `a URL has no option '${name}': ${Object.keys(READERS).join(', ')}`);
  return read(value);
}

function readNumber(text: string): number {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) throw new UsageError('INVALID_ARGUMENT', `'${text}' is no number`);
  return value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(
      'INVALID_ARGUMENT',
      'in user name and password of a URL, % is followed by two hexadecimal digits',
    );
  }
}

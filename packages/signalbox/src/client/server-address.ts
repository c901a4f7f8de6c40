// The addresses a client is given: credentials and options in the URL, and the references a server sends. §4.13

import { UsageError } from '../mqtt/errors.ts';
import type { ClientOptions } from './client-options.ts';

export interface ServerAddress {
  /** As the transports understand it, without credentials. */
  readonly url: string;
  readonly options: Pick<ClientOptions, 'username' | 'password' | 'clientId' | 'keepAlive' | 'protocolVersion'>;
}

/** Loaded for the first URL that is not of a WebSocket: pages have no others. */
let forOthers: typeof import('./url-options.ts') | undefined;

/** To be awaited before readAddress is asked about them. */
export async function prepareForUrls(urls: readonly string[]): Promise<void> {
  if (forOthers === undefined && !urls.every(isOfWebSocket)) forOthers = await import('./url-options.ts');
}

function isOfWebSocket(url: string): boolean {
  return /^wss?:/i.test(url);
}

export function invalid(message: string): UsageError {
  return new UsageError('INVALID_ARGUMENT', message);
}

/** Throws UsageError `INVALID_ARGUMENT`; whether the scheme is known is for the transports to say. */
export function readAddress(text: string): ServerAddress {
  const others = isOfWebSocket(text) ? undefined : forOthers;
  const scheme = /^[a-z+]+:/i.exec(text)?.[0].toLowerCase() ?? '';
  const url = (others?.ownScheme(scheme, invalid) ?? scheme) + text.slice(scheme.length);
  const rest = /^([a-z]+:\/\/)(?:([^/?#@]*)@)?([^/?#]*[^?]*)(\?.*)?$/i.exec(url);
  if (rest === null) return { url, options: {} };
  const [, protocol = '', credentials, place = '', query = ''] = rest;
  const options: Record<string, unknown> = {};
  if (credentials !== undefined) {
    const [username = '', password] = credentials.split(/:(.*)/s);
    options['username'] = decode(username);
    if (password !== undefined) options['password'] = decode(password);
  }
  return {
    url: protocol + place + (others === undefined ? query : ''),
    options: { ...options, ...others?.readQuery(query, invalid) },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('in user name and password of a URL, % is followed by two hexadecimal digits');
  }
}

// The address of a server as a client is given it: host and port, or a URL, perhaps with credentials.

import { MsipUsageError } from '../msip/errors.ts';
import { DEFAULT_PORT } from '../msip/header.ts';
import type { MsipClientOptions } from './client-options.ts';

export interface ServerAddress {
  /** As the transports understand it, without credentials. */
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const DEFAULT_HOST = '127.0.0.1';
/** Of msips://. */
const DEFAULT_TLS_PORT = 9001;
const SECURE = /^(msips|wss):/i;
const SCHEMES = /^(msips?|wss?|unix):/i;

/** @throws {MsipUsageError} `INVALID_ARGUMENT`. What else is wrong with the address is for the transports to say. */
export function addressOf({ url, host, port, tls }: MsipClientOptions): ServerAddress {
  if (url !== undefined) {
    // What was meant to be secret must not go in the clear.
    if (tls !== undefined && !SECURE.test(url)) {
      throw new MsipUsageError('INVALID_ARGUMENT', 'tls: this url is not for TLS; msips:// and wss:// are');
    }
    return readAddress(url);
  }
  const isSecure = tls !== undefined;
  const name = host ?? DEFAULT_HOST;
  const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  const at = `${bracketed}:${port ?? (isSecure ? DEFAULT_TLS_PORT : DEFAULT_PORT)}`;
  return { url: `${isSecure ? 'msips' : 'msip'}://${at}`, username: undefined, password: undefined };
}

/** @throws {MsipUsageError} `INVALID_ARGUMENT` */
export function readAddress(url: string): ServerAddress {
  if (typeof url !== 'string' || !SCHEMES.test(url)) {
    throw new MsipUsageError('INVALID_ARGUMENT', 'url: one of msip://, msips://, ws://, wss:// and unix://');
  }
  const [, scheme = '', credentials, rest = ''] = /^([a-z]+:\/\/)(?:([^/?#@]*)@)?(.*)$/is.exec(url) ?? [];
  if (credentials === undefined) return { url, username: undefined, password: undefined };
  const [username = '', password] = credentials.split(/:(.*)/s);
  return {
    url: scheme + rest,
    username: decode(username),
    password: password === undefined ? undefined : decode(password),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MsipUsageError('INVALID_ARGUMENT', 'url: in user name and password, % is followed by two hex digits');
  }
}

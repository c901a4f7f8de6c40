// Where a server says to go instead: what of its reference can be followed. A page loads it when a server says so. §4.13

import type { RefusedError } from './client-errors.ts';

const USE_ANOTHER_SERVER = 0x9c;
const SERVER_MOVED = 0x9d;

/** The URL to go to from `url`, the first of the references that is one; undefined: stay. §3.2.2.3.16 */
export function referenceOf({ reasonCode, serverReference = '' }: RefusedError, url: string): string | undefined {
  if (reasonCode !== USE_ANOTHER_SERVER && reasonCode !== SERVER_MOVED) return undefined;
  const [first = ''] = serverReference.trim().split(/\s+/);
  if (first === '' || url.startsWith('unix:')) return undefined;
  if (first.includes('://')) return sameSecurity(first, url) ? first : undefined;
  return url.replace(/^([a-z]+:\/\/)[^/?#]*/i, (_, scheme: string) => scheme + first);
}

/** Credentials that went over TLS do not go in the clear because a server says so. */
function sameSecurity(reference: string, url: string): boolean {
  return /^(mqtts|ssl|tls|wss|mqtt\+ssl):/i.test(reference) || !/^(mqtts|wss):/i.test(url);
}

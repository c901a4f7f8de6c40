/** What does not leave this machine: by the key of a peer's address, and by the URL of a listener. */

/** `key` is an address as `addressKey` has it: IPv4, or the first 64 bits of IPv6. */
export function isLoopback(key: string): boolean {
  return key.startsWith('127.') || key === '0:0:0:0::/64';
}

/** Whether what listens at this URL can be reached from this machine only. */
export function isLocal(url: string): boolean {
  if (url.startsWith('unix:')) return true;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** What does not leave this machine: by the key of a peer's address, and by the URL of a listener. */

const IPV4_LOOPBACK = /^127\.\d+\.\d+\.\d+$/;

/** `key` is an address as `addressKey` has it: IPv4, or the first 64 bits of IPv6. */
export function isLoopback(key: string): boolean {
  return IPV4_LOOPBACK.test(key) || key === '0:0:0:0::/64';
}

/** Whether what listens at this URL can be reached from this machine only. What is no URL, nobody can reach. */
export function isLocal(url: string): boolean {
  if (url.startsWith('unix:') || !URL.canParse(url)) return true;
  const { hostname } = new URL(url);
  // Without a host a listener takes the loopback address.
  return hostname === '' || hostname === 'localhost' || hostname === '[::1]' || IPV4_LOOPBACK.test(hostname);
}

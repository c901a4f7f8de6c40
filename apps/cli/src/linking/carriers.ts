/** Carriers of other packages, for URLs that need one: who uses TCP does not wait for SCTP to be loaded. */
import type { CarrierProvider } from 'signalbox/connect';

export async function transportsFor(url: string): Promise<{ readonly transports?: readonly CarrierProvider[] }> {
  if (!/^(dtls-)?sctp:/i.test(url)) return {};
  const { dtlsSctp, sctp } = await import('@signalbox/sctp');
  return { transports: [sctp(), dtlsSctp()] };
}

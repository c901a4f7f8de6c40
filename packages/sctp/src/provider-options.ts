// What the options of both kinds of carriers have in common: names there are, and the port of SCTP.

import { SctpError } from './sctp/sctp-error.ts';

const DEFAULT_SCTP_PORT = 5000;

/** The SCTP port these options mean. @throws {SctpError} `INVALID_ARGUMENT`: that is none, or another option is misspelt. */
export function checkedPort(options: { readonly port?: number }, known: readonly string[]): number {
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown !== undefined) {
    throw new SctpError('INVALID_ARGUMENT', `there is no option '${unknown[0]}': there are ${known.join(', ')}`);
  }
  const { port = DEFAULT_SCTP_PORT } = options;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new SctpError('INVALID_ARGUMENT', `${port} is no port of SCTP: they are from 1 to 65535`);
}

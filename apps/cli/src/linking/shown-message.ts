/** A message of a link as a line: as it is, harmless on a terminal, or in hexadecimal; and back from hexadecimal. */
import type { Datagram } from 'signalbox/connect';
import { CommandError } from '../command-error.ts';
import { hexOf, shownText } from '../messaging/payload-text.ts';

export interface ShownOptions {
  readonly hex: true | undefined;
  readonly verbose: true | undefined;
}

/** Without the end of the line. */
export function shownMessage({ tag, data }: Datagram, { hex, verbose }: ShownOptions): string | Uint8Array {
  const prefix = verbose === true ? `${tag} ` : '';
  if (hex === true) return prefix + hexOf(data);
  if (process.stdout.isTTY === true) return prefix + shownText(data);
  return prefix === '' ? data : Buffer.concat([Buffer.from(prefix), data]);
}

/** Two digits for each byte; blanks between bytes are overlooked. Throws CommandError. */
export function bytesOfHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length === 0 || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new CommandError(`--hex: '${text}' is not hexadecimal, two digits for each byte`);
  }
  return Buffer.from(digits, 'hex');
}

// What goes wrong with compressed messages, in the same words on every platform.

import type { Compression } from '../msip/compression.ts';
import { MsipClientError } from './client-errors.ts';

export function unknownFormat(format: Compression): MsipClientError {
  return new MsipClientError('NOT_SUPPORTED', `this runtime does not know ${format}`);
}

export function notInflated(cause: unknown): MsipClientError {
  return new MsipClientError('NOT_INFLATED', 'the message is not in the format in which it begins', cause);
}

export function tooLarge(largest: number): MsipClientError {
  return new MsipClientError('NOT_INFLATED', `the message would become larger than ${largest} bytes`);
}

// Why a network connection ended, as an error of ours.

import { TransportError } from '../transport/transport-error.ts';
import { ClientError } from './client-errors.ts';

/** What ended a network connection. What the system calls it (ECONNRESET, an alert of TLS) is the cause. */
export function lossOf(error: Error): ClientError | TransportError {
  if (error instanceof TransportError || error instanceof ClientError) return error;
  const { reason = error.message } = error as Error & { readonly reason?: string }; // OpenSSL: the words without its codes
  return new ClientError('CONNECTION_LOST', `the connection failed: ${reason}`, error);
}

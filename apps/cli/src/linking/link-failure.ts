/** Which exit code belongs to an error of a link. */
import { ConnectionError, DatagramError, TransportError } from 'signalbox/connect';
import { CommandError } from '../command-error.ts';
import { ExitCode } from '../messaging/exit-codes.ts';

/** Mistakes of whoever wrote the command line. */
const MISTAKES: ReadonlySet<string> = new Set([
  'BAD_URL',
  'BAD_OPTIONS',
  'TLS_OPTIONS',
  'UNKNOWN_SCHEME',
  'RESERVED_TAG',
  'INVALID_ARGUMENT',
]);

/** Of @signalbox/sctp, which is not loaded without need. */
const OF_SCTP: ReadonlySet<string> = new Set(['SctpError', 'DtlsError', 'DtlsUsageError']);

/** As a line for stderr with its exit code; what is no error of a link is thrown on. */
export function linkFailureOf(error: unknown, stage: 'connecting' | 'connected'): CommandError {
  if (error instanceof CommandError) return error;
  if (!isOfLink(error)) throw error;
  if (MISTAKES.has(error.code)) return new CommandError(error.message, ExitCode.Mistake);
  return new CommandError(error.message, stage === 'connecting' ? ExitCode.NotReachable : ExitCode.Lost);
}

function isOfLink(error: unknown): error is Error & { readonly code: string } {
  if (error instanceof ConnectionError || error instanceof TransportError || error instanceof DatagramError)
    return true;
  return error instanceof Error && OF_SCTP.has(error.name);
}

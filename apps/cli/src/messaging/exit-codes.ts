/** What pub, sub and rr end with, and which code belongs to an error of the client. Scripts rely on them: codes stay. */
import { ClientError, PacketError, RefusedError, TransportError, UsageError } from 'signalbox';
import { FrameError, MsipClientError, MsipRefusedError, MsipUsageError } from 'signalbox/msip';
import { CommandError } from '../command-error.ts';

export const ExitCode = {
  Done: 0,
  /** An option, a file or a line of the input that is not what it has to be. */
  Mistake: 1,
  /** Nobody listens, the name is not known, TLS or the proxy failed, no answer in time. */
  NotReachable: 2,
  /** The server answered, and does not let us in. */
  ConnectionRefused: 3,
  /** The server does not take the message, or none of the subscriptions. */
  Refused: 4,
  /** The connection ended for good: another client took the session over, or the server broke the protocol. */
  Lost: 5,
  /** --timeout went by first. Mosquitto has this number, too. */
  TimedOut: 27,
  /** 128 and the number of the signal, as shells have it. */
  Interrupted: 130,
  Terminated: 143,
} as const;

/** In the words of --help. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.Done, 'done'],
  [ExitCode.Mistake, 'a mistake in an option, in a file or in the input'],
  [ExitCode.NotReachable, 'the server cannot be reached'],
  [ExitCode.ConnectionRefused, 'the server refused the connection'],
  [ExitCode.Refused, 'the server refused a message or the subscriptions'],
  [ExitCode.Lost, 'the connection ended for good'],
  [ExitCode.TimedOut, '--timeout went by first'],
  [ExitCode.Interrupted, 'Ctrl-C before the work was done (143: SIGTERM)'],
];

/** How far we had come when it failed: before or after the server let us in for the first time. */
export type Stage = 'connecting' | 'connected';

/** Mistakes of whoever wrote the command line, though the transports find them. */
const MISTAKES: ReadonlySet<string> = new Set(['BAD_URL', 'BAD_OPTIONS', 'TLS_OPTIONS']);

/** The same as a line for stderr with its exit code; what is no error of a client is thrown on. */
export function failureOf(error: unknown, stage: Stage): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof UsageError || error instanceof MsipUsageError)
    return new CommandError(error.message, ExitCode.Mistake);
  if (error instanceof TransportError) {
    const code = MISTAKES.has(error.code) ? ExitCode.Mistake : ExitCode.NotReachable;
    return new CommandError(error.message, stage === 'connecting' ? code : ExitCode.Lost);
  }
  if (error instanceof RefusedError || error instanceof MsipRefusedError) {
    return new CommandError(error.message, stage === 'connecting' ? ExitCode.ConnectionRefused : ExitCode.Refused);
  }
  if (error instanceof ClientError && error.code === 'CONNECTION_LOST' && stage === 'connecting') {
    return new CommandError(beforeIn(error, 'MQTT'), ExitCode.NotReachable);
  }
  if (error instanceof ClientError) return new CommandError(error.message, codeOf(error, stage));
  if (error instanceof PacketError) {
    const code = stage === 'connecting' ? ExitCode.NotReachable : ExitCode.Lost;
    return new CommandError(`this is no MQTT server, or a broken one: ${error.message}`, code);
  }
  if (error instanceof FrameError) {
    const code = stage === 'connecting' ? ExitCode.NotReachable : ExitCode.Lost;
    return new CommandError(`this is no MSIP server, or a broken one: ${error.message}`, code);
  }
  if (error instanceof MsipClientError && error.code === 'CONNECTION_LOST' && stage === 'connecting') {
    return new CommandError(beforeIn(error, 'MSIP'), ExitCode.NotReachable);
  }
  if (error instanceof MsipClientError) return new CommandError(error.message, msipCodeOf(error, stage));
  throw error;
}

/** A failure of the network has a cause, and words of its own; who closes without a word may be another kind of server. */
function beforeIn({ message, cause }: Error, protocol: string): string {
  if (cause !== undefined) return `${message}, before the server let us in`;
  return `${message} before it let us in: is it an ${protocol} server?`;
}

function msipCodeOf({ code }: MsipClientError, stage: Stage): number {
  if (code === 'TIMEOUT') return stage === 'connecting' ? ExitCode.NotReachable : ExitCode.TimedOut;
  if (code === 'NOT_SUPPORTED') return ExitCode.Mistake;
  return stage === 'connecting' ? ExitCode.NotReachable : ExitCode.Lost;
}

function codeOf({ code }: ClientError, stage: Stage): number {
  if (code === 'TIMEOUT') return stage === 'connecting' ? ExitCode.NotReachable : ExitCode.TimedOut;
  if (code === 'NOT_SUPPORTED') return ExitCode.Refused;
  return stage === 'connecting' ? ExitCode.NotReachable : ExitCode.Lost;
}

/**
 * One visit to a server: connect, do the work, take leave; and whatever ends it earlier: a signal, --timeout, a connection
 * that is gone for good. Everything it has to say goes to standard error. It must not know what the work is.
 */
import { backOff, type Client, type ClientEvent, type ClientStatus, connect } from 'signalbox';
import { type DisconnectProperties, type PropertiesInput, packetToLine } from 'signalbox/mqtt';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { untilSignal } from '../signals.ts';
import { clientOptionsOf } from './client-assembly.ts';
import type { ConnectionValues } from './connection-flags.ts';
import { ExitCode, failureOf, type Stage } from './exit-codes.ts';
import { propertiesFor } from './property-words.ts';

export interface VisitOptions {
  readonly values: ConnectionValues;
  /** Milliseconds the whole may take; undefined: no limit. */
  readonly timeoutMs?: number | undefined;
  /** It has no end of its own: a signal is how it is meant to end, and the exit code is 0. */
  readonly isEndless?: boolean;
  readonly maximumInFlight?: number | undefined;
}

/** What the work gets. */
export interface Visit {
  readonly client: Client;
  /** Aborted when it is over early. */
  readonly signal: AbortSignal;
  /** A line for the person at the keyboard. */
  readonly tell: (line: string) => void;
}

/** How long what is on its way may take when the work is done; it is acknowledged already, or of QoS 0. */
export const LEAVE_MS = 5_000;
/** From a signal to the end of the process, at most. */
export const LONGEST_END_MS = 8_000;

/** Answers the exit code. Throws CommandError with a code of its own. */
export async function visit(options: VisitOptions, work: (visit: Visit) => Promise<number>): Promise<number> {
  const { values } = options;
  const ending = new AbortController();
  const tell = values.quiet === true ? () => {} : (line: string) => process.stderr.write(`signalbox: ${line}\n`);
  const interrupted = untilSignal().then((signal) => {
    const code = codeOf(signal, options.isEndless === true);
    setTimeout(() => process.exit(code), LONGEST_END_MS).unref(); // a reader of our output may never read again
    return code;
  });
  const timeout = after(options.timeoutMs);
  const client = await dial(options, tell);
  if (values.debug === true) void follow(client.events());
  const early = Promise.race([interrupted, timeout.promise, lost(client)]);
  let stage: Stage = 'connecting';
  let isDone = false;
  const working = connected(client).then(() => {
    stage = 'connected';
    return work({ client, signal: ending.signal, tell });
  });
  try {
    const code = await Promise.race([early, working]);
    isDone = code === ExitCode.Done;
    return code;
  } catch (error) {
    throw failureOf(error, stage);
  } finally {
    timeout.cancel();
    ending.abort();
    await client.close({ flush: isDone, timeoutMs: LEAVE_MS, properties: leaveOf(values) });
  }
}

async function dial({ values, maximumInFlight }: VisitOptions, tell: Visit['tell']): Promise<Client> {
  const patience = backOff();
  let hasConnected = false;
  try {
    return await connect({
      ...clientOptionsOf(values),
      maximumInFlight,
      awaitConnection: false, // so that --debug sees it being made
      reconnect: (context) => hasConnected && patience(context),
      onStatus: (status) => {
        if (hasConnected) tellStatus(status, tell);
        hasConnected ||= status.state === 'connected';
      },
      onProblem: (problem) => tell(printable(problem.message)),
    });
  } catch (error) {
    throw failureOf(error, 'connecting');
  }
}

function tellStatus({ state, error, delayMs = 0 }: ClientStatus, tell: Visit['tell']): void {
  if (state === 'connected') tell('connected again');
  else if (state === 'waiting') {
    tell(
      `the connection is lost: ${error?.message ?? 'nobody knows why'}; trying again in ${(delayMs / 1000).toFixed(1)} s`,
    );
  }
}

/** Resolves at the first connection. */
async function connected(client: Client): Promise<void> {
  for await (const { state, error } of client.status()) {
    if (state === 'connected') return;
    if (state === 'closed' && error !== undefined) throw error;
  }
}

/** Rejects when the client has given up; never settles when it was asked to close. */
function lost(client: Client): Promise<never> {
  return new Promise((_, reject) => {
    void client.closed.then((error) => error !== undefined && reject(error));
  });
}

export function after(timeoutMs: number | undefined): {
  readonly promise: Promise<never>;
  readonly cancel: () => void;
} {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const promise = new Promise<never>((_, reject) => {
    if (timeoutMs === undefined) return;
    const error = new CommandError(`--timeout: ${timeoutMs / 1000} s are over`, ExitCode.TimedOut);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  promise.catch(() => {}); // may come while the connection is being made
  return { promise, cancel: () => clearTimeout(timer) };
}

export function codeOf(signal: NodeJS.Signals, isEndless: boolean): number {
  if (isEndless) return ExitCode.Done;
  return signal === 'SIGINT' ? ExitCode.Interrupted : ExitCode.Terminated;
}

function leaveOf(values: ConnectionValues): PropertiesInput<DisconnectProperties> | undefined {
  return propertiesFor('disconnect', values.property);
}

/** `→` is what is sent, `←` what comes. */
async function follow(events: AsyncIterable<ClientEvent>): Promise<void> {
  for await (const event of events) process.stderr.write(`${lineOf(event)}\n`);
}

function lineOf(event: ClientEvent): string {
  const time = new Date().toISOString().slice(11, 23);
  switch (event.kind) {
    case 'packet': {
      const arrow = event.direction === 'outgoing' ? '→' : '←';
      const identifier = event.packetIdentifier === 0 ? '' : ` packetIdentifier=${event.packetIdentifier}`;
      const words =
        event.packet === undefined ? `${event.type.toUpperCase()}${identifier}` : packetToLine(event.packet);
      return `${time} ${arrow} ${printable(words)}`;
    }
    case 'status': {
      const { state, url, error } = event.status;
      return `${time} ${state} ${url}${error === undefined ? '' : `: ${printable(error.message)}`}`;
    }
    case 'missed':
      return `${time} … ${event.count} more`;
  }
}

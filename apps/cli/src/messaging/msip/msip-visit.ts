/**
 * One visit to an MSIP server: connect, do the work, take leave; and whatever ends it earlier. The same as visit.ts, for the
 * other client.
 */
import { FrameType, MsipClient, type MsipHeader } from 'signalbox/msip';
import { printable } from '../../printable.ts';
import { untilSignal } from '../../signals.ts';
import type { ConnectionValues } from '../connection-flags.ts';
import { ExitCode, failureOf, type Stage } from '../exit-codes.ts';
import { after, codeOf, LEAVE_MS, LONGEST_END_MS, type VisitOptions } from '../visit.ts';
import { msipOptionsOf } from './msip-assembly.ts';

/** What the work gets. */
export interface MsipVisit {
  readonly client: MsipClient;
  /** Aborted when it is over early. */
  readonly signal: AbortSignal;
  /** A line for the person at the keyboard. */
  readonly tell: (line: string) => void;
}

export interface MsipVisitOptions extends VisitOptions {
  readonly values: ConnectionValues;
  /** `acknowledged`: messages are to be kept while we are away. */
  readonly session: 'plain' | 'acknowledged';
}

/** Answers the exit code. Throws CommandError with a code of its own. */
export async function visitByMsip(
  options: MsipVisitOptions,
  work: (visit: MsipVisit) => Promise<number>,
): Promise<number> {
  const { values, maximumInFlight, session } = options;
  const ending = new AbortController();
  const tell = values.quiet === true ? () => {} : (line: string) => process.stderr.write(`signalbox: ${line}\n`);
  const interrupted = untilSignal().then((signal) => {
    const code = codeOf(signal, options.isEndless === true);
    setTimeout(() => process.exit(code), LONGEST_END_MS).unref(); // a reader of our output may never read again
    return code;
  });
  const timeout = after(options.timeoutMs);
  const client = clientOf({ ...msipOptionsOf(values, session), maximumInFlight }, tell);
  if (values.debug === true) follow(client);
  let stage: Stage = 'connecting';
  let isDone = false;
  const working = client.connect().then(() => {
    stage = 'connected';
    const gone = client.closed.then((error) =>
      error === undefined ? new Promise<never>(() => {}) : Promise.reject(error),
    );
    return Promise.race([gone, work({ client, signal: ending.signal, tell })]);
  });
  try {
    const code = await Promise.race([interrupted, timeout.promise, working]);
    isDone = code === ExitCode.Done;
    return code;
  } catch (error) {
    throw failureOf(error, stage);
  } finally {
    timeout.cancel();
    ending.abort();
    await client.disconnect({ flush: isDone, timeoutMs: LEAVE_MS });
  }
}

function clientOf(options: ConstructorParameters<typeof MsipClient>[0], tell: MsipVisit['tell']): MsipClient {
  const client = new MsipClient(options);
  let hasConnected = false;
  client.on('connect', () => {
    if (hasConnected) tell('connected again');
    hasConnected = true;
  });
  client.on('reconnecting', (_attempt, delayMs, error) => {
    if (!hasConnected) return; // the first attempt is the only one
    tell(`the connection is lost: ${printable(error.message)}; trying again in ${(delayMs / 1000).toFixed(1)} s`);
  });
  client.on('error', (error) => {
    const isAttempt = client.state === 'connecting' || client.state === 'waiting'; // told by `reconnecting`
    if (!isAttempt) tell(printable(error.message));
  });
  return client;
}

const NAMES = Object.fromEntries(Object.entries(FrameType).map(([name, type]) => [type, name.toUpperCase()]));

/** `←` is what comes. */
function follow(client: MsipClient): void {
  const say = (words: string): void => {
    process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${printable(words)}\n`);
  };
  client.on('frame', (header: MsipHeader) => {
    const { frameType, msgKind, flags, msgId, payloadLength } = header;
    say(`← ${NAMES[frameType]} msgId=${msgId} msgKind=${msgKind} flags=${flags} payloadLength=${payloadLength}`);
  });
  client.on('connect', () => say(`connected as ${client.clientId}`));
  client.on('disconnect', (error) => say(`disconnected${error === undefined ? '' : `: ${error.message}`}`));
}

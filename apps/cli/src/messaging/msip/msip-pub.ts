/** The work of pub over MSIP: message after message, as fast as the server takes them and no faster. */
import type { OutgoingMessage } from 'signalbox';
import type { MsipPublishOptions } from 'signalbox/msip';
import { ExitCode, failureOf } from '../exit-codes.ts';
import { messagesOf, type Publishing } from '../outgoing-messages.ts';
import { paced } from '../pace.ts';
import { Progress } from '../progress.ts';
import type { PubValues } from '../pub-command.ts';
import { isAcknowledged } from './msip-assembly.ts';
import { kindOf } from './msip-flags.ts';
import { publishOptionsOf } from './msip-message.ts';
import type { MsipVisit } from './msip-visit.ts';

/** Failures that are told one by one. */
const TOLD = 10;
/** Messages whose end is not known yet. */
const MOST_OPEN = 10_000;

/** Answers the exit code. */
export async function publishByMsip(
  { client, signal, tell }: MsipVisit,
  values: PubValues,
  publishing: Publishing,
): Promise<number> {
  const { mode, repeat, topicNames } = publishing;
  const options = messageOptionsOf(values);
  const isSilent = values.quiet === true || values.debug === true;
  const total = mode === 'once' ? repeat * topicNames.length : undefined;
  const progress = new Progress(isSilent ? { write: () => {} } : process.stderr, performance.now(), total);
  const open = new Set<Promise<void>>();
  let [begun, failed, exitCode]: number[] = [0, 0, ExitCode.Done];
  const onFailure = (error: unknown, { topicName }: OutgoingMessage): void => {
    if (signal.aborted) return; // the client was closed under it
    const failure = failureOf(error, 'connected');
    exitCode = failure.exitCode;
    if (++failed! <= TOLD) tell(`'${topicName}': ${failure.message}`);
  };
  if (mode !== 'once') signal.addEventListener('abort', () => process.stdin.destroy());
  signal.addEventListener('abort', () => progress.end(begun! - open.size - failed!, performance.now()));
  const messages = messagesOf(publishing, signal);
  for await (const message of values.rate === undefined ? messages : paced(messages, values.rate, { signal })) {
    if (signal.aborted) break;
    begun!++;
    const published = publish(message).then(
      () => {},
      (error) => onFailure(error, message),
    );
    open.add(published);
    void published.then(() => open.delete(published));
    progress.update(begun! - open.size, performance.now());
    if (open.size >= MOST_OPEN) await Promise.race(open);
  }
  await Promise.all(open);
  await client.flush();
  progress.end(begun! - failed!, performance.now());
  if (failed! > TOLD) tell(`${failed} of ${begun} messages were not published`);
  return exitCode!;

  async function publish(message: OutgoingMessage): Promise<void> {
    const { topicName, payload = '' } = message;
    await client.publishAsync(topicName, payload, publishOptionsOf(message, options));
  }
}

type MessageValues = Pick<PubValues, 'kind' | 'urgent' | 'compress' | 'acknowledge' | 'qos'>;

/** What the command line says about every message. */
export function messageOptionsOf(values: MessageValues): MsipPublishOptions {
  const acknowledge = isAcknowledged(values);
  const { kind, urgent, compress } = values;
  return { msgKind: kindOf(kind), urgent: urgent === true, compress, acknowledge, repeat: acknowledge };
}

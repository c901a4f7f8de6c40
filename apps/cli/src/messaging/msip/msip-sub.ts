/** The work of sub over MSIP: from a subscription to its lines, no faster than somebody reads them. */

import { matches } from 'signalbox/mqtt';
import type { MsipSubscription } from 'signalbox/msip';
import { ExitCode } from '../exit-codes.ts';
import { type Printer, type Printing, printerOf } from '../printing.ts';
import type { SubValues } from '../sub-command.ts';
import { printedMessage } from './msip-message.ts';
import type { MsipVisit } from './msip-visit.ts';

/** Answers the exit code when there was enough. */
export async function printByMsip(
  visit: MsipVisit,
  values: SubValues,
  { topicFilters, output }: Printing,
): Promise<number> {
  const { client, tell } = visit;
  if (values.unsubscribe.length > 0) await client.unsubscribeAsync(values.unsubscribe);
  if (topicFilters.length === 0) return ExitCode.Done;
  const subscription = await client.subscribeAsync(topicFilters);
  for (const [topicFilter, { text }] of subscription.refusals) tell(`'${topicFilter}' was refused: ${text}`);
  if (values['exit-subscribed'] === true) return ExitCode.Done;
  const printer = printerOf(values, output);
  visit.signal.addEventListener('abort', () => printer.end()); // before anything is told about why
  try {
    await Promise.race([printAll(subscription, values, { printer, output }), output.gone]);
  } finally {
    printer.end();
  }
  return ExitCode.Done;
}

async function printAll(
  subscription: MsipSubscription,
  values: SubValues,
  { printer, output }: { readonly printer: Printer; readonly output: Printing['output'] },
): Promise<void> {
  let left = values.count ?? Infinity;
  for await (const message of subscription) {
    const isWanted = !values['filter-out'].some((topicFilter) => matches(topicFilter, message.topic));
    if (isWanted) {
      printer.print(printedMessage(message));
      left--;
    }
    if (left === 0) {
      message.acknowledge();
      break;
    }
    if (output.room !== undefined) await output.room;
  }
}

/** The work of sub once there is a connection: from a subscription to its lines, no faster than somebody reads them. */
import type { Message, Subscription } from 'signalbox';
import { matches, ReasonCode, reasonCodeName } from 'signalbox/mqtt';
import { ExitCode, failureOf } from './exit-codes.ts';
import { textFormat } from './message-format.ts';
import type { Output } from './output.ts';
import type { PrintedMessage } from './payload-text.ts';
import { propertiesFor } from './property-words.ts';
import type { SubValues } from './sub-command.ts';
import type { Visit } from './visit.ts';
import { shownValue, WatchList } from './watch.ts';
import { WatchScreen } from './watch-screen.ts';

export interface Printing {
  readonly topicFilters: readonly string[];
  readonly output: Output;
}

/** Whoever prints. `end` brings what is shown to its last state, once. */
export interface Printer {
  print(message: PrintedMessage): void;
  end(): void;
}

/** Answers the exit code when there was enough. */
export async function printMessages(
  visit: Visit,
  values: SubValues,
  { topicFilters, output }: Printing,
): Promise<number> {
  const { client, tell } = visit;
  if (values.unsubscribe.length > 0) await client.unsubscribe(values.unsubscribe);
  if (topicFilters.length === 0) return ExitCode.Done;
  const subscription = await client.subscribe(topicFilters, {
    qos: values.qos ?? 0,
    noLocal: values['no-local'],
    retainAsPublished: values['retain-as-published'],
    // Before 5.0 they come, and are left out when they are here.
    retainHandling: values['no-retained'] === true && client.protocolVersion === 5 ? 2 : 0,
    userProperties: propertiesFor('subscribe', values.property)?.userProperties,
  });
  for (const [index, code] of subscription.reasonCodes.entries()) {
    if (code >= ReasonCode.UnspecifiedError) tell(`'${topicFilters[index]}' was refused: ${reasonCodeName(code)}`);
  }
  if (values['exit-subscribed'] === true) return ExitCode.Done;
  const printer = printerOf(values, output);
  visit.signal.addEventListener('abort', () => {
    printer.end(); // before anything is told about why
    tellLosses(visit);
  });
  try {
    await Promise.race([printAll(subscription, visit, { values, printer, output }), output.gone]);
  } finally {
    printer.end();
  }
  return ExitCode.Done;
}

function tellLosses({ client, tell }: Visit): void {
  const { droppedIncoming, droppedUnclaimed } = client.statistics;
  if (droppedIncoming > 0) tell(`${droppedIncoming} messages of QoS 0 came faster than they could be printed`);
  if (droppedUnclaimed > 0) {
    tell(`${droppedUnclaimed} messages of earlier subscriptions of this session were not printed: see --unsubscribe`);
  }
}

async function printAll(
  subscription: Subscription,
  { client, tell }: Visit,
  { values, printer, output }: { readonly values: SubValues; readonly printer: Printer; readonly output: Output },
): Promise<void> {
  const isWanted = wantedBy(values);
  const removals: Promise<unknown>[] = [];
  let left = values.count ?? Infinity;
  for await (const message of subscription) {
    if (values['retained-only'] === true && !message.retain) break;
    if (isWanted(message)) {
      printer.print(message);
      if (values['remove-retained'] === true && message.retain) {
        const { topicName, qos } = message;
        const removal = client.publish(topicName, '', { qos, retain: true });
        removals.push(
          removal.catch((error: unknown) => tell(`'${topicName}': ${failureOf(error, 'connected').message}`)),
        );
      }
      left--;
    }
    if (left === 0) {
      message.acknowledge();
      break;
    }
    if (output.room !== undefined) await output.room;
  }
  await Promise.all(removals);
}

function wantedBy(values: SubValues): (message: Message) => boolean {
  const filteredOut = values['filter-out'];
  // With the flag as published, what is new can be retained; 5.0 does not send the old ones in the first place.
  const isOldUnwanted = values['no-retained'] === true && values['retain-as-published'] !== true;
  return ({ topicName, retain }) => {
    if (isOldUnwanted && retain) return false;
    return !filteredOut.some((topicFilter) => matches(topicFilter, topicName));
  };
}

export function printerOf(values: SubValues, output: Output): Printer {
  const isTerminal = values.output === undefined && process.stdout.isTTY === true;
  if (values.watch === true) return isTerminal ? watchOnTerminal(output) : watchInLines(output);
  const format = (values.format ?? textFormat)({ isVerbose: values.verbose === true, isTerminal });
  const end = values['no-newline'] === true ? '' : '\n';
  return {
    print: (message) => {
      output.write(format(message, new Date()));
      if (end !== '') output.write(end);
    },
    end: () => {},
  };
}

function watchOnTerminal(output: Output): Printer {
  const list = new WatchList();
  const screen = new WatchScreen(output, () => {
    const { columns, rows } = process.stdout;
    return list.draw(Date.now(), { columns, rows });
  });
  return {
    print: (message) => {
      list.add(message, Date.now());
      screen.changed();
    },
    end: () => screen.end(),
  };
}

/** For a file or a program: no line is taken back. */
function watchInLines(output: Output): Printer {
  const list = new WatchList();
  return {
    print: (message) => {
      const now = new Date();
      const count = list.add(message, now.getTime()) ?? '';
      output.write(`${now.toISOString()} ${message.topicName} ${count} ${shownValue(message.payload)}\n`);
    },
    end: () => {},
  };
}

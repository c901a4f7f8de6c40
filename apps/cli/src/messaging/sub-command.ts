/** `signalbox sub`: subscribes and prints what comes, until there was enough of it. */
import { createWriteStream } from 'node:fs';
import { CommandError } from '../command-error.ts';
import {
  CONNECTION_FLAGS,
  OTHER_FLAGS,
  SERVER_FLAGS,
  SESSION_FLAGS,
  TLS_FLAGS,
  WILL_FLAGS,
} from './connection-flags.ts';
import type { FlagTable, FlagValues } from './flag-table.ts';
import { integer, qos, seconds, switchedOn, text } from './kinds.ts';
import { format } from './message-format.ts';
import { type MessagingCommand, runMessaging } from './messaging-command.ts';
import { sessionOf } from './msip/msip-assembly.ts';
import { MSIP_SESSION_FLAGS, refuseForeign } from './msip/msip-flags.ts';
import { printByMsip } from './msip/msip-sub.ts';
import { visitByMsip } from './msip/msip-visit.ts';
import { Output } from './output.ts';
import { printMessages } from './printing.ts';
import { serverOf, speaksMsip } from './server-url.ts';
import { visit } from './visit.ts';

const SUB_FLAGS = [
  {
    flag: 'topic',
    short: 't',
    kind: text('FILTER'),
    isRepeatable: true,
    help: 'What to subscribe to; + stands for one level, # for all that follow.',
  },
  {
    flag: 'filter-out',
    short: 'T',
    kind: text('FILTER'),
    isRepeatable: true,
    help: 'Do not print messages to these topics.',
  },
  {
    flag: 'unsubscribe',
    short: 'U',
    kind: text('FILTER'),
    isRepeatable: true,
    help: 'End a subscription of an earlier life of this session first; see -c.',
  },
  { flag: 'qos', short: 'q', kind: qos(), help: 'The highest QoS to receive with. Default: 0.' },
  { flag: 'count', short: 'C', kind: integer('N', 1, 4_294_967_295), help: 'End after so many messages.' },
  { flag: 'timeout', short: 'W', kind: seconds(0.001), help: 'End after so many seconds, with exit code 27.' },
  { flag: 'no-local', kind: switchedOn(), help: 'Not what this client publishes itself. MQTT 5.0 only.' },
  {
    flag: 'exit-subscribed',
    short: 'E',
    kind: switchedOn(),
    help: 'End as soon as the server has confirmed the subscriptions.',
  },
] as const satisfies FlagTable;

const RETAINED_FLAGS = [
  { flag: 'no-retained', short: 'R', kind: switchedOn(), help: 'Not what was there before.' },
  {
    flag: 'retained-only',
    kind: switchedOn(),
    help: 'Only what was there before: ends at the first message that is not.',
  },
  {
    flag: 'remove-retained',
    kind: switchedOn(),
    help: 'Take the retained messages that come, and are not filtered out, back at the server.',
  },
  {
    flag: 'retain-as-published',
    kind: switchedOn(),
    help: 'Leave the retain flag as the publisher set it. MQTT 5.0 only.',
  },
] as const satisfies FlagTable;

const PRINTING_FLAGS = [
  { flag: 'verbose', short: 'v', kind: switchedOn(), help: 'Print the topic before the payload.' },
  { flag: 'no-newline', short: 'N', kind: switchedOn(), help: 'No end of line after a message.' },
  {
    flag: 'format',
    short: 'F',
    kind: format(),
    help:
      "text, json (an object in a line, for pub --json-lines), hex, or a template: '%t %p' with %t topic, %p payload, %x hex, " +
      '%l length, %q QoS, %r retain, %m packet identifier, %I time, %U seconds since 1970, %j and %J JSON as Mosquitto has it, ' +
      '%C content type, %D correlation data, %E expiry, %F format indicator, %P user properties, %R response topic, ' +
      '%S subscription identifier, %A topic alias, %% a percent sign; \\n and the like; @H:@M:@S the time of day. Default: text.',
  },
  { flag: 'output', kind: text('FILE'), help: 'Print into this file, which is written anew.' },
  {
    flag: 'watch',
    kind: switchedOn(),
    help: 'One line for each topic with the latest value, count and age, drawn again and again; without a terminal a line for each message.',
  },
] as const satisfies FlagTable;

const TABLE = [
  ...SUB_FLAGS,
  ...RETAINED_FLAGS,
  ...PRINTING_FLAGS,
  ...MSIP_SESSION_FLAGS,
  ...CONNECTION_FLAGS,
] as const satisfies FlagTable;

export const SUB: MessagingCommand<typeof TABLE> = {
  name: 'sub',
  summary: 'subscribe and print messages',
  usage: '[options] [FILTER …]',
  words:
    'Prints until Ctrl-C, or as long as --count, --timeout or the reader of its output say. A connection that is lost is made\n' +
    'again. Who reads slowly is waited for: with QoS 1 and 2 the server keeps what is to come, within its limits.\n' +
    'On a terminal, control characters in messages are shown and not obeyed.',
  examples: [
    ["signalbox sub 'greetings/#' -v", 'everything below greetings, with topics'],
    ['signalbox sub -h broker.example -t state/door -C 1 -W 5', 'one message, but do not wait longer than 5 s for it'],
    ["signalbox sub -t 'sensors/#' --watch", 'the latest value of each sensor'],
    ["signalbox sub -L msip://127.0.0.1 -t 'alarms/+' -v", 'by MSIP'],
    ["signalbox sub -t '#' -T '$SYS/#' -F json --output log.jsonl", 'everything, as JSON, into a file'],
    ["signalbox sub -t 'jobs/+' -q 1 -c -i worker-1", 'what came while it was away, too'],
    ["signalbox sub -t 'a/+' -F '@H:@M:@S %t %l bytes, QoS %q'", 'as you like it'],
  ],
  sections: [
    { title: 'What to subscribe to', flags: SUB_FLAGS },
    { title: 'Retained messages', flags: RETAINED_FLAGS },
    { title: 'What to print', flags: PRINTING_FLAGS },
    { title: 'MSIP', flags: MSIP_SESSION_FLAGS },
    { title: 'The server', flags: SERVER_FLAGS },
    { title: 'The session', flags: SESSION_FLAGS },
    { title: 'TLS', flags: TLS_FLAGS },
    { title: 'The will', flags: WILL_FLAGS },
    { title: 'Other', flags: OTHER_FLAGS },
  ],
  table: TABLE,
};

export type SubValues = FlagValues<typeof TABLE>;

/** Answers the exit code. Throws CommandError. */
export function sub(args: readonly string[]): Promise<number> {
  return runMessaging(SUB, args, async (values, rest) => {
    const topicFilters = topicFiltersOf(values, rest);
    const output = outputOf(values.output);
    const isEndless = values.count === undefined && values.timeout === undefined;
    try {
      refuseForeign(values);
      if (speaksMsip(values)) {
        return await visitByMsip({ values, timeoutMs: values.timeout, isEndless, session: sessionOf(values) }, (one) =>
          printByMsip(one, values, { topicFilters, output }),
        );
      }
      return await visit({ values, timeoutMs: values.timeout, isEndless }, (one) =>
        printMessages(one, values, { topicFilters, output }),
      );
    } finally {
      await output.end();
    }
  });
}

/** Throws CommandError when what is said makes no sense. */
function topicFiltersOf(values: SubValues, rest: readonly string[]): string[] {
  const fromUrl = serverOf(values).topic;
  const named = values.topic.length > 0 ? values.topic : fromUrl === undefined ? [] : [fromUrl];
  if (named.length > 0 && rest.length > 0) throw new CommandError(`'${rest[0]}' is too much: give -t for each filter`);
  const topicFilters = [...new Set(named.length > 0 ? named : rest)];
  if (topicFilters.length === 0 && values.unsubscribe.length === 0) {
    throw new CommandError('what to subscribe to is missing: -t FILTER; see signalbox sub --help');
  }
  if (values['no-retained'] === true && (values['retained-only'] ?? values['remove-retained']) === true) {
    throw new CommandError('--no-retained contradicts --retained-only and --remove-retained');
  }
  if (values.watch === true && (values.format !== undefined || values.output !== undefined)) {
    throw new CommandError('--watch has a format of its own, and is for standard output');
  }
  return topicFilters;
}

function outputOf(file: string | undefined): Output {
  if (file === undefined) return new Output(process.stdout, 'standard output');
  return new Output(createWriteStream(file), `--output ${file}`);
}

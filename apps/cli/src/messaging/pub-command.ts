/** `signalbox pub`: publishes one message, one for each line of the input, or the same one many times. */
import type { OutgoingMessage } from 'signalbox';
import { CommandError } from '../command-error.ts';
import {
  CONNECTION_FLAGS,
  OTHER_FLAGS,
  SERVER_FLAGS,
  SESSION_FLAGS,
  TLS_FLAGS,
  WILL_FLAGS,
} from './connection-flags.ts';
import { ExitCode, failureOf } from './exit-codes.ts';
import type { FlagTable, FlagValues } from './flag-table.ts';
import { integer, rate, seconds, switchedOn, text } from './kinds.ts';
import { type MessagingCommand, runMessaging } from './messaging-command.ts';
import { MSIP_MESSAGE_FLAGS, refuseForeign } from './msip/msip-flags.ts';
import { publishByMsip } from './msip/msip-pub.ts';
import { visitByMsip } from './msip/msip-visit.ts';
import { messagesOf, type Publishing } from './outgoing-messages.ts';
import { paced } from './pace.ts';
import { PAYLOAD_FLAGS, type PayloadValues, payloadOf, payloadSources } from './payload-flags.ts';
import { Progress } from './progress.ts';
import { propertiesFor } from './property-words.ts';
import { serverOf, speaksMsip } from './server-url.ts';
import { type Visit, visit } from './visit.ts';

const PUB_FLAGS = [
  { flag: 'topic', short: 't', kind: text('TOPIC'), isRepeatable: true, help: 'Where to publish.' },
  ...PAYLOAD_FLAGS,
  {
    flag: 'lines',
    short: 'l',
    also: ['stdin-line', 'multiline'],
    kind: switchedOn(),
    help: 'One message for each line of the standard input, as it comes.',
  },
  {
    flag: 'json-lines',
    kind: switchedOn(),
    help:
      'The same, and each line is an object with topic, payload (or payloadBase64), qos, retain and properties; what it leaves ' +
      'out is as the other options say. It takes what sub -F json prints.',
  },
  { flag: 'repeat', kind: integer('N', 1, 1_000_000_000), help: 'Publish the message so many times.' },
  { flag: 'repeat-delay', kind: seconds(), help: 'Seconds between two times. Default: 0.' },
  { flag: 'rate', kind: rate(), help: 'At most so many messages a second.' },
  {
    flag: 'max-inflight',
    short: 'M',
    kind: integer('N', 1, 65_535),
    help: 'Most messages of QoS 1 and 2 that are not acknowledged yet. Default: 1000.',
  },
  { flag: 'timeout', short: 'W', kind: seconds(0.001), help: 'Give up after so many seconds.' },
] as const satisfies FlagTable;

const TABLE = [...PUB_FLAGS, ...MSIP_MESSAGE_FLAGS, ...CONNECTION_FLAGS] as const satisfies FlagTable;

export const PUB: MessagingCommand<typeof TABLE> = {
  name: 'pub',
  summary: 'publish messages',
  usage: '[options] [TOPIC [MESSAGE]]',
  words:
    'Ends when everything is sent, and with QoS 1 or 2 acknowledged. A connection that is lost meanwhile is made again.\n' +
    'On a terminal, work that takes longer than a second shows how far it is.',
  examples: [
    ['signalbox pub greetings/world hello', 'a message'],
    ['signalbox pub -h broker.example -q 1 -r -t state/door -m open', 'acknowledged, and kept for later subscribers'],
    ['sensor | signalbox pub -t readings -l', 'each line as it comes'],
    ['signalbox pub -t load/a -t load/b -m x --repeat 10000 --rate 500', 'two topics, 500 messages a second'],
    [
      "signalbox sub -t 'a/#' -F json -C 100 | signalbox pub -h other.example --json-lines",
      'from one server to another',
    ],
    ['signalbox pub -t state/door -n -r', 'take a retained message back'],
    ['signalbox pub -L msip://127.0.0.1 -t alarms -m fire --kind event --urgent -q 1', 'by MSIP'],
    [
      'signalbox pub -t jobs -f job.json -D publish content-type application/json -D publish user-property by me',
      'properties',
    ],
  ],
  sections: [
    { title: 'What to publish', flags: PUB_FLAGS },
    { title: 'MSIP', flags: MSIP_MESSAGE_FLAGS },
    { title: 'The server', flags: SERVER_FLAGS },
    { title: 'The session', flags: SESSION_FLAGS },
    { title: 'TLS', flags: TLS_FLAGS },
    { title: 'The will', flags: WILL_FLAGS },
    { title: 'Other', flags: OTHER_FLAGS },
  ],
  table: TABLE,
};

export type PubValues = FlagValues<typeof TABLE>;

/** What is to be published, when nothing has been read yet. */
export type PublishingPlan = Omit<Publishing, 'payload'> & { readonly payload: PayloadValues };

/** Answers the exit code. Throws CommandError. */
export function pub(args: readonly string[]): Promise<number> {
  return runMessaging(PUB, args, async (values, rest) => {
    const { payload: source, ...plan } = planOf(values, rest);
    const publishing = { ...plan, payload: plan.mode === 'once' ? await payloadOf(source) : '' };
    const { timeout: timeoutMs, 'max-inflight': maximumInFlight } = values;
    refuseForeign(values);
    if (speaksMsip(values)) {
      return visitByMsip({ values, timeoutMs, maximumInFlight, session: 'plain' }, (one) =>
        publishByMsip(one, values, publishing),
      );
    }
    return visit({ values, timeoutMs, maximumInFlight }, (one) => publishAll(one, values, publishing));
  });
}

/** What is to be published, when that makes sense. Throws CommandError. */
function planOf(values: PubValues, rest: readonly string[]): PublishingPlan {
  const { lines, 'json-lines': jsonLines, repeat = 1, 'repeat-delay': repeatDelayMs = 0, qos, retain } = values;
  const words = [...rest];
  const own = [...values.topic];
  const fromUrl = serverOf(values).topic;
  if (own.length === 0 && fromUrl !== undefined) own.push(fromUrl);
  if (own.length === 0 && words.length > 0) own.push(words.shift()!);
  const sources = [
    ...payloadSources(values),
    ...(lines === undefined ? [] : ['--lines']),
    ...(jsonLines === undefined ? [] : ['--json-lines']),
  ];
  const message = sources.length === 0 ? words.shift() : undefined;
  if (words.length > 0) throw new CommandError(`'${words[0]}' is too much: texts with spaces need quotes`);
  if (sources.length > 1) throw new CommandError(`${sources.join(' and ')}: one of them`);
  if (sources.length === 0 && message === undefined) {
    throw new CommandError('what to publish is missing: -m, -f, -n, -s, -l or --json-lines; see signalbox pub --help');
  }
  if (own.length === 0 && jsonLines === undefined) {
    throw new CommandError('where to publish is missing: -t TOPIC; see signalbox pub --help');
  }
  const mode = jsonLines === true ? 'json-lines' : lines === true ? 'lines' : 'once';
  if (mode !== 'once' && (values.repeat !== undefined || values['repeat-delay'] !== undefined)) {
    throw new CommandError('--repeat is for one message, and not for lines');
  }
  return {
    mode,
    topicNames: own,
    payload: message === undefined ? values : { ...values, message },
    options: { qos, retain, properties: propertiesFor('publish', values.property) },
    repeat,
    repeatDelayMs,
  };
}

/** Failures that are told one by one. */
const TOLD = 10;

async function publishAll({ client, signal, tell }: Visit, values: PubValues, publishing: Publishing): Promise<number> {
  const { mode, repeat, topicNames } = publishing;
  const total = mode === 'once' ? repeat * topicNames.length : undefined;
  const isSilent = values.quiet === true || values.debug === true;
  const progress = new Progress(isSilent ? { write: () => {} } : process.stderr, performance.now(), total);
  let begun = 0;
  let failed = 0;
  let exitCode: number = ExitCode.Done;
  const settled = (): number => begun - client.statistics.queuedMessages - client.statistics.inFlight;
  const source = async function* (): AsyncGenerator<OutgoingMessage> {
    const messages = messagesOf(publishing, signal);
    for await (const message of values.rate === undefined ? messages : paced(messages, values.rate, { signal })) {
      if (signal.aborted) return;
      progress.update(settled(), performance.now());
      begun++;
      yield message;
    }
  };
  // What nobody reads any more must not keep the process.
  if (mode !== 'once') signal.addEventListener('abort', () => process.stdin.destroy());
  const ticking = setInterval(() => progress.update(settled(), performance.now()), 200);
  const end = (): void => {
    clearInterval(ticking);
    progress.end(settled() - failed, performance.now());
  };
  signal.addEventListener('abort', end);
  try {
    await client.publishStream(source(), {
      onFailure: (error, { topicName }) => {
        if (signal.aborted) return; // the client was closed under it
        const failure = failureOf(error, 'connected');
        exitCode = failure.exitCode;
        if (++failed <= TOLD) tell(`'${topicName}': ${failure.message}`);
      },
    });
  } finally {
    end();
  }
  if (failed > TOLD) tell(`${failed} of ${begun} messages were not published`);
  return exitCode;
}

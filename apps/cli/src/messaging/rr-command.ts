/** `signalbox rr`: publishes a request and prints the response to it. §4.10 of MQTT 5.0; before, whatever comes to the topic. */
import { randomBytes } from 'node:crypto';
import type { Message } from 'signalbox';
import { CommandError } from '../command-error.ts';
import {
  CONNECTION_FLAGS,
  OTHER_FLAGS,
  SERVER_FLAGS,
  SESSION_FLAGS,
  TLS_FLAGS,
  WILL_FLAGS,
} from './connection-flags.ts';
import { ExitCode } from './exit-codes.ts';
import type { FlagTable, FlagValues } from './flag-table.ts';
import { seconds, switchedOn, text } from './kinds.ts';
import { format, textFormat } from './message-format.ts';
import { type MessagingCommand, runMessaging } from './messaging-command.ts';
import { MSIP_MESSAGE_FLAGS, refuseForeign } from './msip/msip-flags.ts';
import { askByMsip } from './msip/msip-rr.ts';
import { visitByMsip } from './msip/msip-visit.ts';
import { Output } from './output.ts';
import { PAYLOAD_FLAGS, payloadOf, payloadSources } from './payload-flags.ts';
import type { PrintedMessage } from './payload-text.ts';
import { propertiesFor } from './property-words.ts';
import { serverOf, speaksMsip } from './server-url.ts';
import { type Visit, visit } from './visit.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

const RR_FLAGS = [
  { flag: 'topic', short: 't', kind: text('TOPIC'), help: 'Where to publish the request.' },
  {
    flag: 'response-topic',
    short: 'e',
    kind: text('TOPIC'),
    help: 'Where the response is expected. Default: responses/ and the client identifier, or what the server suggests.',
  },
  ...PAYLOAD_FLAGS,
  {
    flag: 'timeout',
    short: 'W',
    kind: seconds(),
    help: 'How long to wait for the response; 0 for ever. Then the exit code is 27. Default: 30.',
  },
  { flag: 'verbose', short: 'v', kind: switchedOn(), help: 'Print the topic before the payload.' },
  { flag: 'no-newline', short: 'N', kind: switchedOn(), help: 'No end of line after the response.' },
  { flag: 'format', short: 'F', kind: format(), help: 'text, json, hex or a template, as for sub. Default: text.' },
] as const satisfies FlagTable;

const TABLE = [...RR_FLAGS, ...MSIP_MESSAGE_FLAGS, ...CONNECTION_FLAGS] as const satisfies FlagTable;

export const RR: MessagingCommand<typeof TABLE> = {
  name: 'rr',
  summary: 'publish a request and print the response',
  usage: '[options] [TOPIC [MESSAGE]]',
  words:
    'The request tells where the response is expected and carries correlation data; a response with other correlation data is\n' +
    'for somebody else. MQTT 3.1.1 and MSIP have neither: there -e is needed, and the first message counts. Retained ones\n' +
    'never do.',
  examples: [
    ['signalbox rr services/time now', 'ask, and print the answer'],
    ['signalbox rr -t services/sum -m "[1,2,3]" -e answers/me -W 2', 'with a topic of your own, within 2 s'],
    ['signalbox rr -V 311 -t services/time -e answers/time -n', 'with MQTT 3.1.1'],
  ],
  sections: [
    { title: 'Request and response', flags: RR_FLAGS },
    { title: 'MSIP', flags: MSIP_MESSAGE_FLAGS },
    { title: 'The server', flags: SERVER_FLAGS },
    { title: 'The session', flags: SESSION_FLAGS },
    { title: 'TLS', flags: TLS_FLAGS },
    { title: 'The will', flags: WILL_FLAGS },
    { title: 'Other', flags: OTHER_FLAGS },
  ],
  table: TABLE,
};

export type RrValues = FlagValues<typeof TABLE>;

interface Request {
  readonly topicName: string;
  readonly payload: Uint8Array | string;
}

/** Answers the exit code. Throws CommandError. */
export function rr(args: readonly string[]): Promise<number> {
  return runMessaging(RR, args, async (given, rest) => {
    const { topicName, values } = requestOf(given, rest);
    const request = { topicName, payload: await payloadOf(values) };
    const timeoutMs = values.timeout === 0 ? undefined : (values.timeout ?? DEFAULT_TIMEOUT_MS);
    const output = new Output(process.stdout, 'standard output');
    try {
      refuseForeign(values);
      if (speaksMsip(values)) {
        return await visitByMsip({ values, timeoutMs, session: 'plain' }, (one) =>
          askByMsip(one, values, { request, output, print }),
        );
      }
      return await visit({ values, timeoutMs }, (one) => ask(one, values, { request, output }));
    } finally {
      await output.end();
    }
  });
}

/** The topic, and the values with the message that was said without -m. Throws CommandError. */
function requestOf(
  values: RrValues,
  rest: readonly string[],
): { readonly topicName: string; readonly values: RrValues } {
  const words = [...rest];
  const topicName = values.topic ?? serverOf(values).topic ?? words.shift();
  const sources = payloadSources(values);
  const message = sources.length === 0 ? words.shift() : undefined;
  if (words.length > 0) throw new CommandError(`'${words[0]}' is too much: texts with spaces need quotes`);
  if (sources.length > 1) throw new CommandError(`${sources.join(' and ')}: one of them`);
  if (topicName === undefined) throw new CommandError('where to ask is missing: -t TOPIC; see signalbox rr --help');
  if (sources.length === 0 && message === undefined) {
    throw new CommandError('what to ask is missing: -m, -f, -n or -s; see signalbox rr --help');
  }
  return { topicName, values: message === undefined ? values : { ...values, message } };
}

async function ask(
  { client }: Visit,
  values: RrValues,
  { request, output }: { readonly request: Request; readonly output: Output },
): Promise<number> {
  const { qos = 0, retain } = values;
  const has5 = client.protocolVersion === 5;
  if (!has5 && values['response-topic'] === undefined) {
    throw new CommandError('the server speaks MQTT 3.1.1: give --response-topic, and tell whoever responds');
  }
  const own = `${client.connack?.properties.responseInformation ?? 'responses'}/${client.clientId}`;
  const responseTopic = values['response-topic'] ?? own;
  const said = propertiesFor('publish', values.property);
  const correlationData = Buffer.from(said?.correlationData ?? randomBytes(8));
  const properties = { ...said, responseTopic, correlationData };
  const responses = await client.subscribe(responseTopic, { qos, retainHandling: has5 ? 2 : 0 });
  await client.publish(request.topicName, request.payload, { qos, retain, ...(has5 ? { properties } : {}) });
  for await (const message of responses) {
    if (!answers(message, correlationData)) continue;
    message.acknowledge();
    print(message, values, output);
    return ExitCode.Done;
  }
  return ExitCode.Lost;
}

/** Who left the correlation data out may mean us; who sent another one does not. */
function answers({ retain, properties }: Message, expected: Uint8Array): boolean {
  const { correlationData } = properties;
  return !retain && (correlationData === undefined || Buffer.compare(correlationData, expected) === 0);
}

function print(message: PrintedMessage, values: RrValues, output: Output): void {
  const isTerminal = process.stdout.isTTY === true;
  const shown = (values.format ?? textFormat)({ isVerbose: values.verbose === true, isTerminal });
  output.write(shown(message, new Date()));
  if (values['no-newline'] !== true) output.write('\n');
}

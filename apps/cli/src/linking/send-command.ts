/** `signalbox send`: sends messages over a link without a broker, and prints what comes back. */
import { type Connection, connect, Datagram, DatagramError } from 'signalbox/connect';
import { CommandError } from '../command-error.ts';
import { TLS_FILE_FLAGS } from '../messaging/connection-flags.ts';
import { ExitCode } from '../messaging/exit-codes.ts';
import type { FlagTable, FlagValues } from '../messaging/flag-table.ts';
import { integer, seconds, switchedOn, text } from '../messaging/kinds.ts';
import { type MessagingCommand, runMessaging } from '../messaging/messaging-command.ts';
import { Output } from '../messaging/output.ts';
import { tlsOf } from '../messaging/tls-files.ts';
import { untilSignal } from '../signals.ts';
import { transportsFor } from './carriers.ts';
import { linkFailureOf } from './link-failure.ts';
import { connectionOptionsOf, LINK_EXIT_CODES, LINK_FLAGS, MESSAGE_FLAGS, OTHER_FLAGS } from './link-flags.ts';
import { messagesOf } from './sent-messages.ts';
import { shownMessage } from './shown-message.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

const SEND_FLAGS = [
  { flag: 'tag', short: 't', kind: integer('N', 0, 65_535), help: 'The tag of the messages. Default: 0.' },
  { flag: 'file', short: 'f', kind: text('FILE'), help: 'The message is what is in this file.' },
  {
    flag: 'count',
    short: 'C',
    kind: integer('N', 0, 1_000_000_000),
    help: 'End after so many messages have come; 0: do not wait for any. Default: as many as were sent.',
  },
  {
    flag: 'timeout',
    short: 'W',
    kind: seconds(),
    help: 'How long to wait for a message after everything is sent; 0 for ever. Then the exit code is 27. Default: 30.',
  },
  ...MESSAGE_FLAGS,
  { flag: 'no-newline', short: 'N', kind: switchedOn(), help: 'No end of line after a message.' },
] as const satisfies FlagTable;

const DIAL_FLAGS = [
  ...LINK_FLAGS,
  {
    flag: 'proxy',
    variable: 'SIGNALBOX_PROXY',
    kind: text('URL'),
    help: 'Connect through this proxy: http://, https:// or socks5://, with user and password if need be.',
  },
  { flag: 'connect-timeout', kind: integer('S', 1, 3600), help: 'How long connecting may take. Default: 30.' },
] as const satisfies FlagTable;

const TABLE = [...SEND_FLAGS, ...DIAL_FLAGS, ...TLS_FILE_FLAGS, ...OTHER_FLAGS] as const satisfies FlagTable;

export const SEND: MessagingCommand<typeof TABLE> = {
  name: 'send',
  summary: 'send messages over a link without a broker, and print what comes back',
  usage: '[options] URL [MESSAGE…]',
  words:
    'URL is as for signalbox echo. Each MESSAGE is sent, or the file, or without both each line of the input; empty lines are\n' +
    'left out, as there are no empty messages. What comes back is printed, a line for each.',
  examples: [
    ['signalbox send tcp://127.0.0.1:7007 hello "how are you?"', 'two messages, and print the answers'],
    ['ls | signalbox send tcp://127.0.0.1:7007 -t 3', 'each line, with a tag'],
    ['signalbox send tcp://127.0.0.1:7007 -x -v 00ff0a', 'bytes in hexadecimal; print tags too'],
    [
      'signalbox send tls://host.example:7008 --cafile ca.crt -C 0 -f report.pdf',
      'a file, without waiting for anything',
    ],
  ],
  sections: [
    { title: 'Messages', flags: SEND_FLAGS },
    { title: 'The link', flags: DIAL_FLAGS },
    { title: 'TLS', flags: TLS_FILE_FLAGS },
    { title: 'Other', flags: OTHER_FLAGS },
  ],
  table: TABLE,
  exitCodes: LINK_EXIT_CODES,
};

type SendValues = FlagValues<typeof TABLE>;

/** Answers the exit code. Throws CommandError. */
export function send(args: readonly string[]): Promise<number> {
  return runMessaging(SEND, args, async (values, [url, ...words]) => {
    if (url === undefined) throw new CommandError('where to send is missing: a URL; see signalbox send --help');
    if (words.length > 0 && values.file !== undefined) throw new CommandError('MESSAGE and --file: one of them');
    const signalled = untilSignal();
    const messages = messagesOf(words, values);
    const connection = await dial(url, values);
    const output = new Output(process.stdout, 'standard output');
    try {
      const work = converse(connection, messages, { values, output });
      const outcome = await Promise.race([work, signalled, output.gone]);
      if (outcome === 'SIGINT') return ExitCode.Interrupted;
      return outcome === 'SIGTERM' ? ExitCode.Terminated : ExitCode.Done;
    } catch (error) {
      throw linkFailureOf(error, 'connected');
    } finally {
      await output.end();
      await connection.close({ timeoutMs: 2_000 }).catch(() => {});
      process.stdin.destroy(); // it may have more to say, and nobody listens
    }
  });
}

async function dial(url: string, values: SendValues): Promise<Connection> {
  const { proxy, 'connect-timeout': timeout } = values;
  try {
    return await connect(url, {
      ...(await transportsFor(url)),
      ...connectionOptionsOf(values),
      ...(proxy === undefined ? {} : { proxy }),
      ...(timeout === undefined ? {} : { connectTimeoutMs: timeout * 1_000 }),
      tls: tlsOf(values),
    });
  } catch (error) {
    throw linkFailureOf(error, 'connecting');
  }
}

interface Conversation {
  readonly values: SendValues;
  readonly output: Output;
}

/** Sends and prints at the same time. Throws CommandError, or what the connection failed with. */
async function converse(
  connection: Connection,
  messages: AsyncIterable<Uint8Array | string>,
  { values, output }: Conversation,
): Promise<void> {
  const timeoutMs = values.timeout === 0 ? undefined : (values.timeout ?? DEFAULT_TIMEOUT_MS);
  const received = new Received(connection, values, output);
  const failed = received.failed;
  const sending = connection.sendAll(checked(messages, values.tag ?? 0));
  sending.catch(() => {}); // the connection tells first
  const sent = await Promise.race([sending, failed]);
  await received.until(values.count ?? sent, timeoutMs);
}

/** Mistakes in a message are those of who wrote it, and not of the link. */
async function* checked(messages: AsyncIterable<Uint8Array | string>, tag: number): AsyncGenerator<Datagram> {
  for await (const message of messages) {
    try {
      yield new Datagram(message, tag);
    } catch (error) {
      if (error instanceof DatagramError) throw new CommandError(error.message);
      throw error;
    }
  }
}

/** What came back so far. */
class Received {
  count = 0;
  readonly failed: Promise<never>;
  readonly #reading: Promise<void>;
  #onMessage: () => void = () => {};

  constructor(connection: Connection, values: SendValues, output: Output) {
    this.#reading = this.#read(connection, values, output);
    this.failed = new Promise((_, reject) => this.#reading.catch(reject));
    this.failed.catch(() => {});
  }

  async #read(connection: Connection, values: SendValues, output: Output): Promise<void> {
    for await (const message of connection) {
      output.write(shownMessage(message, values));
      if (values['no-newline'] !== true) output.write('\n');
      this.count++;
      this.#onMessage();
      await output.room;
    }
  }

  /** Throws CommandError when the peer ends before, or when nothing comes for so long. */
  async until(wanted: number, timeoutMs: number | undefined): Promise<void> {
    const ended = this.#reading.then(() => 'ended' as const);
    while (this.count < wanted) {
      const came = new Promise<'came'>((resolve) => {
        this.#onMessage = () => resolve('came');
      });
      const timer = timerOf(timeoutMs);
      const what = await Promise.race([ended, came, timer.promise]).finally(() => timer.cancel());
      if (what !== 'came' && this.count < wanted) throw this.#missing(what, wanted, timeoutMs ?? 0);
    }
  }

  #missing(what: 'ended' | 'late', wanted: number, timeoutMs: number): CommandError {
    const so = `${this.count} of ${wanted} messages came`;
    return what === 'ended'
      ? new CommandError(`the other side closed the connection: ${so}`, ExitCode.Lost)
      : new CommandError(`--timeout: nothing for ${timeoutMs / 1_000} s; ${so}`, ExitCode.TimedOut);
  }
}

function timerOf(timeoutMs: number | undefined): { readonly promise: Promise<'late'>; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const promise = new Promise<'late'>((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

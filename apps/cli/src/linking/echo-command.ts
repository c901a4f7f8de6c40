/** `signalbox echo`: listens for links without a broker, and answers each message with itself. */
import { type Connection, type ConnectionListener, listen } from 'signalbox/connect';
import { CommandError } from '../command-error.ts';
import { ExitCode } from '../messaging/exit-codes.ts';
import type { FlagTable, FlagValues } from '../messaging/flag-table.ts';
import { integer, seconds, switchedOn, text } from '../messaging/kinds.ts';
import { type MessagingCommand, runMessaging } from '../messaging/messaging-command.ts';
import { Output } from '../messaging/output.ts';
import { identityOf, readAuthorities } from '../messaging/tls-files.ts';
import { printable } from '../printable.ts';
import { untilSignal } from '../signals.ts';
import { transportsFor } from './carriers.ts';
import { linkFailureOf } from './link-failure.ts';
import { connectionOptionsOf, LINK_EXIT_CODES, LINK_FLAGS, MESSAGE_FLAGS, OTHER_FLAGS } from './link-flags.ts';
import { shownMessage } from './shown-message.ts';

const ECHO_FLAGS = [
  ...MESSAGE_FLAGS,
  { flag: 'print', short: 'p', kind: switchedOn(), help: 'Print each message, after the address it came from.' },
  { flag: 'count', short: 'C', kind: integer('N', 1, 1_000_000_000), help: 'End after so many messages.' },
  { flag: 'max-connections', kind: integer('N', 1, 1_000_000), help: 'Refuse further ones. Default: 10000.' },
  {
    flag: 'idle-timeout',
    kind: seconds(0.001),
    help: 'End a connection without messages for so long. Default: never.',
  },
] as const satisfies FlagTable;

const TLS_FLAGS = [
  { flag: 'cert', kind: text('FILE'), help: 'The certificate chain for tls:// and wss:// (PEM).' },
  { flag: 'key', kind: text('FILE'), help: 'Its private key (PEM).' },
  { flag: 'key-password-file', kind: text('FILE'), help: 'The password of the private key is what is in this file.' },
  {
    flag: 'cafile',
    also: ['ca'],
    kind: text('FILE'),
    help: 'Who connects needs a certificate of the authorities in this file (PEM).',
  },
] as const satisfies FlagTable;

const TABLE = [...ECHO_FLAGS, ...LINK_FLAGS, ...TLS_FLAGS, ...OTHER_FLAGS] as const satisfies FlagTable;

export const ECHO: MessagingCommand<typeof TABLE> = {
  name: 'echo',
  summary: 'answer messages of links without a broker with themselves',
  usage: '[options] URL',
  words:
    'URL is tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH, udp://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH,\n' +
    'sctp://HOST:PORT or dtls-sctp://HOST:PORT. Without HOST: 127.0.0.1; port 0 takes a free one. The other side is\n' +
    'signalbox send, or a program with signalbox/connect.',
  examples: [
    ['signalbox echo tcp://:7007', 'for this machine'],
    ['signalbox echo tcp://0.0.0.0:7007 -p -v', 'for everybody, and print what comes'],
    ['signalbox echo tls://:7008 --cert server.crt --key server.key --cafile ca.crt', 'for who has a certificate'],
    ['signalbox echo udp://:7007 -C 10', 'one message per packet; end after ten'],
  ],
  sections: [
    { title: 'Messages', flags: ECHO_FLAGS },
    { title: 'The link', flags: LINK_FLAGS },
    { title: 'TLS', flags: TLS_FLAGS },
    { title: 'Other', flags: OTHER_FLAGS },
  ],
  table: TABLE,
  exitCodes: LINK_EXIT_CODES,
};

type EchoValues = FlagValues<typeof TABLE>;

/** Answers the exit code. Throws CommandError. */
export function echo(args: readonly string[]): Promise<number> {
  return runMessaging(ECHO, args, async (values, [url, more]) => {
    if (url === undefined) throw new CommandError('where to listen is missing: a URL; see signalbox echo --help');
    if (more !== undefined) throw new CommandError(`'${more}' is too much`);
    const signalled = untilSignal();
    const listener = await open(url, values);
    const output = new Output(process.stdout, 'standard output');
    output.write(`listening on ${listener.url}\n`);
    const served = new Promise<void>((resolve) => void serve(listener, values, { output, onDone: resolve }));
    const signal = await Promise.race([signalled, served, output.gone]);
    await listener.close({ connections: 'close', timeoutMs: 2_000 });
    await output.end();
    if (signal === undefined || values.count === undefined) return ExitCode.Done;
    return signal === 'SIGINT' ? ExitCode.Interrupted : ExitCode.Terminated;
  });
}

async function open(url: string, values: EchoValues): Promise<ConnectionListener> {
  const { cafile, 'max-connections': maximumConnections, 'idle-timeout': idleTimeoutMs } = values;
  const tls = {
    ...identityOf(values),
    ...(cafile === undefined ? {} : { ca: readAuthorities(cafile, '--cafile'), requestCert: true }),
  };
  try {
    return await listen(url, {
      ...(await transportsFor(url)),
      ...connectionOptionsOf(values),
      ...(maximumConnections === undefined ? {} : { maximumConnections }),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      ...(Object.keys(tls).length === 0 ? {} : { tls }),
    });
  } catch (error) {
    throw linkFailureOf(error, 'connecting');
  }
}

interface Audience {
  readonly output: Output;
  readonly onDone: () => void;
}

async function serve(listener: ConnectionListener, values: EchoValues, { output, onDone }: Audience): Promise<void> {
  let left = values.count ?? Number.POSITIVE_INFINITY;
  const answer = async (connection: Connection): Promise<void> => {
    for await (const message of connection) {
      if (left <= 0) break;
      left--;
      if (values.print === true) {
        output.write(`${connection.remoteAddress} `);
        output.write(shownMessage(message, values));
        output.write('\n');
        await output.room;
      }
      await connection.send(message);
      if (left === 0) onDone();
    }
    await connection.close();
  };
  for await (const connection of listener) {
    answer(connection).catch((error: Error) => {
      if (values.quiet !== true) process.stderr.write(`${connection.remoteAddress}: ${printable(error.message)}\n`);
      connection.destroy();
    });
  }
}

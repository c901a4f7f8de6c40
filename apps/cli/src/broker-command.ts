// `signalbox broker`: starts a Broker as the options say, tells where it listens, and ends it on a signal.

import { setFlagsFromString } from 'node:v8';
import { Broker, DEFAULT_LIMITS } from 'signalbox/broker';
import { BROKER_HELP, type BrokerCommand, parseBrokerOptions } from './broker-options.ts';
import { CommandError } from './command-error.ts';

/** Answers the exit code, when the broker has ended. */
export async function broker(args: readonly string[]): Promise<number> {
  const command = parseBrokerOptions(args);
  if (command.show === 'help') {
    print(BROKER_HELP);
    return 0;
  }
  if (command.show === 'limits') {
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) print(`${name}=${value}\n`);
    return 0;
  }
  const running = create(command);
  const stopped = untilSignal();
  report(running, command.isVerbose);
  try {
    for (const url of command.listen) {
      const listener = await running.listen(url, command.tls === undefined ? {} : { tls: withClients(command.tls) });
      print(`listening on ${listener.url}\n`);
    }
  } catch (error) {
    await running.close();
    throw new CommandError((error as Error).message);
  }
  print('sessions and retained messages are kept in memory; Ctrl-C ends the broker\n');
  const signal = await stopped;
  print(`${signal}: telling ${running.statistics.connected} clients and closing\n`);
  await running.close();
  return 0;
}

function create(command: BrokerCommand): Broker {
  // A burst of connections would make V8 grow its young generation for good: 2 KB more per connection, see decision 0015.
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    return new Broker(command.options);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

/** A certificate authority for clients means that clients need a certificate. */
function withClients(tls: NonNullable<BrokerCommand['tls']>): object {
  return tls.ca === undefined ? tls : { ...tls, requestCert: true, rejectUnauthorized: true };
}

/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. A person's second one comes later than this. */
const SAME_SIGNAL_MS = 1000;

/** The first signal ends the broker in order, a second one at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

function report(running: Broker, isVerbose: boolean): void {
  running.on('error', ({ error, while: doing }) => {
    process.stderr.write(
      `error while ${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  });
  if (!isVerbose) return;
  running.on('connected', ({ client, sessionPresent }) => {
    const session = sessionPresent ? 'resumed' : 'new';
    print(
      `connected ${printable(client.clientId)} (MQTT ${client.protocolVersion}, ${session} session) from ${client.remoteAddress}\n`,
    );
  });
  running.on('refused', ({ client, reasonCode }) => {
    print(`refused ${printable(client.clientId)} from ${client.remoteAddress}: 0x${reasonCode.toString(16)}\n`);
  });
  running.on('disconnected', ({ client, error }) => {
    print(`disconnected ${printable(client.clientId)}${error === undefined ? '' : `: ${error.message}`}\n`);
  });
  running.on('subscribed', ({ client, topicFilter, reasonCode }) => {
    print(
      `subscribed ${printable(client.clientId)} to ${printable(topicFilter)}: 0x${reasonCode.toString(16).padStart(2, '0')}\n`,
    );
  });
}

/** Clients choose their names: control characters and what turns text around are shown, not obeyed. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

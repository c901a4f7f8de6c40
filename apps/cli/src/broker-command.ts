// `signalbox broker`: starts a Broker as the options say, tells where it listens, and ends it on a signal.

import type { AccessControl } from 'signalbox/access';
import { Broker, DEFAULT_LIMITS } from 'signalbox/broker';
import { accessOf } from './access-assembly.ts';
import { brokerOptions, storeWords } from './broker-assembly.ts';
import { CommandError } from './command-error.ts';
import { type Configuration, loadConfiguration } from './config/configuration.ts';
import { effectiveYaml } from './config/effective.ts';
import { readFlags } from './config/flags.ts';
import { brokerHelp } from './config/help.ts';
import { OPTIONS } from './config/options.ts';
import { fileSchema } from './config/schema.ts';
import { listenerPlans } from './listener-assembly.ts';
import { tuneYoungGeneration } from './young-generation.ts';

/** Answers the exit code, when the broker has ended. */
export async function broker(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  switch (flags.request) {
    case 'help':
      print(brokerHelp());
      return 0;
    case 'print-schema':
      print(`${JSON.stringify(fileSchema(OPTIONS), undefined, 2)}\n`);
      return 0;
    case 'limits':
      for (const [name, value] of Object.entries(DEFAULT_LIMITS)) print(`${name}=${value}\n`);
      return 0;
    case 'test-config':
      return test(loadConfiguration(flags, process.env));
    case 'run':
      return run(loadConfiguration(flags, process.env));
  }
}

/** Goes as far as it can without touching what is stored, or a port. */
async function test(configuration: Configuration): Promise<number> {
  listenerPlans(configuration);
  await create(configuration, accessOf(configuration, onUnansweredQuestion));
  warn(configuration);
  print(effectiveYaml(configuration));
  return 0;
}

async function run(configuration: Configuration): Promise<number> {
  const plans = listenerPlans(configuration);
  const access = accessOf(configuration, onUnansweredQuestion);
  const running = await create(configuration, access);
  const stopped = untilSignal();
  warn(configuration);
  report(running, configuration.values.verbose);
  try {
    for (const { url, options, openness } of plans) {
      const listener = await running.listen(url, options);
      print(`listening on ${listener.url}\n  ${openness}\n`);
    }
  } catch (error) {
    await running.close();
    throw new CommandError((error as Error).message);
  }
  const kept = storeWords(configuration, running.durability);
  print(`sessions and retained messages are ${kept}; Ctrl-C ends the broker\n`);
  const signal = await stopped;
  print(`${signal}: telling ${running.statistics.connected} clients and closing\n`);
  access.close();
  try {
    await running.close();
  } catch (error) {
    throw new CommandError(`not everything could be kept: ${(error as Error).message}`);
  }
  return 0;
}

/** A web service that says who may connect did not: whoever was asked about is refused. */
function onUnansweredQuestion(error: Error): void {
  process.stderr.write(`signalbox: ${error.message}\n`);
}

function warn({ warnings }: Configuration): void {
  for (const warning of warnings) process.stderr.write(`signalbox: ${warning}\n`);
}

async function create(configuration: Configuration, access: AccessControl): Promise<Broker> {
  try {
    const running = new Broker(await brokerOptions(configuration, access));
    tuneYoungGeneration(running);
    return running;
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
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

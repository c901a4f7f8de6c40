// The command `signalbox`: finds the subcommand and turns its outcome into an exit code. It must not know what a broker is.

import { readFileSync } from 'node:fs';
import { CommandError } from './command-error.ts';
import { suggestion } from './config/nearest.ts';
import { lookUp } from './messaging/look-up.ts';
import { endWithNpx } from './npx-shell.ts';

const HELP = `signalbox — messaging for services and devices

Usage: signalbox <command> [options]

Commands:
  broker    run a broker (MQTT 5.0, 3.1.1 and 3.1, and MSIP)
  pub       publish messages
  sub       subscribe and print messages
  rr        publish a request and print the response
  echo      answer messages of links without a broker with themselves
  send      send messages over a link without a broker, and print what comes back
  passwd    users and passwords for the broker
  trace     watch decoded packets of a running broker

  signalbox <command> --help   the options of a command, and examples
  signalbox --version          the version
`;

type Run = (args: readonly string[]) => Promise<number>;

/** A command loads what it needs itself: who publishes in a loop of a shell does not wait for a broker. */
const COMMANDS: Readonly<Record<string, () => Promise<Run>>> = {
  broker: async () => (await import('./broker-command.ts')).broker,
  pub: async () => (await import('./messaging/pub-command.ts')).pub,
  sub: async () => (await import('./messaging/sub-command.ts')).sub,
  rr: async () => (await import('./messaging/rr-command.ts')).rr,
  echo: async () => (await import('./linking/echo-command.ts')).echo,
  send: async () => (await import('./linking/send-command.ts')).send,
  passwd: async () => (await import('./passwd-command.ts')).passwd,
  trace: async () => (await import('./trace-command.ts')).trace,
};

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'help':
      return rest.length > 0 ? run(rest[0]!, ['--help']) : help(0);
    case undefined:
      return help(1);
    case '--help':
    case '-h':
      return help(0);
    case '--version':
    case '-v':
      process.stdout.write(`${version()}\n`);
      return 0;
    default:
      return run(command, rest);
  }
}

async function run(command: string, args: readonly string[]): Promise<number> {
  const load = lookUp(COMMANDS, command);
  if (load === undefined) {
    const meant = suggestion(command, Object.keys(COMMANDS));
    throw new CommandError(`there is no command ${command}${meant === '' ? '; see signalbox --help' : meant}`);
  }
  endWithNpx(process.env);
  return (await load())(args);
}

function help(exitCode: number): number {
  process.stdout.write(HELP);
  return exitCode;
}

export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version: unknown }).version);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`signalbox: ${line}\n`);
  process.exitCode = error.exitCode;
}

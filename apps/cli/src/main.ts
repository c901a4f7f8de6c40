// The command `signalbox`: finds the subcommand and turns its outcome into an exit code. It must not know what a broker is.

import { readFileSync } from 'node:fs';
import { broker } from './broker-command.ts';
import { CommandError } from './command-error.ts';
import { endWithNpx } from './npx-shell.ts';
import { passwd } from './passwd-command.ts';
import { trace } from './trace-command.ts';

const HELP = `signalbox — messaging for services and devices

Usage: signalbox <command> [options]

Commands:
  broker    run an MQTT broker (3.1, 3.1.1 and 5.0)
  passwd    users and passwords for the broker
  trace     watch decoded packets of a running broker

  signalbox <command> --help   the options of a command
  signalbox --version          the version
`;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'broker':
      endWithNpx(process.env);
      return broker(rest);
    case 'passwd':
      return passwd(rest);
    case 'trace':
      return trace(rest);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(HELP);
      return command === undefined ? 1 : 0;
    case '--version':
    case '-v':
      process.stdout.write(`${version()}\n`);
      return 0;
    default:
      throw new CommandError(`there is no command ${command}; see signalbox --help`);
  }
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
  process.exitCode = 1;
}

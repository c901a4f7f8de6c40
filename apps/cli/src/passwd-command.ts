// `signalbox passwd`: gives a user of a password file a new password, or takes the user out. It must not know brokers.

import { chmodSync, existsSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  AccessError,
  createEntry,
  parsePasswordFile,
  problemOfUsername,
  withoutUser,
  withPassword,
} from 'signalbox/access';
import { CommandError } from './command-error.ts';
import { askPassword, readPassword } from './password-input.ts';

const HELP = `signalbox passwd — users and passwords for signalbox broker --password-file

Usage: signalbox passwd FILE USER [options]

Asks for the new password of the user, twice and without showing it; the user and the file are made if need be. The file
serves passwords and SCRAM-SHA-256. A broker that runs reads it again on SIGHUP.

Examples:
  # a user, or another password for one
  signalbox passwd passwords alice
  # in a script
  signalbox passwd passwords lamp-1 --password-stdin < lamp-1.secret
  # gone
  signalbox passwd passwords alice --delete

Options:
  --password-stdin       read the password from standard input: its first line
  --delete               take the user out
  --scram-iterations N   what a client computes at each login by SCRAM; 0: this user cannot use SCRAM. Default: 100000
  --help                 this text
`;

/** Nobody but the owner: who reads it can guess offline. */
const MODE = 0o600;

/** Answers the exit code. Throws CommandError. */
export async function passwd(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [file, user, ...more] = positionals;
  if (file === undefined || user === undefined || more.length > 0) {
    throw new CommandError('give the file and the user; see signalbox passwd --help');
  }
  const problem = problemOfUsername(user);
  if (problem !== undefined) throw new CommandError(problem);
  const text = read(file);
  if (values.delete === true) {
    const rest = withoutUser(text ?? '', user);
    if (rest === undefined) throw new CommandError(`${file}: there is no user ${user}`);
    replace(file, rest);
    process.stdout.write(`${user} is not in ${file} any more\n`);
    return 0;
  }
  const scramIterations = iterationsOf(values['scram-iterations']);
  const password = values['password-stdin'] === true ? await readPassword(process.stdin) : await askPassword(user);
  if (password === '') throw new CommandError('the password is empty');
  replace(file, withPassword(text ?? '', createEntry(user, password, { scramIterations })));
  process.stdout.write(`${user} has a new password in ${file}\n`);
  return 0;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'password-stdin': { type: 'boolean' },
        delete: { type: 'boolean' },
        'scram-iterations': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [message = ''] = String((error as Error).message).split('. To specify');
    throw new CommandError(`${message}; see signalbox passwd --help`);
  }
}

function iterationsOf(said: string | undefined): number {
  const iterations = said === undefined ? 100_000 : /^\d{1,8}$/.test(said) ? Number(said) : Number.NaN;
  if (iterations === 0 || (iterations >= 4_096 && iterations <= 10_000_000)) return iterations;
  throw new CommandError('--scram-iterations is 0, or from 4096 to 10000000');
}

/** Undefined when there is none yet; what is no password file is not overwritten. */
function read(file: string): string | undefined {
  try {
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    parsePasswordFile(text, file);
    return text;
  } catch (error) {
    if (error instanceof AccessError) throw new CommandError(error.message);
    throw new CommandError(`${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

/** As a whole or not at all: a broker may read it just now. */
function replace(file: string, text: string): void {
  try {
    const target = existsSync(file) ? realpathSync(file) : file;
    const mode = existsSync(target) ? statSync(target).mode & 0o777 : MODE;
    const next = `${target}.${process.pid}.new`;
    writeFileSync(next, text, { mode: MODE, flag: 'wx' });
    chmodSync(next, mode);
    renameSync(next, target);
  } catch (error) {
    throw new CommandError(`${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be written'}`);
  }
}

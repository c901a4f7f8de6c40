/** A secret that is the contents of a file, without the line break that editors put at its end. */
import { readFileSync } from 'node:fs';
import { CommandError } from './command-error.ts';

/** `name`: how the option is called in messages. Throws CommandError, which never has the secret in it. */
export function readSecret(file: string, name: string): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`${name} ${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
  if (secret === '') throw new CommandError(`${name} ${file}: is empty`);
  return secret;
}

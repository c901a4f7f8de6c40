// Passwords from a person, who does not see what is typed, or from a program. It must not know what they are for.

import type { ReadStream } from 'node:tty';
import { CommandError } from './command-error.ts';

/** Longer than any password, shorter than a file given by mistake. */
const LONGEST = 4_096;

/** The first line, without its end. */
export async function readPassword(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > LONGEST || chunk.includes('\n')) break;
  }
  const [line = ''] = Buffer.concat(chunks).toString().split(/\r?\n/);
  if (Buffer.byteLength(line) > LONGEST) throw new CommandError(`a password has ${LONGEST} bytes at most`);
  return line;
}

/** Asks twice at the terminal. Throws CommandError where there is none, and when the two are not the same. */
export async function askPassword(user: string): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) throw new CommandError('there is no terminal to ask for the password: use --password-stdin');
  const password = await askHidden(stdin, `password for ${user}: `);
  if ((await askHidden(stdin, 'once more: ')) !== password) throw new CommandError('these are not the same');
  return password;
}

function askHidden(terminal: ReadStream, question: string): Promise<string> {
  process.stderr.write(question);
  terminal.setRawMode(true);
  terminal.resume();
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (error: Error | undefined) => {
      terminal.off('data', onData);
      terminal.setRawMode(false);
      terminal.pause();
      process.stderr.write('\n');
      if (error === undefined) resolve(typed.join(''));
      else reject(error);
    };
    const onData = (chunk: Buffer | string) => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n') return finish(undefined);
        if (character === '\u0003' || character === '\u0004') return finish(new CommandError('nothing was changed'));
        if (character === '\u0015') typed = [];
        else if (character === '\u007f' || character === '\b') typed.pop();
        else if (typed.length < LONGEST) typed.push(character);
      }
    };
    terminal.on('data', onData);
  });
}

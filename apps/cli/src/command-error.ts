/** Something the person at the keyboard can mend: printed as one line, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

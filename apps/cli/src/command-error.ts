/** Something the person at the keyboard can mend: printed as a line for each mistake, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

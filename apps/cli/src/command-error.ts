/** Something the person at the keyboard can mend: printed as a line for each mistake, exit code 1 unless there is a better one. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

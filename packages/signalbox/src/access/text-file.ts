/** Text files of the operator: read whole, of limited size, and with errors that say what to mend. */
import { readFileSync, statSync } from 'node:fs';
import { AccessError } from './access-error.ts';

/** A hundred thousand users or rules; a file larger than this is another file. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Throws AccessError `FILE_UNREADABLE`. */
export function readTextFile(path: string): string {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > LARGEST_BYTES) throw new Error(`larger than ${LARGEST_BYTES} bytes`);
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AccessError('FILE_UNREADABLE', `${path}: ${code ?? message}`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AccessError('FILE_UNREADABLE', `${path}: not UTF-8`, { cause: error });
  }
}

/** Mistakes of a file, each with the number of its line from 1. */
export class Mistakes {
  readonly #path: string;
  readonly #lines: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  add(line: number, problem: string): void {
    this.#lines.push(`${this.#path}:${line}: ${problem}`);
  }

  /** Throws AccessError `FILE_INVALID` when there are any. */
  throwIfAny(): void {
    if (this.#lines.length === 0) return;
    const shown = this.#lines.slice(0, MOST_SHOWN);
    if (this.#lines.length > MOST_SHOWN) shown.push(`… and ${this.#lines.length - MOST_SHOWN} more`);
    throw new AccessError('FILE_INVALID', shown.join('\n'));
  }
}

const MOST_SHOWN = 20;

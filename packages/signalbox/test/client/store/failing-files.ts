// The files of the system, of which one operation fails, or every one from there on.

import fs, { type FileHandle } from 'node:fs/promises';
import type { FileSessionStoreOptions } from '../../../src/client/store/file-session-store.ts';

type Files = NonNullable<FileSessionStoreOptions['files']>;

/** How an operation fails: not done (a write: half), or done, but nobody is told. */
export type Failure = 'half' | 'done';

/** The power does not fail in these tests. */
const UNDONE: readonly string[] = ['datasync', 'sync'];

export class FailingFiles {
  readonly files: Files;
  readonly #isBad: (operation: number) => boolean;
  readonly #failure: Failure;
  operations = 0;
  /** What was done, or was to be. */
  readonly calls: string[] = [];
  /** What failed. */
  readonly failed: string[] = [];

  constructor(isBad: (operation: number) => boolean, failure: Failure = 'half') {
    this.#isBad = isBad;
    this.#failure = failure;
    this.files = this.#watch(fs as Files);
  }

  #watch<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function'
          ? (...args: unknown[]) => this.#call(String(name), value.bind(target), args)
          : value;
      },
    });
  }

  async #call(name: string, act: (...args: unknown[]) => Promise<unknown>, args: unknown[]): Promise<unknown> {
    this.calls.push(name);
    if (this.#isBad(this.operations++)) {
      this.failed.push(name);
      // A handle is closed even if the system complains.
      if (name === 'close' || (this.#failure === 'done' && name !== 'open')) await act(...args);
      else if (this.#failure === 'half' && name === 'write') {
        const [bytes, offset, length, position] = args as [Buffer, number, number, number];
        await act(bytes, offset, length >> 1, position);
      }
      throw Object.assign(new Error(`${name} failed on purpose`), { code: 'EIO' });
    }
    if (UNDONE.includes(name)) return undefined;
    const result = await act(...args);
    return name === 'open' ? this.#watch(result as FileHandle) : result;
  }
}

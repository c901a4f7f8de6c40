/**
 * What SIGHUP does: each part that can take new settings, or read its files again, registers a reloader. All of them read
 * first; only when every one could, all of them change, so that a bad file leaves everything as it was.
 */
import type { Configuration } from './configuration.ts';

export interface Reloader {
  /** For the log: `password file`. */
  readonly name: string;
  /**
   * Reads everything anew and changes nothing; answers what puts it into force, which must not fail. Throws CommandError
   * (or rejects with it) when it cannot be. Also called for `--test-config`.
   */
  readonly prepare: (configuration: Configuration) => (() => void) | Promise<() => void>;
}

export class Reloaders {
  readonly #reloaders: Reloader[] = [];

  add(reloader: Reloader): void {
    this.#reloaders.push(reloader);
  }

  /** Answers the names of what was reloaded. Rejects with the first mistake, and then nothing has changed. */
  async reload(configuration: Configuration): Promise<string[]> {
    const prepared = await this.prepare(configuration);
    for (const putIntoForce of prepared) putIntoForce();
    return this.#reloaders.map(({ name }) => name);
  }

  prepare(configuration: Configuration): Promise<(() => void)[]> {
    return Promise.all(this.#reloaders.map(async ({ prepare }) => prepare(configuration)));
  }
}

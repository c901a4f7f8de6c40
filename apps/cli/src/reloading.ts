/** SIGHUP: the configuration is read again, as it was found at the start, and what can change without a restart changes. */
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import type { OptionTable } from './config/option.ts';
import { OPTIONS } from './config/options.ts';
import type { Reloaders } from './config/reloaders.ts';
import type { Log } from './log.ts';

export class Reloading {
  readonly #load: () => Configuration;
  readonly #reloaders: Reloaders;
  readonly #log: Log;
  #current: Configuration;

  /** `load` reads everything anew, and throws CommandError when it cannot be. */
  constructor(load: () => Configuration, current: Configuration, parts: { reloaders: Reloaders; log: Log }) {
    this.#load = load;
    this.#current = current;
    this.#reloaders = parts.reloaders;
    this.#log = parts.log;
  }

  /** What is in force. */
  get current(): Configuration {
    return this.#current;
  }

  /** Does not reject: what cannot be is logged, and then everything stays as it was. */
  async reload(): Promise<void> {
    const { logger } = this.#log;
    try {
      const next = this.#load();
      for (const warning of next.warnings) logger.warn(warning);
      const reloaded = await this.#reloaders.reload(next);
      const changed = changedOptions(this.#current, next);
      this.#current = next;
      logger.info({ reloaded, changed: changed.live }, `reloaded: ${reloaded.join(', ')}`);
      if (changed.restart.length > 0) {
        logger.warn({ options: changed.restart }, `changes only with a restart: ${changed.restart.join(', ')}`);
      }
    } catch (error) {
      if (error instanceof CommandError) {
        for (const line of error.message.split('\n')) logger.error(`not reloaded, everything stays as it was: ${line}`);
      } else logger.error({ err: error }, 'not reloaded, everything stays as it was');
    }
  }
}

/** Paths of the options that are not what they were. */
function changedOptions(before: Configuration, after: Configuration): { live: string[]; restart: string[] } {
  const live: string[] = [];
  const restart: string[] = [];
  for (const option of OPTIONS as OptionTable) {
    if (JSON.stringify(before.jsonOf(option)) === JSON.stringify(after.jsonOf(option))) continue;
    (option.reload === 'live' ? live : restart).push(option.path);
  }
  return { live, restart };
}

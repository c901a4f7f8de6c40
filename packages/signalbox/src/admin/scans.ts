/**
 * Looking through collections of any size without holding up the broker: a slice, then everybody else's turn. A few scans
 * at once are enough for people; more are refused.
 */
import { AdminError } from './answer.ts';

/** Well below a millisecond of work. */
export const SLICE = 1_000;
const MOST_AT_ONCE = 4;

export class Scans {
  #running = 0;

  /** Calls `step`, which looks at a slice, until it answers that everything was seen. Rejects with AdminError `BUSY`. */
  async run(step: () => 'more' | 'done'): Promise<void> {
    if (this.#running >= MOST_AT_ONCE)
      throw new AdminError('BUSY', 'too many questions of this kind at once; ask again');
    this.#running++;
    try {
      while (step() === 'more') await new Promise((resolve) => setImmediate(resolve));
    } finally {
      this.#running--;
    }
  }

  /** The same for everything an iterator has. */
  each<T>(iterator: Iterator<T>, visit: (value: T) => void): Promise<void> {
    return this.run(() => {
      for (let i = 0; i < SLICE; i++) {
        const { value, done } = iterator.next();
        if (done === true) return 'done';
        visit(value);
      }
      return 'more';
    });
  }
}

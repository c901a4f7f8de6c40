/**
 * The threads beside the event loop, which compile and collect for it, give way to it (decision 0041): where they share a core
 * with it, a message would wait behind them for a slice of the scheduler, which is milliseconds.
 */
import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Over that of the event loop. */
const LESS = 10;
const LEAST = 19;

/**
 * To be called before anything is read or written: threads that come later, such as those which write to the disk, keep their
 * priority. Without effect where the system does not name threads (all but Linux).
 */
export function makeBackgroundThreadsGiveWay(): void {
  try {
    const niceness = Math.min(getPriority() + LESS, LEAST);
    for (const thread of readdirSync('/proc/self/task').map(Number)) {
      if (thread !== process.pid) setPriority(thread, niceness);
    }
  } catch {
    // A thread that has gone meanwhile, or a system that does not allow it: then all goes on as before.
  }
}

// Time as a client sees it. Its own clock by default; a test or a simulation brings one that it moves itself.

export interface ClientClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds since 1970, for what is kept beyond the life of the program. */
  wallTime(): number;
  /** Calls back once after `delayMs`, unless the function it answers is called before. */
  after(delayMs: number, run: () => void): () => void;
  /** Calls back once, when what runs now and is ready to run is done. */
  soon(run: () => void): void;
}

/** What the longest timer of the platforms can do. */
const LONGEST_DELAY = 0x7fff_ffff;

declare const setImmediate: ((run: () => void) => unknown) | undefined;

export const SYSTEM_CLOCK: ClientClock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_DELAY));
    return () => clearTimeout(timer);
  },
  // Called as methods of this object, functions of a browser's window refuse.
  soon: typeof setImmediate === 'function' ? setImmediate : (run) => queueMicrotask(run),
};

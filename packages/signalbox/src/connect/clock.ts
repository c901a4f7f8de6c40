// Time as a connection sees it. Its own clock by default; a test or a simulation brings one that it moves itself.

export interface ConnectionClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls back once after `delayMs`, unless the function it answers is called before. */
  after(delayMs: number, run: () => void): () => void;
  /** Calls back once, when what runs now and every promise that can go on is done. */
  soon(run: () => void): void;
  /** Calls back once, in a later turn of the event loop: what the network has brought by then has been handed out. */
  later(run: () => void): void;
}

/** What the longest timer of the platform can do. */
const LONGEST_DELAY = 0x7fff_ffff;

export const SYSTEM_CLOCK: ConnectionClock = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    // It keeps the process alive: somebody waits for what comes of it, a link for its next attempt.
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_DELAY));
    return () => clearTimeout(timer);
  },
  soon: (run) => process.nextTick(run),
  later: (run) => void setImmediate(run),
};

/** Time as a broker sees it. Its own clock by default; a test or a simulation brings one that it moves itself. */

export interface Clock {
  /** Milliseconds since 1970 that never go back. */
  now(): number;
  /**
   * Milliseconds since 1970 as the machine has it at this moment, which may be set: what a time means that comes from outside,
   * such as the end of a token. Default: the same as `now`.
   */
  wallTime?(): number;
  /** Calls back about every `intervalMs`, until the function it answers is called. */
  every(intervalMs: number, onTick: () => void): () => void;
}

const { timeOrigin } = performance;

export const SYSTEM_CLOCK: Clock = {
  now: () => timeOrigin + performance.now(),
  wallTime: () => Date.now(),
  every: (intervalMs, onTick) => {
    const timer = setInterval(onTick, intervalMs);
    timer.unref(); // listeners keep a process alive, not the clock
    return () => clearInterval(timer);
  },
};

/** Time as a broker sees it. Its own clock by default; a test or a simulation brings one that it moves itself. */

export interface Clock {
  /** Milliseconds since 1970 that never go back. */
  now(): number;
  /** Calls back about every `intervalMs`, until the function it answers is called. */
  every(intervalMs: number, onTick: () => void): () => void;
}

const { timeOrigin } = performance;

export const SYSTEM_CLOCK: Clock = {
  now: () => timeOrigin + performance.now(),
  every: (intervalMs, onTick) => {
    const timer = setInterval(onTick, intervalMs);
    timer.unref(); // listeners keep a process alive, not the clock
    return () => clearInterval(timer);
  },
};

// Deadlines of connections which are ending or not ready yet: one shared sweep instead of a timer for each of them.

export interface Destroyable {
  destroy(): void;
}

/** How late a deadline may be noticed. */
const GRANULARITY_MS = 50;

const deadlines = new Map<Destroyable, number>();
let sweeping = false;

/** Destroys `target` in about `durationMs`, unless `cancelDeadline` comes first. An earlier deadline stays. */
export function setDeadline(target: Destroyable, durationMs: number): void {
  if (deadlines.has(target)) return;
  deadlines.set(target, performance.now() + durationMs);
  if (!sweeping) schedule(Math.min(durationMs, GRANULARITY_MS));
}

export function cancelDeadline(target: Destroyable): void {
  deadlines.delete(target);
}

function schedule(delayMs: number): void {
  sweeping = true;
  // A browser answers a number. Open sockets keep a process alive, not this.
  const timer = setTimeout(sweep, delayMs) as { unref?(): void };
  timer.unref?.();
}

function sweep(): void {
  sweeping = false;
  const now = performance.now();
  for (const [target, deadline] of deadlines) {
    if (deadline > now) continue;
    deadlines.delete(target);
    target.destroy();
  }
  if (deadlines.size > 0 && !sweeping) schedule(GRANULARITY_MS);
}

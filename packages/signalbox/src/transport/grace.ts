// The grace times of all transports that are ending: one shared sweep instead of a timer per connection.

export interface Destroyable {
  destroy(): void;
}

/** How late a grace time may be noticed. */
const GRANULARITY_MS = 50;

const deadlines = new Map<Destroyable, number>();
let sweep: ReturnType<typeof setTimeout> | undefined;

/** Destroys `transport` when `graceMs` have passed and `endGrace` was not called. */
export function beginGrace(transport: Destroyable, graceMs: number): void {
  if (deadlines.has(transport)) return;
  deadlines.set(transport, performance.now() + graceMs);
  sweep ??= setTimeout(sweepNow, Math.min(graceMs, GRANULARITY_MS));
}

export function endGrace(transport: Destroyable): void {
  deadlines.delete(transport);
}

function sweepNow(): void {
  const now = performance.now();
  for (const [transport, deadline] of deadlines) {
    if (deadline > now) continue;
    deadlines.delete(transport);
    transport.destroy();
  }
  sweep = deadlines.size === 0 ? undefined : setTimeout(sweepNow, GRANULARITY_MS);
}

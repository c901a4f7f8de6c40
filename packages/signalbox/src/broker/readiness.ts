/** Whether clients should come here: what a load balancer wants to know, with the reasons for people. */
import type { Exchange } from './exchange.ts';

export interface Readiness {
  readonly isReady: boolean;
  /** In words; empty when it is ready. */
  readonly reasons: readonly string[];
}

/** `listeners`: how many there are. */
export function readinessOf(exchange: Exchange, state: 'open' | 'draining' | 'closed', listeners: number): Readiness {
  const reasons: string[] = [];
  if (state === 'closed') reasons.push('it is closed');
  else if (state === 'draining') reasons.push('it is draining');
  else if (listeners === 0) reasons.push('it does not listen');
  if (exchange.commits.failure !== undefined) reasons.push('the store has failed');
  if (exchange.intake.overload.isOn) reasons.push('it is overloaded');
  if (exchange.redirection !== undefined) reasons.push('it sends clients elsewhere');
  return { isReady: reasons.length === 0, reasons };
}

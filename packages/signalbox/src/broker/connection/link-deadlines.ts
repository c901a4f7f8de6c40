/** What falls due at one connection: its CONNECT, an authentication, the end of its admission, its Keep Alive. */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { ClientLink } from './client-link.ts';
import type { InOrder } from './in-order.ts';

/** When the first of it is due, in ms; Infinity: never. */
export function deadlineOf(link: ClientLink): number {
  if (link.isClosed) return Number.POSITIVE_INFINITY;
  const forClient = link.client?.expiresAt ?? Number.POSITIVE_INFINITY;
  return Math.min(link.connection.deadline, forClient, link.authentication?.deadline ?? Number.POSITIVE_INFINITY);
}

/** A client that was not read for one and a half Keep Alives cannot be said to be silent (§3.1.2.10). */
export function onDue(link: ClientLink, { isAsking, listensSince }: InOrder, now: number): void {
  if (link.authentication !== undefined && link.authentication.deadline <= now) link.authentication.giveUp();
  if ((link.client?.expiresAt ?? now + 1) <= now) link.disconnect(ReasonCode.MaximumConnectTime);
  if (isAsking || link.exchange.intake.holds(link) || now < listensSince + link.connection.keepAlive * 1500) return;
  try {
    link.connection.tick(now, link);
  } catch (error) {
    link.fail(error, 'closing a silent connection');
  }
}

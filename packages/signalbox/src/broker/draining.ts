/**
 * The orderly end of a broker in use: clients are told one after the other, so that those who take their place elsewhere do
 * not all get there in one moment. It must not know listeners.
 */
import { ReasonCode } from '../mqtt/reason-codes.ts';
import type { Link } from './connection/link.ts';
import type { Exchange } from './exchange.ts';
import type { Redirection } from './redirection.ts';

export interface DrainOptions extends Partial<Redirection> {
  /** Milliseconds until whoever is left is told at once. Default 30,000: what container platforms wait for. */
  readonly timeoutMs?: number;
  /** How many clients are told in a second. Default 1,000: each costs its next server a handshake, often with TLS. */
  readonly clientsPerSecond?: number;
  /**
   * `publish` (default): Will Messages of the clients that are sent away go out, as after every connection that ended
   * without the client saying so. `withhold`: they do not; for a restart that nobody should notice.
   */
  readonly wills?: 'publish' | 'withhold';
}

export interface DrainOutcome {
  /** Clients told in their turn. */
  readonly told: number;
  /** Connections that were left when time was up. */
  readonly left: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CLIENTS_PER_SECOND = 1_000;
const STEP_MS = 100;

/** Resolves when no connection is left, or when time is up. Nobody may come in any more. Throws RangeError. */
export function drain(exchange: Exchange, options: DrainOptions): Promise<DrainOutcome> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, clientsPerSecond = DEFAULT_CLIENTS_PER_SECOND } = options;
  if (!(timeoutMs >= 0)) throw new RangeError(`timeoutMs must be a number from 0, not ${String(timeoutMs)}`);
  if (!(clientsPerSecond > 0)) {
    throw new RangeError(`clientsPerSecond must be a number above 0, not ${String(clientsPerSecond)}`);
  }
  const waiting = [...exchange.links].values();
  const endsAt = exchange.now() + timeoutMs;
  let due = 0;
  let told = 0;
  const step = (): void => {
    due += (clientsPerSecond * STEP_MS) / 1000;
    for (; due >= 1; due--) {
      const { value: link, done } = waiting.next();
      if (done === true) return;
      if (sendAway(link, options)) told++;
    }
  };
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      resolve({ told, left: exchange.links.size });
    };
    const stop = exchange.clock.every(STEP_MS, () => {
      step();
      if (exchange.links.size === 0 || exchange.now() >= endsAt) finish();
    });
    step();
    if (timeoutMs === 0) finish();
    else void exchange.empty().then(finish);
  });
}

/** What is withheld is forgotten by the store, too. */
export function withholdWill(exchange: Exchange, link: Link): void {
  const session = link.session;
  if (session?.will !== undefined) exchange.sessions.update(session, session.sessionExpiryInterval, undefined);
}

function sendAway(link: Link, { serverReference, permanent, wills }: DrainOptions): boolean {
  if (link.isClosed) return false;
  if (wills === 'withhold') withholdWill(link.exchange, link);
  if (serverReference === undefined) link.disconnect(ReasonCode.ServerShuttingDown);
  else {
    const reasonCode = permanent === true ? ReasonCode.ServerMoved : ReasonCode.UseAnotherServer;
    link.disconnect(reasonCode, { serverReference });
  }
  return true;
}

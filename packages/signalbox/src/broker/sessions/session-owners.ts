/**
 * How many sessions that last each user has or, where authentication named nobody, came from each address: nobody is to take
 * the place of all others. It must not know what becomes of who has too many.
 */
import { addressKey } from '../admission/address-table.ts';
import type { Comer } from '../admission/warden.ts';
import type { BrokerLimits } from '../limits.ts';
import type { ClientSession } from './client-session.ts';

export class SessionOwners {
  readonly #limits: Pick<BrokerLimits, 'sessionsPerUser' | 'sessionsPerAddress'>;
  readonly #counts = new Map<string, number>();

  constructor(limits: Pick<BrokerLimits, 'sessionsPerUser' | 'sessionsPerAddress'>) {
    this.#limits = limits;
  }

  /** Whether another session of this one may last; `kept` is the one that it comes back to, if there is one. */
  hasRoomFor(comer: Omit<Comer, 'clientId'>, kept: ClientSession | undefined): boolean {
    const { sessionsPerUser, sessionsPerAddress } = this.#limits;
    const key = keyOf(comer);
    return (
      key === '' ||
      kept?.countedFor === key ||
      this.count(key) < (comer.owner === undefined ? sessionsPerAddress : sessionsPerUser)
    );
  }

  /** The session is to last. It counts for whom it belongs to now. */
  enter(session: ClientSession, comer: Omit<Comer, 'clientId'>): void {
    this.leave(session);
    const key = keyOf(comer);
    if (key === '') return;
    session.countedFor = key;
    this.#counts.set(key, this.count(key) + 1);
  }

  /** It has ended, or ends with its connection. */
  leave(session: ClientSession): void {
    const key = session.countedFor;
    if (key === '') return;
    session.countedFor = '';
    const left = this.count(key) - 1;
    if (left === 0) this.#counts.delete(key);
    else this.#counts.set(key, left);
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}

/** Empty for peers without an address: nothing tells them apart. */
function keyOf({ owner, remoteAddress }: Omit<Comer, 'clientId'>): string {
  if (owner !== undefined) return `user ${owner}`;
  const address = addressKey(remoteAddress);
  return address === '' ? '' : `address ${address}`;
}

// Packet Identifiers for what a connection sends: PUBLISH, SUBSCRIBE and UNSUBSCRIBE share one pool. §2.2.1

import type { ConnectionCore } from './connection-core.ts';
import { UsageError } from './errors.ts';

/** The identifier the caller wants, or the next free one; not taken yet. Throws UsageError. */
export function choosePacketIdentifier<S>(core: ConnectionCore<S>, wanted: number | undefined): number {
  const { identifiers, outgoing } = core.requireSession();
  if (wanted === undefined || wanted === 0) {
    const next = identifiers.next();
    if (next === 0) throw new UsageError('PACKET_IDENTIFIERS_EXHAUSTED', 'every Packet Identifier is in use');
    return next;
  }
  if (!identifiers.isValid(wanted))
    throw new UsageError('INVALID_ARGUMENT', `a Packet Identifier is 1 to ${identifiers.largest}`);
  if (outgoing.has(wanted) || core.requests?.has(wanted) === true) {
    throw new UsageError('PACKET_IDENTIFIER_IN_USE', `Packet Identifier ${wanted} is in use`);
  }
  return wanted;
}

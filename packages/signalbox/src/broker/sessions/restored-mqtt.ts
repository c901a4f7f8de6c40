/** The packet state of a session that comes back from the store (§4.1): what was in flight is so again. */
import type { InFlightEntry, InFlightStage } from '../../mqtt/in-flight.ts';
import { Session } from '../../mqtt/session.ts';
import type { RestoredDelivery, RestoredSession, StoredDelivery } from '../store/store.ts';

/** What was sent is in flight again, under the same identifiers. */
export function restoreMqtt({ deliveries, received }: RestoredSession): Session<StoredDelivery> {
  const outgoing: InFlightEntry<StoredDelivery>[] = [];
  let lastPacketIdentifier = 0;
  for (const delivery of deliveries) {
    const { stage, packetIdentifier } = delivery;
    if (stage === 'queued') continue;
    outgoing.push({ packetIdentifier, stage: awaited(delivery), sent: true, stored: delivery });
    lastPacketIdentifier = packetIdentifier;
  }
  return Session.restore({ packetIdentifierSize: 2, lastPacketIdentifier, outgoing, received });
}

function awaited({ stage, qos }: RestoredDelivery): InFlightStage {
  if (stage === 'received') return 'pubcomp';
  return qos === 2 ? 'pubrec' : 'puback';
}

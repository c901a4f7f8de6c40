/** The MQTT Connection of one client at the broker, with the limits that hold for it. */
import { Connection } from '../../mqtt/connection.ts';
import { storedPublish } from '../delivery/created-message.ts';
import type { StoredDelivery } from '../store/store.ts';
import type { ClientLink } from './client-link.ts';

/** Before anything is known of the client. */
export function createConnection(link: ClientLink): Connection<StoredDelivery> {
  const { exchange } = link;
  const { limits, outbox, names } = exchange;
  return new Connection<StoredDelivery>({
    role: 'server',
    writer: outbox.writer,
    names,
    maximumPacketSize: limits.packetSize,
    maximumConnectSize: limits.connectSize,
    connectTimeoutMs: limits.connectTimeoutMs,
    maximumInFlight: limits.inFlight,
    readLimits: limits,
    tolerances: link.entrance.tolerances,
    explainsErrors: true,
    storedPublish: (delivery) => storedPublish(exchange, delivery, link.protocolVersion),
  });
}

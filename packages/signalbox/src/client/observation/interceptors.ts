// What a program may do to packets on their way: look at them, or put others in their place.

import type { Packet, PacketInput } from '../../mqtt/packets/packet.ts';

export interface Interceptors {
  /** Every packet the client is about to send but acknowledgements and pings. What it returns is sent instead. May throw: then the caller of publish, subscribe … gets the error. */
  readonly outgoing?: ((packet: PacketInput) => PacketInput | undefined) | undefined;
  /** Every packet received but those acknowledgements that carry nothing. What it returns takes its place. Its bytes are valid until it returns. */
  readonly incoming?: ((packet: Packet) => Packet | undefined) | undefined;
}

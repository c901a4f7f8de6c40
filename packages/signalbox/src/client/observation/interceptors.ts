// What a program may do to packets on their way: look at them, or put others in their place; and the trace context that
// goes with its messages.

import type { Packet, PacketInput } from '../../mqtt/packets/packet.ts';
import type { PublishInput } from '../../mqtt/packets/publish.ts';
import type { UserProperty } from '../../mqtt/properties.ts';
import type { ProtocolVersion } from '../../mqtt/wire-format.ts';

export interface Interceptors {
  /** Every packet the client is about to send but acknowledgements and pings. What it returns is sent instead. May throw: then the caller of publish, subscribe … gets the error. */
  readonly outgoing?: ((packet: PacketInput) => PacketInput | undefined) | undefined;
  /** Every packet received but those acknowledgements that carry nothing. What it returns takes its place. Its bytes are valid until it returns. */
  readonly incoming?: ((packet: Packet) => Packet | undefined) | undefined;
}

export interface InterceptionOptions {
  readonly interceptors?: Interceptors | undefined;
  readonly traceContext?: (() => string | undefined) | undefined;
}

export class Interception {
  readonly #outgoing: Interceptors['outgoing'];
  readonly #incoming: Interceptors['incoming'];
  readonly #traceContext: (() => string | undefined) | undefined;
  readonly #onProblem: (problem: unknown) => void;

  constructor({ interceptors, traceContext }: InterceptionOptions, onProblem: (problem: unknown) => void) {
    this.#outgoing = interceptors?.outgoing;
    this.#incoming = interceptors?.incoming;
    this.#traceContext = traceContext;
    this.#onProblem = onProblem;
  }

  /** A PUBLISH is sent as the program gave it. */
  get leavesPublish(): boolean {
    return this.#outgoing === undefined && this.#traceContext === undefined;
  }

  /** Received packets are taken as they are. */
  get leavesIncoming(): boolean {
    return this.#incoming === undefined;
  }

  /** Throws what the interceptor throws. */
  outgoing<P extends PacketInput>(packet: P): P {
    return (this.#outgoing?.(packet) as P | undefined) ?? packet;
  }

  publish(packet: PublishInput, protocolVersion: ProtocolVersion): PublishInput {
    const traceparent = protocolVersion === 5 ? this.#traceContext?.() : undefined;
    if (traceparent === undefined) return this.outgoing(packet);
    const { properties } = packet;
    const userProperties: UserProperty[] = [...(properties?.userProperties ?? []), ['traceparent', traceparent]];
    return this.outgoing({ ...packet, properties: { ...properties, userProperties } });
  }

  incoming<P extends Packet>(packet: P): P {
    try {
      return (this.#incoming?.(packet) as P | undefined) ?? packet;
    } catch (error) {
      this.#onProblem(error);
      return packet;
    }
  }
}

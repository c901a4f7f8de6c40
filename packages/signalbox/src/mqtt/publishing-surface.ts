// A connection's surface for owners outside: what they ask besides, before a PUBLISH is sent or kept and about the peer. §3.3, §4.9

import type { CoreOptions } from './connection-core.ts';
import type { Halves } from './connection-half.ts';
import type { Limits } from './connection-limits.ts';
import { prepareForStoring, vacancy } from './connection-outgoing.ts';
import type { Side } from './connection-states.ts';
import { ConnectionSurface } from './connection-surface.ts';
import type { PublishInput } from './packets/publish.ts';
import { Session } from './session.ts';

/** `S` is what is kept for each outgoing PUBLISH of QoS 1 or 2 until it is settled. */
export abstract class PublishingSurface<S> extends ConnectionSurface<S> {
  protected constructor(options: CoreOptions<S>, halves: Halves) {
    super(options, halves, (packetIdentifierSize) => new Session<S>({ packetIdentifierSize }));
  }

  override get session(): Session<S> {
    return super.session as Session<S>; // such as the options gave it, or made here
  }

  /** Undefined as long as a connection of role 'any' has not become one of them. */
  get side(): Side | undefined {
    return this.core.side;
  }

  /** What the peer takes. */
  get peer(): Limits {
    return this.core.peer;
  }

  /** Largest packet the peer takes, in bytes. */
  get maximumPacketSize(): number {
    return this.core.peer.maximumPacketSize;
  }

  /** Highest Topic Alias the peer takes; 0: none. */
  get topicAliasMaximum(): number {
    return this.core.peer.topicAliasMaximum;
  }

  get receiveMaximum(): number {
    return this.core.peer.receiveMaximum;
  }

  /** Seconds, as agreed while connected; 0: none. */
  get keepAlive(): number {
    return this.core.keepAlive.seconds;
  }

  /** Seconds, as agreed last: CONNECT, CONNACK and DISCONNECT can set it. Before 5.0 it is 0 or 0xFFFFFFFF. */
  get sessionExpiryInterval(): number {
    return this.core.sessionExpiryInterval;
  }

  /** How many PUBLISH packets of QoS 1 or 2 may be sent now. [MQTT-4.9.0-2] */
  get vacancy(): number {
    return vacancy(this.core);
  }

  /** The PUBLISH as it can be kept and sent on another network connection: Topic Alias resolved and gone, bytes copied. */
  prepareForStoring(publish: PublishInput): PublishInput {
    return prepareForStoring(this.core, publish);
  }
}

// A connection's surface as far as it publishes: what its owner asks before a PUBLISH is sent or kept. §3.3, §4.9

import type { CoreOptions } from './connection-core.ts';
import type { Halves } from './connection-half.ts';
import { prepareForStoring, vacancy } from './connection-outgoing.ts';
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

  /** How many PUBLISH packets of QoS 1 or 2 may be sent now. [MQTT-4.9.0-2] */
  get vacancy(): number {
    return vacancy(this.core);
  }

  /** The PUBLISH as it can be kept and sent on another network connection: Topic Alias resolved and gone, bytes copied. */
  prepareForStoring(publish: PublishInput): PublishInput {
    return prepareForStoring(this.core, publish);
  }
}

// A connection that can be either side of MQTT, and becomes one of them anew on each network connection when it is to be
// any. What it is told and what it answers is in connection-surface.ts. §3, §4

import { CLIENT_HALF } from './client-half.ts';
import { explain } from './connection-explain.ts';
import type { Halves } from './connection-half.ts';
import type { ConnectionOptions, Role } from './connection-options.ts';
import { admit } from './connection-outgoing.ts';
import { UsageError } from './errors.ts';
import type { PublishInput } from './packets/publish.ts';
import { PublishingSurface } from './publishing-surface.ts';
import { SERVER_HALF } from './server-half.ts';
import type { Session } from './session.ts';
import type { QoS } from './wire-format.ts';

const HALVES: Readonly<Record<Role, Halves>> = {
  client: { sender: CLIENT_HALF, receiver: CLIENT_HALF, explain },
  server: { sender: SERVER_HALF, receiver: SERVER_HALF, explain },
  any: { sender: CLIENT_HALF, receiver: SERVER_HALF, explain },
};

/** `S` is what is kept for each outgoing PUBLISH of QoS 1 or 2 until it is settled. */
export class Connection<S = PublishInput> extends PublishingSurface<S> {
  /** Throws UsageError when session and options do not fit together. */
  constructor(options: ConnectionOptions<S>) {
    super(options, HALVES[options.role]);
  }

  /** The session of the client that connected, before CONNACK is sent. Throws UsageError when it is too late. */
  attach(session: Session<S>): void {
    const { core } = this;
    if (core.state === 'connected') throw new UsageError('NOT_ALLOWED', 'a session is attached before CONNACK');
    if (session.packetIdentifierSize !== core.format.packetIdentifierSize) {
      throw new UsageError('INVALID_ARGUMENT', 'the session has Packet Identifiers of another size');
    }
    core.session = session;
  }

  /**
   * Puts a PUBLISH of QoS 1 or 2 in flight that the caller writes itself. Returns its Packet Identifier: `preferred` when
   * the session is free to take it in rising order (0: no preference), else one of its own; 0 when there is no vacancy.
   */
  admit(qos: QoS, stored: S | undefined, preferred: number): number {
    return admit(this.core, qos, stored, preferred);
  }
}

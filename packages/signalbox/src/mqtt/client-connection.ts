// A Connection that is always a client: the same in every call, without the server's half of the protocol, so that a
// program in a browser does not load what it never runs. §3, §4

import { CLIENT_HALF } from './client-half.ts';
import type { Halves } from './connection-half.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { PublishInput } from './packets/publish.ts';
import { PublishingSurface } from './publishing-surface.ts';

/** Those of a Connection but what only a server has. */
export type ClientConnectionOptions<S = PublishInput> = Omit<
  ConnectionOptions<S>,
  'role' | 'explainsErrors' | 'automaticPingResponse' | 'pingRequestTimeoutMs' | 'maximumConnectSize'
>;

const HALVES: Halves = { sender: CLIENT_HALF, receiver: CLIENT_HALF };

/** `S` is what is kept for each outgoing PUBLISH of QoS 1 or 2 until it is settled. */
export class ClientConnection<S = PublishInput> extends PublishingSurface<S> {
  /** Throws UsageError when session and options do not fit together. */
  constructor(options: ClientConnectionOptions<S> = {}) {
    super(options, HALVES);
  }
}

// What a DTLS connection asks of its owner, in the order given.

import type { DtlsError } from './errors.ts';
import type { DtlsSession } from './handshake-role.ts';

export type DtlsEvent =
  /** One datagram for the peer. */
  | { readonly type: 'transmit'; readonly bytes: Uint8Array }
  /** The peer is who it is; data may be sent. */
  | { readonly type: 'connected'; readonly session: DtlsSession }
  /** What the peer sent in one record; the owner's to keep. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** The last event. Without an error when either side closed the connection. */
  | { readonly type: 'closed'; readonly error: DtlsError | undefined };

// The state machine of an association as data: state × chunk → what is done with it (RFC 9260, §4, §5.2, §8.5.1, §9.2).
// Conditions on the content of a chunk are not here, nor is the verification tag, which was right already.

import type { ChunkName } from './chunk-types.ts';

/** 'closed': nothing was sent yet; 'ended': it is over, whichever way. The others have the names of the standard. */
export type AssociationState =
  | 'closed'
  | 'cookie-wait'
  | 'cookie-echoed'
  | 'established'
  | 'shutdown-pending'
  | 'shutdown-sent'
  | 'shutdown-received'
  | 'shutdown-ack-sent'
  | 'ended';

/**
 * `take`: it is processed. `discard`: the chunk is overlooked. `host`: INIT and COOKIE ECHO are answered by whoever holds
 * the associations, as they may belong to another one. `end`: the association ends well. `complete`: it is answered with
 * SHUTDOWN COMPLETE, as to a stranger. `acknowledge`: SHUTDOWN ACK is sent (again). `listen`: no more than the cumulative
 * TSN of it is of interest.
 */
export type Action = 'take' | 'discard' | 'host' | 'end' | 'complete' | 'acknowledge' | 'listen';

export type Row = { readonly [name in ChunkName]: Action };

const NOTHING = {
  data: 'discard',
  init: 'host',
  'init-ack': 'discard',
  sack: 'discard',
  heartbeat: 'discard',
  'heartbeat-ack': 'discard',
  abort: 'discard',
  shutdown: 'discard',
  'shutdown-ack': 'discard',
  error: 'discard',
  'cookie-echo': 'host',
  'cookie-ack': 'discard',
  'shutdown-complete': 'discard',
} as const satisfies Row;

/** From the handshake on a peer can give up, beat and complain. */
const TALKING = {
  ...NOTHING,
  abort: 'take',
  error: 'take',
  heartbeat: 'take',
  'heartbeat-ack': 'take',
} as const satisfies Row;

/** Data may come. */
const RECEIVING = { ...TALKING, data: 'take', sack: 'take', shutdown: 'take' } as const satisfies Row;

export const STATES: { readonly [state in AssociationState]: Row } = {
  closed: NOTHING,
  // DATA that overtakes COOKIE ACK is not delivered early: its sender sends it again.
  'cookie-wait': { ...NOTHING, 'init-ack': 'take', abort: 'take', 'shutdown-ack': 'complete' },
  'cookie-echoed': { ...TALKING, 'cookie-ack': 'take', 'shutdown-ack': 'complete' },
  established: RECEIVING,
  'shutdown-pending': RECEIVING,
  'shutdown-sent': { ...RECEIVING, shutdown: 'acknowledge', 'shutdown-ack': 'end' },
  // The peer promised to send no more, and says SHUTDOWN again when it has had our SACK.
  'shutdown-received': { ...RECEIVING, data: 'discard', shutdown: 'listen' },
  'shutdown-ack-sent': {
    ...TALKING,
    shutdown: 'acknowledge',
    'shutdown-ack': 'end',
    'shutdown-complete': 'end',
  },
  ended: NOTHING,
};

// The numbers of SCTP: chunk types, flags, parameters, error causes (RFC 9260, §3.2, §3.3), and what the two high bits
// of unknown ones ask for.

export const ChunkType = {
  Data: 0,
  Init: 1,
  InitAck: 2,
  Sack: 3,
  Heartbeat: 4,
  HeartbeatAck: 5,
  Abort: 6,
  Shutdown: 7,
  ShutdownAck: 8,
  Error: 9,
  CookieEcho: 10,
  CookieAck: 11,
  ShutdownComplete: 14,
} as const;

export type ChunkName =
  | 'data'
  | 'init'
  | 'init-ack'
  | 'sack'
  | 'heartbeat'
  | 'heartbeat-ack'
  | 'abort'
  | 'shutdown'
  | 'shutdown-ack'
  | 'error'
  | 'cookie-echo'
  | 'cookie-ack'
  | 'shutdown-complete';

/** By type; undefined for those this implementation does not know. */
export const CHUNK_NAMES: readonly (ChunkName | undefined)[] = [
  'data',
  'init',
  'init-ack',
  'sack',
  'heartbeat',
  'heartbeat-ack',
  'abort',
  'shutdown',
  'shutdown-ack',
  'error',
  'cookie-echo',
  'cookie-ack',
  undefined, // ECNE and CWR: ECN is not negotiated
  undefined,
  'shutdown-complete',
];

export const DataFlag = { End: 1, Begin: 2, Unordered: 4, Immediate: 8 } as const;

/** In ABORT and SHUTDOWN COMPLETE: the tag is the receiver's own, as the sender knows no other (§8.5.1). */
export const TAG_REFLECTED = 1;

export const Parameter = { HeartbeatInfo: 1, StateCookie: 7, Unrecognized: 8, HostName: 11 } as const;

export const Cause = {
  InvalidStreamIdentifier: 1,
  MissingParameter: 2,
  StaleCookie: 3,
  OutOfResource: 4,
  UnresolvableAddress: 5,
  UnrecognizedChunk: 6,
  InvalidMandatoryParameter: 7,
  UnrecognizedParameters: 8,
  NoUserData: 9,
  CookieWhileShuttingDown: 10,
  Restart: 11,
  UserInitiatedAbort: 12,
  ProtocolViolation: 13,
} as const;

/** What to do with an unknown chunk (its type has 8 bits) or parameter (16 bits): go on behind it, and tell the peer? */
export function unknownRule(type: number, width: 8 | 16): { readonly skips: boolean; readonly reports: boolean } {
  const high = type >>> (width - 2);
  return { skips: (high & 2) !== 0, reports: (high & 1) !== 0 };
}

/** Chunks and parameters begin at multiples of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

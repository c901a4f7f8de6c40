// Where a client stands.

/** 'waiting': between two attempts. 'closing': what was published is still sent, nothing new is taken. */
export type ClientState = 'connecting' | 'connected' | 'waiting' | 'closing' | 'closed';

export interface ClientStatus {
  readonly state: ClientState;
  /** The server this is about. */
  readonly url: string;
  /** How many attempts since the last connection that was stable. */
  readonly attempt: number;
  /** Connected: whether the server had the session. */
  readonly sessionPresent?: boolean | undefined;
  /** Waiting: when the next attempt comes. */
  readonly delayMs?: number | undefined;
  /** Waiting, closed: why. Closed without an error: as it was asked to. */
  readonly error?: Error | undefined;
}

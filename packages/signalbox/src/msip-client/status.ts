// Where an MSIP client stands.

/** 'idle': connect() was not called. 'waiting': between two attempts. 'closing': what was published is still sent. */
export type MsipClientState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'closing' | 'closed';

export interface MsipClientStatus {
  readonly state: MsipClientState;
  /** The server this is about, without credentials. */
  readonly url: string;
  /** Which attempt since the last connection. */
  readonly attempt: number;
  /** Connected: the server keeps messages until they are acknowledged. */
  readonly isAcknowledged?: boolean | undefined;
  /** Waiting: when the next attempt comes. */
  readonly delayMs?: number | undefined;
  /** Why the last connection ended or could not be made. Closed without an error: as it was asked to. */
  readonly error?: Error | undefined;
}

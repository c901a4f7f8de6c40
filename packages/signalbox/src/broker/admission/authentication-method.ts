/**
 * Enhanced authentication (§4.12) as its methods see it: an exchange of data in turns, which ends with a yes or a no. It
 * must not know packets.
 */
import type { Admission, ClientInfo, Credentials, Maybe } from '../hooks.ts';

/**
 * What comes next: more data from the client, or the end. `data` goes to the client with it. `username`: who the client says
 * it is, once that is known; after failures for one user name further attempts take turns.
 */
export type AuthenticationStep =
  | { readonly type: 'continue'; readonly data?: Uint8Array | undefined; readonly username?: string }
  | { readonly type: 'success'; readonly data?: Uint8Array | undefined; readonly admission: true | Admission }
  /** Refuses with this reason code, by default Not authorized (0x87). A re-authentication always fails with 0x87. */
  | { readonly type: 'failure'; readonly reasonCode?: number };

/** One exchange with one client. What it answers to hostile data is a failure; what it throws is our own fault. */
export interface AuthenticationExchange {
  /** Takes what the client sent: with CONNECT, or with AUTH. The bytes are the exchange's to keep. */
  next(data: Uint8Array | undefined): Maybe<AuthenticationStep>;
}

export interface AuthenticationMethod {
  /** The Authentication Method that clients name, such as `SCRAM-SHA-256`. */
  readonly name: string;
  /** Begins an exchange. `credentials` are those of CONNECT; undefined for a re-authentication. */
  begin(client: ClientInfo, credentials: Credentials | undefined): AuthenticationExchange;
}

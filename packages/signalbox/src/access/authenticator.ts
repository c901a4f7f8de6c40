/** What the parts of access control have in common: whoever says who a client is, and whoever says what it may do. */
import type { Action, ActionDetails, Admission, ClientInfo, Credentials, Maybe } from '../broker/hooks.ts';

/**
 * What an authenticator makes of a client: `true` or an Admission admits, a reason code refuses for good, and `undefined`
 * leaves it to the next one: “not mine”.
 */
export type Verdict = true | Admission | number | undefined;

export interface Authenticator {
  /** For messages: `password file`. */
  readonly name: string;
  authenticate(client: ClientInfo, credentials: Credentials): Maybe<Verdict>;
  /**
   * Reads its files again and changes nothing; answers what puts them into force, which cannot fail. Throws AccessError when
   * they are not right.
   */
  prepareReload?(): () => void;
  close?(): void;
}

export interface Authorizer {
  readonly name: string;
  /** Whether the client may; `undefined` leaves it to the next one. A Topic Filter: whether it may all that it matches. */
  authorize(client: ClientInfo, action: Action, topic: string, details?: ActionDetails): Maybe<boolean | undefined>;
  prepareReload?(): () => void;
  close?(): void;
}

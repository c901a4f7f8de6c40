/** Where clients are sent instead (§4.11): in CONNACK when the broker has moved, in DISCONNECT while it is drained. */
import { ReasonCode } from '../mqtt/reason-codes.ts';

export interface Redirection {
  /** One or more addresses, separated by spaces: `other.example other.example:1884 [2001:db8::1]:1884` (§4.11). */
  readonly serverReference: string;
  /** The client is to remember it: Server moved (0x9D) instead of Use another server (0x9C). Default false. */
  readonly permanent?: boolean;
}

export function redirectionCode({ permanent }: Redirection): number {
  return permanent === true ? ReasonCode.ServerMoved : ReasonCode.UseAnotherServer;
}

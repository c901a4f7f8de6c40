// When to try again: exponential back-off with jitter, and which refusals make another attempt pointless. Pure: the
// randomness is an argument.

import { ConnectReturnCode, ReasonCode } from '../mqtt/reason-codes.ts';
import { RefusedError } from './client-errors.ts';

export interface ReconnectContext {
  /** How many attempts failed since the last stable connection, this one included; 0 after a stable one was lost. */
  readonly attempt: number;
  readonly error: Error;
  /** Between 0 and 1, for jitter. */
  readonly random: number;
}

/** Milliseconds until the next attempt; false: give up, the client closes. */
export type ReconnectPolicy = (context: ReconnectContext) => number | false;

export interface BackOffOptions {
  /** Default 1,000. */
  readonly firstMs?: number;
  /** Default 120,000: a service that comes back is found within two minutes. */
  readonly longestMs?: number;
  /** Default 2. */
  readonly factor?: number;
  /** Attempts until giving up. Default: no end. */
  readonly attempts?: number;
}

/**
 * Waits `firstMs`, then `factor` times longer each time up to `longestMs`; of each time a random half to all, so that many
 * clients do not come back together.
 */
export function backOff(options: BackOffOptions = {}): ReconnectPolicy {
  const { firstMs = 1_000, longestMs = 120_000, factor = 2, attempts = Infinity } = options;
  return ({ attempt, random }) => {
    if (attempt >= attempts) return false;
    const full = Math.min(longestMs, firstMs * factor ** Math.max(0, attempt - 1));
    return Math.round((full * (1 + random)) / 2);
  };
}

/** Codes of CONNACK and DISCONNECT that the same client will get again, whatever it waits for. §2.4 */
const HOPELESS: ReadonlySet<number> = new Set([
  ReasonCode.MalformedPacket,
  ReasonCode.ProtocolError,
  ReasonCode.UnsupportedProtocolVersion,
  ReasonCode.ClientIdentifierNotValid,
  ReasonCode.BadUserNameOrPassword,
  ReasonCode.NotAuthorized,
  ReasonCode.Banned,
  ReasonCode.BadAuthenticationMethod,
  ReasonCode.TopicNameInvalid,
  ReasonCode.PacketTooLarge,
  ReasonCode.PayloadFormatInvalid,
  ReasonCode.RetainNotSupported,
  ReasonCode.QoSNotSupported,
  ConnectReturnCode.UnacceptableProtocolVersion,
  ConnectReturnCode.IdentifierRejected,
  ConnectReturnCode.BadUserNameOrPassword,
  ConnectReturnCode.NotAuthorized,
]);

/** Refusals that other credentials can mend. */
const CREDENTIALS: ReadonlySet<number> = new Set([
  ReasonCode.BadUserNameOrPassword,
  ReasonCode.NotAuthorized,
  ConnectReturnCode.BadUserNameOrPassword,
  ConnectReturnCode.NotAuthorized,
]);

/** True when trying again cannot help. `hasFreshCredentials`: each attempt asks for new ones. */
export function isHopeless(error: Error, hasFreshCredentials: boolean): boolean {
  if (!(error instanceof RefusedError)) return isMisuse(error);
  return HOPELESS.has(error.reasonCode) && !(hasFreshCredentials && CREDENTIALS.has(error.reasonCode));
}

/** A mistake in the options: the next attempt would make it again. */
function isMisuse(error: Error): boolean {
  const { name, code } = error as Error & { code?: string };
  return name === 'UsageError' || code === 'BAD_URL' || code === 'BAD_OPTIONS' || code === 'TLS_OPTIONS';
}

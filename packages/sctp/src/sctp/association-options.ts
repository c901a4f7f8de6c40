// What an owner can choose about an association, each with its default and the reason for it. Durations are in
// milliseconds, sizes in bytes.

import { SctpError } from './sctp-error.ts';

export interface AssociationLimits {
  /** The largest packet. 1232 = 1280 (the least an IPv6 link carries) − 40 (IPv6) − 8 (UDP): never fragmented. */
  readonly maximumPacketSize: number;
  /** How many streams we want to send on, and take from the peer. */
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** What may have come without being consumed. A megabyte feeds a gigabit line over 8 ms. */
  readonly receiveWindow: number;
  /** The largest message, in both directions. A larger one of the peer's ends the association. */
  readonly maximumMessageSize: number;
  /** How many chunks that came too early are kept: each costs a hundred bytes besides its own. */
  readonly maximumOutOfOrderChunks: number;
  /** What send() takes before it throws. Beyond what a message may have: there must be room for one. */
  readonly sendBuffer: number;
  /** `drain` is told when what waits to be sent falls to this. */
  readonly lowWaterMark: number;
  /** The largest congestion window: memory of ours, and a burst for the network. */
  readonly maximumCongestionWindow: number;
  /** How long the second packet is waited for before the first is acknowledged; at most 500 (§6.2). */
  readonly sackDelayMs: number;
  /** Before anything was measured (§6.3.1). */
  readonly rtoInitialMs: number;
  /** Above the 200 ms that peers may wait with an acknowledgement. Shorter tails are the probes' work. */
  readonly rtoMinimumMs: number;
  readonly rtoMaximumMs: number;
  /** Timeouts in a row until the peer counts as gone: with the values above after about 40 seconds. */
  readonly maximumRetransmissions: number;
  readonly maximumInitRetransmissions: number;
  /** After so long without a packet of the peer's it is asked for one. */
  readonly heartbeatIntervalMs: number;
}

export const DEFAULT_LIMITS: AssociationLimits = {
  maximumPacketSize: 1232,
  outboundStreams: 16,
  inboundStreams: 16,
  receiveWindow: 1_048_576,
  maximumMessageSize: 16_777_216,
  maximumOutOfOrderChunks: 16_384,
  sendBuffer: 67_108_864,
  lowWaterMark: 262_144,
  maximumCongestionWindow: 4_194_304,
  sackDelayMs: 20,
  rtoInitialMs: 1000,
  rtoMinimumMs: 300,
  rtoMaximumMs: 10_000,
  maximumRetransmissions: 8,
  maximumInitRetransmissions: 8,
  heartbeatIntervalMs: 15_000,
};

/** The least and the most of each. */
const RANGES: { readonly [name in keyof AssociationLimits]: readonly [least: number, most: number] } = {
  maximumPacketSize: [512, 65_504],
  outboundStreams: [1, 65_535],
  inboundStreams: [1, 65_535],
  receiveWindow: [1500, 0x7fff_ffff],
  maximumMessageSize: [1, 0x7fff_ffff],
  maximumOutOfOrderChunks: [1, 65_535],
  sendBuffer: [1, Number.MAX_SAFE_INTEGER],
  lowWaterMark: [1, Number.MAX_SAFE_INTEGER],
  maximumCongestionWindow: [4800, 0x7fff_ffff],
  sackDelayMs: [0, 500],
  rtoInitialMs: [1, 60_000],
  rtoMinimumMs: [1, 60_000],
  rtoMaximumMs: [1, 60_000],
  maximumRetransmissions: [1, 1000],
  maximumInitRetransmissions: [0, 1000],
  heartbeatIntervalMs: [1, 86_400_000],
};

/**
 * The given limits and the defaults for the rest.
 * @throws {SctpError} `INVALID_ARGUMENT`: one is out of its range, or there is none of that name.
 */
export function limitsOf(given: Partial<AssociationLimits>): AssociationLimits {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(RANGES, name)) throw new SctpError('INVALID_ARGUMENT', `there is no limit '${name}'`);
  }
  const limits: AssociationLimits = { ...DEFAULT_LIMITS, ...given };
  for (const name of Object.keys(RANGES) as (keyof AssociationLimits)[]) {
    const [least, most] = RANGES[name];
    const value = limits[name];
    if (typeof value === 'number' && value >= least && value <= most) continue;
    throw new SctpError('INVALID_ARGUMENT', `${name} is to be from ${least} to ${most}`);
  }
  return limits;
}

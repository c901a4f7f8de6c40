// Every limit of one DTLS connection, with the reason for its default. All can be set; none can be switched off.

import { DtlsUsageError } from './errors.ts';

export interface DtlsLimits {
  /** Largest handshake message, bytes: a chain of ten RSA certificates has some 20 KiB. */
  readonly handshakeMessageBytes: number;
  /** Handshake bytes kept while an earlier fragment is missing: the longest flight and its largest message. */
  readonly bufferedBytes: number;
  /** Fragments kept meanwhile: that many bytes in datagrams of 576, twice over. */
  readonly bufferedFragments: number;
  /** Protected records that came before the keys and wait for them: a flight of data on a reordering network. */
  readonly earlyRecords: number;
  /** Certificates in a chain. */
  readonly certificates: number;
  /** Longest time for a handshake: five repeats of a lost flight (1 + 2 + 4 + 8 + 8 s) and some air. */
  readonly handshakeMs: number;
  /** First wait for an answer before a flight is sent again; doubled each time. RFC 6347, §4.2.4.1 */
  readonly retransmitMs: number;
  /** Where doubling ends: within a handshake limit of half a minute, longer waits are no second chance. */
  readonly longestRetransmitMs: number;
  /**
   * Records sent, and forged ones received, under one key before the connection ends: after 5 TB of full datagrams what an
   * attacker gains is still below 2^-50. RFC 8446, §5.5; RFC 9147, §4.5.3
   */
  readonly records: number;
  /** Largest datagram sent, bytes: what IPv6 carries everywhere, less its header and UDP's (1280 − 48). */
  readonly datagramBytes: number;
}

export const DEFAULT_DTLS_LIMITS: DtlsLimits = {
  handshakeMessageBytes: 65_536,
  bufferedBytes: 131_072,
  bufferedFragments: 512,
  earlyRecords: 16,
  certificates: 10,
  handshakeMs: 30_000,
  retransmitMs: 1_000,
  longestRetransmitMs: 8_000,
  records: 2 ** 32,
  datagramBytes: 1_232,
};

/** Once this many repeats had no answer, flights go in datagrams that pass everywhere: the path may swallow larger ones. */
export const REPEATS_BEFORE_SMALL = 2;
export const SMALL_DATAGRAM_BYTES = 548;

const RANGES: { readonly [name in keyof DtlsLimits]: readonly [least: number, most: number] } = {
  handshakeMessageBytes: [1_024, 2 ** 24 - 1],
  bufferedBytes: [1_024, 2 ** 31],
  bufferedFragments: [8, 65_536],
  earlyRecords: [1, 65_536],
  certificates: [1, 100],
  handshakeMs: [1, 3_600_000],
  retransmitMs: [1, 60_000],
  longestRetransmitMs: [1, 60_000],
  records: [16, 2 ** 32],
  datagramBytes: [256, 65_507],
};

/**
 * The given limits and the defaults for the rest.
 * @throws {DtlsUsageError} `INVALID_ARGUMENT`: one is out of its range.
 */
export function dtlsLimitsOf(given: Partial<DtlsLimits> = {}): DtlsLimits {
  const limits: DtlsLimits = { ...DEFAULT_DTLS_LIMITS, ...given };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = limits[name as keyof DtlsLimits];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new DtlsUsageError('INVALID_ARGUMENT', `${name} is to be a whole number from ${least} to ${most}`);
  }
  return limits;
}

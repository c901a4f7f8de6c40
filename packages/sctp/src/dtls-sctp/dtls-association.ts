// One SCTP association inside one DTLS connection (RFC 8261): packets are the data of records. Each connection has a host of
// its own, so that nobody who got through a handshake comes near the association of another.

import { createHmac, randomBytes } from 'node:crypto';
import type { AssociationClock } from '../association-clock.ts';
import { DtlsUsageError } from '../dtls/errors.ts';
import type { DtlsLimits } from '../dtls/limits.ts';
import { PROTECTION_SIZE, RECORD_HEADER_SIZE } from '../dtls/record.ts';
import type { Association } from '../sctp/association.ts';
import type { AssociationSink } from '../sctp/association-events.ts';
import type { AssociationLimits } from '../sctp/association-options.ts';
import { Host, type Path } from '../sctp/host.ts';
import { SctpError } from '../sctp/sctp-error.ts';
import type { UdpLink } from './dtls-socket.ts';

/** 1232 of UDP less 13 of a record's header, 8 of a nonce and 16 of a tag is 1195; a packet's size is a multiple of four. */
export const LARGEST_PACKET = 1192;

/** The one path there is: where the peer is, is the business of DTLS. */
const PATH: Path = { key: 'dtls' };

/**
 * Who has ended an association stays so long for a peer that did not hear the last word of it; one that did closes DTLS, and
 * then nobody stays.
 */
const LAST_WORD_MS = 1_000;

/** What becomes of an association; the rest is for whoever is given the sink. */
export type AssociationUser = Omit<AssociationSink, 'transmit'>;

export interface DtlsAssociationOptions {
  readonly clock: AssociationClock;
  readonly limits: AssociationLimits;
  /** Of SCTP: the peer's for who calls, one's own for who is called. */
  readonly port: number;
}

/** What SCTP can do with (`AssociationLimits`), and so the least a record has to hold. */
const SMALLEST_PACKET = 512;

/**
 * Whether packets fit into datagrams of this size.
 * @throws {DtlsUsageError} `INVALID_ARGUMENT`
 */
export function checkDatagramBytes({ datagramBytes = Number.POSITIVE_INFINITY }: Partial<DtlsLimits> = {}): void {
  const least = SMALLEST_PACKET + RECORD_HEADER_SIZE + PROTECTION_SIZE;
  if (datagramBytes >= least) return;
  throw new DtlsUsageError(
    'INVALID_ARGUMENT',
    `datagramBytes is to be ${least} at least: SCTP needs packets of ${SMALLEST_PACKET}`,
  );
}

function packetSizeFor(largestMessage: number, { maximumPacketSize }: AssociationLimits): number {
  return Math.min(maximumPacketSize, LARGEST_PACKET, largestMessage - (largestMessage % 4));
}

export class DtlsAssociation {
  readonly link: UdpLink;
  readonly #clock: AssociationClock;
  readonly #host: Host<Path>;
  #association: Association | undefined = undefined;
  #hasPeerEnded = false;
  #lastWord: NodeJS.Timeout | undefined = undefined;

  /** For a connection that is open. `accept`: who is called when the peer begins the association; absent, we do. */
  constructor(
    link: UdpLink,
    { clock, limits, port }: DtlsAssociationOptions,
    accept?: (association: Association) => AssociationUser,
  ) {
    this.link = link;
    this.#clock = clock;
    const key = randomBytes(32);
    const options = {
      sign: (bytes: Uint8Array) => createHmac('sha256', key).update(bytes).digest(),
      random: () => randomBytes(4).readUInt32LE(),
      limits: { ...limits, maximumPacketSize: packetSizeFor(link.connection.largestMessage, limits) },
      maximumAssociations: 1,
      ...(accept && { listeningPort: port }),
    };
    this.#host = new Host<Path>(options, {
      transmit: (packet) => this.#transmit(packet),
      accept: (association) => {
        this.#association = association;
        return this.#sink(accept!(association));
      },
      moved() {},
    });
  }

  /** Begins the association. Throws SctpError as Host.associate() does. */
  associate(peerPort: number, userOf: (association: Association) => AssociationUser): Association {
    let user: AssociationUser | undefined;
    const sink = this.#sink({
      established: () => user?.established(),
      message: (message) => user?.message(message),
      peerShutdown: () => user?.peerShutdown(),
      drain: () => user?.drain(),
      peerError: (causes) => user?.peerError(causes),
      ended: (error) => user?.ended(error),
    });
    const association = this.#host.associate({ path: PATH, peerPort, sink }, this.#clock.now());
    this.#association = association;
    user = userOf(association);
    this.#clock.touch(association);
    return association;
  }

  /** The data of a record. */
  receive(packet: Uint8Array): void {
    const association = this.#host.receive(packet, PATH, this.#clock.now());
    if (association !== undefined) this.#clock.touch(association);
  }

  /** The connection is closed; without an error by either side. */
  closed(error: Error | undefined): void {
    clearTimeout(this.#lastWord);
    const association = this.#association;
    if (association === undefined || association.state === 'ended') return;
    // A peer that has nothing more to say may close before the last packet of the shutdown has come.
    const isShuttingDown = association.state.startsWith('shutdown');
    if (error === undefined && isShuttingDown) association.abort();
    else association.end(new SctpError('NETWORK_LOST', error?.message ?? 'the peer has closed the DTLS connection'));
  }

  #transmit(packet: Uint8Array): void {
    if (this.link.connection.state === 'open') this.link.send(packet);
  }

  #sink(user: AssociationUser): AssociationSink {
    return {
      transmit: (packet) => this.#transmit(packet),
      established: () => user.established(),
      message: (message) => user.message(message),
      peerShutdown: () => {
        this.#hasPeerEnded = true;
        user.peerShutdown();
      },
      drain: () => user.drain(),
      peerError: (causes) => user.peerError(causes),
      ended: (error) => {
        user.ended(error);
        const association = this.#association;
        if (association !== undefined) this.#clock.touch(association);
        this.#leave(error !== undefined || this.#hasPeerEnded ? 0 : LAST_WORD_MS);
      },
    };
  }

  /** Not before what is still to be sent in this turn, which the clock does in a later one. */
  #leave(waitMs: number): void {
    if (waitMs === 0) setImmediate(() => setImmediate(() => this.link.close()));
    else this.#lastWord = setTimeout(() => this.link.close(), waitMs).unref();
  }
}

// Messages a server never takes: each connection ends over them, they are sent again on the next, and all behind them wait. Who it
// is shows when one message is sent at a time; after some connections it is given up. It must not know who publishes. §4.4

import type { ConnectionCore } from '../../mqtt/connection-core.ts';
import { resume } from '../../mqtt/connection-outgoing.ts';
import { type InFlight, isPublish } from '../../mqtt/in-flight.ts';
import type { ListeningSession } from '../../mqtt/listening-session.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { PoisonOptions } from '../client-options.ts';
import type { Publication } from './publication.ts';

/** A server that says no this often means it; it would say no to a fourth as well. */
const DEFAULT_DISCONNECTS = 3;
/** Networks end connections as well: with the patience of the default policy so many take half an hour. */
const DEFAULT_DROPS = 20;
/** Connections that end over the same first message until messages are sent one at a time: the network may have been the reason. */
const BEFORE_ISOLATION = 3;

/** What a server says in DISCONNECT about something it was sent, and not about itself, the time or the place. */
const BLAMING: ReadonlySet<number> = new Set([
  ReasonCode.UnspecifiedError,
  ReasonCode.MalformedPacket,
  ReasonCode.ProtocolError,
  ReasonCode.ImplementationSpecificError,
  ReasonCode.NotAuthorized,
  ReasonCode.TopicNameInvalid,
  ReasonCode.ReceiveMaximumExceeded,
  ReasonCode.TopicAliasInvalid,
  ReasonCode.PacketTooLarge,
  ReasonCode.QuotaExceeded,
  ReasonCode.PayloadFormatInvalid,
  ReasonCode.RetainNotSupported,
  ReasonCode.QoSNotSupported,
]);

/** Ends for which no message is the reason: the network is gone, or the client itself ended the connection. */
const OF_ANOTHER_REASON: ReadonlySet<unknown> = new Set([
  ...['KEEP_ALIVE_TIMEOUT', 'SESSION_TAKEN_OVER', 'CONNECTION_LOST', 'RECEIVE_BUFFER_FULL'],
  ...['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
]);

type Blame = 'disconnects' | 'drops';

export class Suspicion {
  #isIsolating = false;
  readonly #most: Readonly<Record<Blame, number>>;
  /** The first in flight when the last connection ended; how many in a row ended so, and how many with it alone. */
  #suspect: Publication | undefined;
  #ends = 0;
  #counts = { disconnects: 0, drops: 0 };

  constructor({ disconnects = DEFAULT_DISCONNECTS, drops = DEFAULT_DROPS }: PoisonOptions = {}) {
    this.#most = { disconnects, drops };
  }

  /** A connection that the server had accepted is over. The message that is to be given up for it, out of the session. */
  connectionEnded(session: ListeningSession<Publication>, error: Error | undefined): Publication | undefined {
    const { outgoing } = session;
    const slots = outgoing.slots();
    const slot = slots.find((at) => isPublish(outgoing.stageAt(at))) ?? -1;
    const first = slot < 0 ? undefined : outgoing.valueAt(slot);
    if (first !== this.#suspect) this.#suspectNow(first);
    const blame = blameOf(error);
    if (first === undefined || blame === undefined) return undefined;
    this.#ends++;
    const isAlone = slots.length === 1 || (this.#isIsolating && areAllPublish(outgoing, slots));
    if (isAlone) this.#counts[blame]++;
    else if (blame === 'disconnects' || this.#ends >= BEFORE_ISOLATION) this.#isIsolating = true;
    if (this.#counts[blame] < this.#most[blame]) return undefined;
    const packetIdentifier = outgoing.identifierAt(slot);
    outgoing.settleAt(slot);
    // The server may hold it as received: a later message must not be taken for this one.
    if (first.qos === 2) session.identifiers.register(packetIdentifier);
    this.#suspectNow(undefined);
    return first;
  }

  /** What is in flight is sent again: one after the other where one of them is not to be trusted. */
  readonly resume: typeof resume = (core) => {
    if (this.#isIsolating) core.sendLimit = 1;
    resume(core);
  };

  /** Nothing is in flight any more: the server takes them all. */
  endIsolation(core: ConnectionCore<Publication>): void {
    if (!this.#isIsolating) return;
    this.#isIsolating = false;
    core.sendLimit = Math.min(core.peer.receiveMaximum, core.options.maximumInFlight ?? Infinity);
  }

  #suspectNow(publication: Publication | undefined): void {
    this.#suspect = publication;
    this.#ends = 0;
    this.#counts = { disconnects: 0, drops: 0 };
  }
}

/** Nothing waits for PUBCOMP: that could be the reason, too. */
function areAllPublish(outgoing: InFlight<Publication>, slots: readonly number[]): boolean {
  return slots.every((slot) => isPublish(outgoing.stageAt(slot)));
}

function blameOf(
  error: (Error & { readonly code?: unknown; readonly reasonCode?: number }) | undefined,
): Blame | undefined {
  if (error?.code === 'REFUSED') return BLAMING.has(error.reasonCode ?? 0) ? 'disconnects' : undefined;
  const cause = error?.cause as { readonly code?: unknown } | undefined;
  return OF_ANOTHER_REASON.has(error?.code) || OF_ANOTHER_REASON.has(cause?.code) ? undefined : 'drops';
}

// Keep first, then go on: what the session store has to have before a message is sent, released or acknowledged. Exists only
// with a store. §4.3

import { KeptSession, type KeptSessionSurroundings } from './kept-session.ts';
import type { NetworkConnection } from './network-connection.ts';
import type { Publication } from './publishing/publication.ts';
import type { Publisher } from './publishing/publisher.ts';
import type { Inbox } from './receiving/inbox.ts';
import type { SessionStore } from './store/session-store.ts';

/** QoS 2 messages whose identifiers are chosen, and kept, as soon as they are published. */
const EARLY_IDENTIFIERS = 1_000;

export interface KeepingHost extends KeptSessionSurroundings {
  readonly network: NetworkConnection;
  /** There as soon as something is published. */
  readonly publisher: Publisher | undefined;
  readonly inbox: Inbox;
}

export class Keeping {
  readonly session: KeptSession;
  readonly #host: KeepingHost;
  /** Published before it was known what an earlier life of the program left; undefined once that is known. */
  #early: Publication[] | undefined = [];

  constructor(store: SessionStore, host: KeepingHost) {
    this.session = new KeptSession(store, host.network.core.session, host);
    this.#host = host;
  }

  /** What was left is taken up: its keys and Packet Identifiers are known, and others can be chosen. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const publication of early) if (publication.stage === 'queued') this.publication(publication);
  }

  /** The message may be sent when it is kept: of QoS 2 with its identifier, so that a later life sends the same. */
  publication(publication: Publication): void {
    publication.isUnkept = true;
    if (this.#early !== undefined) {
      this.#early.push(publication);
      return;
    }
    const { network, publisher } = this.#host;
    const { identifiers } = network.core.session;
    const isFirst = publication.key === 0;
    // Without a connection it has none yet: so a later life knows that it was never sent.
    if (publication.qos === 2 && network.isConnected && (!isFirst || identifiers.count < EARLY_IDENTIFIERS))
      publication.packetIdentifier = identifiers.acquire();
    this.session.keep(publication, {
      kept: () => {
        publication.isUnkept = false;
        publisher!.pump();
      },
      failed: (error) => publisher!.abandon(publication, error),
    });
  }

  /** The server has the message: PUBREL once that is kept, so that a later life does not send it again. */
  handedOver(publication: Publication): void {
    publication.isUnkept = true;
    const kept = (): void => {
      publication.isUnkept = false;
      this.#release(publication);
    };
    this.session.keep(publication, { kept });
  }

  /** It is settled, or given up; what was never sent needs its Packet Identifier no more. */
  forget(publication: Publication): void {
    const { packetIdentifier, stage } = publication;
    if (stage === 'queued' && packetIdentifier !== 0) {
      this.#host.network.core.session.identifiers.release(packetIdentifier);
      publication.packetIdentifier = 0;
    }
    this.session.forget(publication);
  }

  #release({ packetIdentifier, isUnkept }: Publication): void {
    const { network } = this.#host;
    if (isUnkept) return;
    if (network.isConnected && network.core.session.outgoing.stageOf(packetIdentifier) === 'pubcomp')
      network.send({ type: 'pubrel', packetIdentifier });
  }

  /** PUBREL of what was kept, and was not sent because the connection had gone. */
  releaseAll(): void {
    for (const { stage, sent, stored } of this.#host.network.core.session.outgoing.entries())
      if (stage === 'pubcomp' && !sent && stored !== undefined) this.#release(stored);
  }

  /** A received QoS 2 message is ours: PUBREC once that is kept. */
  received(packetIdentifier: number, then: () => void): void {
    this.session.keepReceived(packetIdentifier, { kept: then });
  }

  /** Its identifier is free again: PUBCOMP once that is kept, so that the next message with it is taken as new. */
  completed(packetIdentifier: number): void {
    const { inbox, network } = this.#host;
    const { sessionEpoch } = inbox;
    const kept = (): void => {
      if (sessionEpoch === inbox.sessionEpoch) network.acknowledge(packetIdentifier, undefined);
    };
    this.session.forgetReceived(packetIdentifier, { kept });
  }
}

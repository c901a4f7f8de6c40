/**
 * EVENTs of an acknowledged session that its client has not acknowledged: how many there may be, which ACK is for which, and
 * what goes out once more when the client comes back. docs/msip.md, §8
 */
import { NOT_FOUND } from '../../mqtt/identifier-ring.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import { acknowledgedIdHigh, acknowledgedIdLow } from '../delivery/event-encoder.ts';
import type { StoredDelivery } from '../store/store.ts';
import type { MsipLink } from './msip-link.ts';

export class UnacknowledgedEvents {
  readonly #link: MsipLink;

  constructor(link: MsipLink) {
    this.#link = link;
  }

  /** How many more there may be now. */
  get vacancy(): number {
    const { session, exchange, acknowledgesEvents } = this.#link;
    if (session === undefined) return 0;
    const { outgoing } = session.mqtt;
    if (outgoing.held > 0) return 0;
    if (!acknowledgesEvents) return exchange.limits.inFlight; // nobody will answer: the network alone says when it is enough
    if (session.inFlightBytes >= exchange.limits.queuedBytes) return 0;
    return Math.max(0, exchange.limits.inFlight - outgoing.count); // [MSIP-8-7]
  }

  /** Takes a message into flight; one that nobody acknowledges is as good as delivered. Answers 0 when there is no vacancy. */
  admit(qos: QoS, stored: StoredDelivery | undefined, offered: number): number {
    const { session, acknowledgesEvents, output } = this.#link;
    if (session === undefined || this.vacancy === 0) return 0;
    if (!acknowledgesEvents || stored === undefined) {
      if (stored !== undefined) this.#delivered(stored);
      return offered;
    }
    const identifier = session.mqtt.identifiers.nextInFlight(offered);
    if (identifier === 0) return 0;
    session.mqtt.outgoing.addSent(identifier, qos, stored);
    session.addInFlight(stored.message.size);
    output.saveStage(stored, 'sent', identifier);
    return identifier;
  }

  /** ACK of the client. One for what is not in flight is overlooked. */
  onAck(idHigh: number, idLow: number): void {
    const { session, exchange } = this.#link;
    if (session === undefined) return;
    const { outgoing } = session.mqtt;
    const identifier = idLow & 0xffff;
    const slot = outgoing.find(identifier);
    const messageId = slot === NOT_FOUND ? undefined : outgoing.valueAt(slot)?.message.id;
    if (messageId === undefined) return; // [MSIP-3.6-4]
    if (acknowledgedIdHigh(messageId) !== idHigh || acknowledgedIdLow(messageId, identifier) !== idLow) return;
    this.#settleAt(slot);
    if (session.hasWaiting) exchange.dispatcher.pump(session);
  }

  /** The session has this connection now: what an earlier one had sent goes out once more. */
  begin(): void {
    const { session } = this.#link;
    if (session === undefined) return;
    const { outgoing } = session.mqtt;
    outgoing.holdAll(); // [MSIP-8-5]
    for (const { packetIdentifier, stage, stored } of outgoing.entries()) {
      if (stage === 'pubcomp' || stored === undefined) this.#settle(packetIdentifier); // a client of MQTT had taken it over
    }
    this.redeliver();
  }

  /** Goes on as far as the network takes it. */
  redeliver(): void {
    const { session, output, exchange, acknowledgesEvents } = this.#link;
    if (session === undefined) return;
    const { outgoing } = session.mqtt;
    while (outgoing.held > 0 && !output.isBlocked) {
      const slot = outgoing.takeHeld();
      const identifier = outgoing.identifierAt(slot);
      const stored = outgoing.valueAt(slot);
      if (stored === undefined) continue;
      exchange.dispatcher.redeliver(this.#link, stored, identifier);
      if (!acknowledgesEvents) this.#settle(identifier); // nobody will answer
    }
  }

  #settle(identifier: number): void {
    const slot = this.#link.session!.mqtt.outgoing.find(identifier);
    if (slot !== NOT_FOUND) this.#settleAt(slot);
  }

  #settleAt(slot: number): void {
    const session = this.#link.session!;
    const { outgoing } = session.mqtt;
    const stored = outgoing.valueAt(slot);
    outgoing.settleAt(slot);
    if (stored === undefined) return;
    session.addInFlight(-stored.message.size);
    this.#delivered(stored);
  }

  #delivered({ message }: StoredDelivery): void {
    const { session, exchange } = this.#link;
    exchange.commits.write({ type: 'delivered', clientId: session!.clientId, messageId: message.id });
  }
}

// From publish() to the wire and back: a message goes at once when the line and the window are free, and waits otherwise;
// its promise settles with the handshake of its QoS. §3.3, §4.3, §4.9

import type { DroppedReason } from '../../mqtt/connection-events.ts';
import { prepareForStoring } from '../../mqtt/connection-outgoing.ts';
import { PUBLISHING } from '../../mqtt/connection-publishing.ts';
import { InFlight } from '../../mqtt/in-flight.ts';
import type { PublishInput } from '../../mqtt/packets/publish.ts';
import { ClientError } from '../client-errors.ts';
import type { ClientOptions } from '../client-options.ts';
import type { ClientClock } from '../clock.ts';
import type { Keeping } from '../keeping.ts';
import type { NetworkConnection } from '../network-connection.ts';
import { AgeLimit } from './age-limit.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { measured, ownPublish, Publication, type PublishResult, SUCCESS } from './publication.ts';
import { expired, notTaken, poisonous, refused, sessionLost } from './publication-errors.ts';
import { SendWindow } from './send-window.ts';
import { Suspicion } from './suspicion.ts';

/** What the publisher asks of the client around it. */
export interface PublisherHost {
  readonly options: ClientOptions;
  readonly network: NetworkConnection;
  readonly clock: ClientClock;
  /** Nothing leaves at present: the client is polled and nobody polls. */
  readonly isHalted: boolean;
  /** Keeps what must not be lost; `publisher.pump()` is called when something is kept. */
  readonly keeping: Keeping | undefined;
  /** What becomes of messages nobody waits for. */
  readonly onProblem: (problem: unknown) => void;
  /** Counts messages given up because they never get through. */
  poisoned: number;
}

/** Nobody answers at QoS 0. */
const ALREADY_SENT: Promise<PublishResult> = Promise.resolve(SUCCESS);

export class Publisher {
  readonly queue: OutgoingQueue;
  readonly #suspicion: Suspicion;
  readonly #host: PublisherHost;
  readonly #queuesQoS0: boolean;
  readonly #age: AgeLimit;
  /** Of QoS 1, to be sent as new after the session was lost. */
  #again: Publication[] = [];
  readonly #window: SendWindow;
  #isPumping = false;
  /** Who waits until there is room, or until everything is settled. */
  #untilRoom: (() => void)[] = [];
  #untilSettled: (() => void)[] = [];

  constructor(host: PublisherHost) {
    const { queue = {}, poison } = host.options;
    this.#host = host;
    this.#suspicion = new Suspicion(poison);
    this.#window = new SendWindow(host);
    const { core } = host.network;
    core.session.publishes(new InFlight(core.packetIdentifierSize));
    core.extend({
      ...PUBLISHING,
      publishing: { ...PUBLISHING.publishing, resume: this.#suspicion.resume },
    });
    this.#queuesQoS0 = queue.qos0 ?? true;
    this.#age = new AgeLimit(host.clock, queue.ageMs ?? Infinity, (publication) => {
      this.#giveUp(publication, expired(publication));
      this.#tellWaiting();
    });
    this.queue = new OutgoingQueue(queue, (publication, error) => this.#giveUp(publication, error));
  }

  /** Messages sent and not settled, and those that wait to be sent. */
  get unsettled(): number {
    return this.#window.count + this.queue.size + this.#again.length;
  }

  /** Publishes at once or later. Never throws: the promise rejects. */
  publish(packet: PublishInput): Promise<PublishResult> {
    try {
      if ((packet.qos ?? 0) === 0 && this.#canSend) return this.#sendQoS0(packet);
      return this.accept(packet).result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same with a record of the message. Throws UsageError for what cannot be sent at all, and ClientError. */
  accept(packet: PublishInput, acceptedAt = this.#host.clock.now()): Publication {
    const host = this.#host;
    const publication = new Publication(ownPublish(packet, this.#prepare), acceptedAt);
    const isKept = publication.qos > 0 && host.keeping !== undefined;
    if (!isKept && this.#canSend && this.#window.hasVacancyFor(publication)) {
      this.#send(publication, packet); // with the Topic Alias it may have
      return publication;
    }
    if (publication.qos === 0 && !this.#queuesQoS0 && !host.network.isConnected)
      throw new ClientError('CONNECTION_LOST', 'there is no connection, and messages of QoS 0 do not wait for one');
    publication.size = measured(publication.packet, host.network.core.protocolVersion);
    if (this.queue.push(publication)) {
      if (isKept) host.keeping!.publication(publication);
      this.#age.watch(this.queue);
      host.network.stir();
    }
    return publication;
  }

  /** Takes up what an earlier life of the program left: nobody awaits it any more, so that failures are problems. */
  restore(waiting: readonly Publication[], inFlight: readonly Publication[]): void {
    const tell = (error: ClientError): void => {
      if (error.code !== 'CLOSED') this.#host.onProblem(error);
    };
    for (const publication of [...waiting, ...inFlight]) publication.result.catch(tell);
    for (const publication of inFlight) this.#window.sent(publication);
    this.queue.putBack(waiting);
  }

  /** Withdraws a message whose caller has lost patience; one that was sent stays in flight. */
  abandon(publication: Publication, error: unknown): void {
    if (publication.stage === 'queued' && this.queue.remove(publication)) {
      this.#host.keeping?.forget(publication);
      publication.reject(error);
      this.#tellWaiting();
    } else publication.disappoint(error);
  }

  /** Sends what waits, as far as line and window allow. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const { queue } = this;
    for (let next = queue.first; next !== undefined && this.#isOpen; next = queue.first) {
      if (!this.#window.hasVacancyFor(next) || (next.qos > 0 && !this.#isKept(next))) break;
      queue.shift();
      this.#send(next);
    }
    this.#isPumping = false;
    this.#tellWaiting();
  }

  /** The connection stands: first what the lost session had in flight, then the rest. */
  connected(): void {
    if (this.#again.length > 0) this.queue.putBack(this.#again.splice(0));
    this.pump();
  }

  /** Resolves when another message would be taken without waiting in vain. */
  room(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#untilRoom.push(resolve));
  }

  /** Resolves when everything published so far is settled, well or not. */
  settledAll(): Promise<void> {
    if (this.unsettled === 0) return Promise.resolve();
    return new Promise((resolve) => this.#untilSettled.push(resolve));
  }

  /** Rejects everything: the client is closed. */
  close(error: Error, inFlight: readonly (Publication | undefined)[]): void {
    this.#age.stop();
    for (const publication of [...inFlight, ...this.#again.splice(0), ...this.queue.takeAll()]) {
      publication?.result.catch(() => {}); // who closes the client knows; it must not end the program
      publication?.reject(error);
    }
    this.#window.clear();
    this.#tellWaiting();
  }

  onSettled(publication: Publication, reasonCode: number): void {
    this.#landed(publication);
    if (publication.stage === 'handed-over') this.#settleHandedOver(publication);
    else this.#answered(publication, reasonCode);
    if (this.queue.size > 0) this.pump();
    else if (this.#window.count === 0) this.#tellWaiting();
  }

  #answered(publication: Publication, reasonCode: number): void {
    this.#host.keeping?.forget(publication);
    if (reasonCode < 0x80) publication.resolve(reasonCode);
    else publication.reject(refused(publication, reasonCode));
  }

  onDropped(publication: Publication, reason: DroppedReason): void {
    this.#landed(publication);
    if (reason === 'session-lost' || reason === 'session-ended') {
      if (publication.stage === 'handed-over') this.#settleHandedOver(publication);
      else if (publication.qos === 1) {
        publication.stage = 'queued';
        publication.packetIdentifier = 0;
        this.#again.push(publication);
      } else this.#giveUp(publication, sessionLost(publication));
    } else this.#giveUp(publication, reason === 'expired' ? expired(publication) : notTaken(reason));
    this.pump(); // there may be room now, or nothing left to wait for
  }

  /** A connection the server had accepted is over, and no SUBSCRIBE or UNSUBSCRIBE can be the reason. */
  disconnected(error: Error | undefined): void {
    const publication = this.#suspicion.connectionEnded(this.#host.network.core.session, error);
    if (publication === undefined) return;
    this.#host.poisoned++;
    this.#landed(publication);
    this.#giveUp(publication, poisonous(publication, error));
    this.#tellWaiting();
  }

  /** One of those in flight is no more. */
  #landed(publication: Publication): void {
    this.#window.landed(publication);
    if (this.#window.count === 0) this.#suspicion.endIsolation(this.#host.network.core.core);
  }

  /** A QoS 2 message keeps its Packet Identifier over the life of the program: that has to be kept before it is sent. */
  #isKept(publication: Publication): boolean {
    const { keeping } = this.#host;
    if (publication.isUnkept) return false;
    if (keeping === undefined || publication.qos !== 2 || publication.packetIdentifier !== 0) return true;
    keeping.publication(publication);
    return false;
  }

  /** The server has it: PUBREC said so. That it forgot the identifier meanwhile (PUBCOMP 0x92) makes no difference. */
  #settleHandedOver(publication: Publication): void {
    this.#host.keeping?.forget(publication);
    publication.resolve(publication.reasonCode);
  }

  get #isOpen(): boolean {
    const { network, isHalted } = this.#host;
    return network.isConnected && network.isWritable && !isHalted;
  }

  /** Connected, as long as nothing waits; else as long as the queue takes more. An empty one is never full. */
  get #hasRoom(): boolean {
    if (this.queue.size === 0) return true;
    return !this.queue.isFull && !this.#host.network.isConnected;
  }

  /** Nothing waits that would have to go first. */
  get #canSend(): boolean {
    return this.queue.size === 0 && this.#again.length === 0 && this.#isOpen;
  }

  #sendQoS0(packet: PublishInput): Promise<PublishResult> {
    const { network } = this.#host;
    network.send(packet);
    if (network.isWritable) return ALREADY_SENT;
    return this.room().then(() => SUCCESS);
  }

  #send(publication: Publication, original = publication.packet): void {
    const host = this.#host;
    const now = host.clock.now();
    const packet = this.#age.isTooOld(publication) ? undefined : publication.packetAt(now);
    if (packet === undefined) {
      this.#giveUp(publication, expired(publication));
      return;
    }
    try {
      const { packetIdentifier } = publication;
      const isUnchanged = packetIdentifier === 0 && packet === publication.packet;
      host.network.send(
        isUnchanged ? original : packetIdentifier === 0 ? packet : { ...packet, packetIdentifier },
        publication,
      );
    } catch (error) {
      this.#giveUp(publication, error);
      return;
    }
    if (publication.qos === 0) {
      publication.resolve(0);
      return;
    }
    publication.stage = 'sent';
    publication.sentAt = now;
    this.#window.sent(publication);
  }

  readonly #prepare = (packet: PublishInput): PublishInput => prepareForStoring(this.#host.network.core.core, packet);

  #giveUp(publication: Publication, error: unknown): void {
    this.#host.keeping?.forget(publication);
    publication.reject(error);
  }

  #tellWaiting(): void {
    if (this.#untilRoom.length > 0 && this.#hasRoom) for (const resolve of this.#untilRoom.splice(0)) resolve();
    if (this.unsettled === 0) for (const resolve of this.#untilSettled.splice(0)) resolve();
  }
}

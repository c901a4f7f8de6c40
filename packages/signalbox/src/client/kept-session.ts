// What of a session outlives the program: messages of QoS 1 and 2 that are not settled, and the identifiers of QoS 2
// messages received. Changes are gathered while the store is busy and kept in one commit. §4.1, §4.3

import { copyOf } from '../bytes/copy.ts';
import type { ListeningSession } from '../mqtt/listening-session.ts';
import { publishFirstByte } from '../mqtt/packets/plain-publish.ts';
import { PUBLISH, type PublishInput, readPublish } from '../mqtt/packets/publish.ts';
import type { WireFormat } from '../mqtt/wire-format.ts';
import { ClientError } from './client-errors.ts';
import type { ClientClock } from './clock.ts';
import { Publication } from './publishing/publication.ts';
import type { SessionStore, StoredChange } from './store/session-store.ts';

/** Messages are kept as they look in 5.0, whatever is spoken: it can express all of them. */
const FORMAT: WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };
/** Stage, Packet Identifier and time of acceptance; then the first byte of the PUBLISH and what follows its length. */
const HEAD = 11;
const CLIENT = 'client';
const MESSAGE = 'm';
const RECEIVED = 'r';
const Kept = { Waiting: 0, HandedOver: 1 } as const;

interface Waiting {
  readonly kept: () => void;
  /** Withdraws what could not be kept. Without it there is no way back: it is tried again. */
  readonly failed?: (error: ClientError) => void;
}

/** Between a commit that failed and the next: a disk that is full stays so for longer than a moment. */
const RETRY_MS = 1_000;

export interface KeptSessionSurroundings {
  readonly clock: ClientClock;
  readonly onProblem: (error: Error) => void;
}

export class KeptSession {
  readonly #store: SessionStore;
  readonly #session: ListeningSession<Publication>;
  readonly #clock: ClientClock;
  readonly #onProblem: (error: Error) => void;
  #changes = new Map<string, Uint8Array | undefined>();
  #waiting: Waiting[] = [];
  #isBusy = false;
  #isClosing = false;
  #cutWait: (() => void) | undefined;
  #untilIdle: (() => void)[] = [];
  #lastKey = 0;
  readonly #received = new Set<number>();

  constructor(store: SessionStore, session: ListeningSession<Publication>, surroundings: KeptSessionSurroundings) {
    this.#store = store;
    this.#session = session;
    this.#clock = surroundings.clock;
    this.#onProblem = surroundings.onProblem;
  }

  /**
   * Takes up what an earlier life of the program left: fills the session, and answers the messages that wait in their order
   * and the Client Identifier. Rejects with SessionStoreError.
   */
  async open(): Promise<{
    readonly waiting: Publication[];
    readonly inFlight: Publication[];
    readonly clientId: string | undefined;
  }> {
    const entries = await this.#store.open();
    const messages: Publication[] = [];
    let clientId: string | undefined;
    for (const [key, value] of entries) {
      if (key === CLIENT) clientId = new TextDecoder().decode(value);
      else if (key.startsWith(RECEIVED)) this.#received.add(Number(key.slice(1)));
      else if (key.startsWith(MESSAGE)) messages.push(this.#read(Number(key.slice(1)), value));
    }
    messages.sort((a, b) => a.key - b.key);
    this.#lastKey = messages.at(-1)?.key ?? 0;
    this.#session.received.restore(this.#received);
    const inFlight = messages.filter(({ packetIdentifier }) => packetIdentifier !== 0);
    for (const publication of inFlight) {
      const isHandedOver = publication.stage === 'handed-over';
      const { packetIdentifier } = publication;
      this.#session.outgoing.restore({
        packetIdentifier,
        stage: isHandedOver ? 'pubcomp' : 'pubrec',
        sent: true,
        stored: publication,
      });
      this.#session.identifiers.continueAfter(packetIdentifier);
    }
    return { waiting: messages.filter(({ packetIdentifier }) => packetIdentifier === 0), inFlight, clientId };
  }

  keepClientId(clientId: string): void {
    this.#change(CLIENT, new TextEncoder().encode(clientId));
  }

  /** A message of QoS 1 or 2, with its Packet Identifier if it has one. It may be sent when `kept` is called. */
  keep(publication: Publication, waiting: Waiting): void {
    if (publication.key === 0) publication.key = ++this.#lastKey;
    this.#change(MESSAGE + publication.key, this.#write(publication), waiting);
  }

  /** A message is settled or given up. */
  forget(publication: Publication): void {
    if (publication.key !== 0) this.#change(MESSAGE + publication.key, undefined);
  }

  /** A QoS 2 message is ours. */
  keepReceived(packetIdentifier: number, waiting: Waiting): void {
    this.#received.add(packetIdentifier);
    this.#change(RECEIVED + packetIdentifier, new Uint8Array(0), waiting);
  }

  /** Its exchange is complete. */
  forgetReceived(packetIdentifier: number, waiting: Waiting): void {
    this.#received.delete(packetIdentifier);
    this.#change(RECEIVED + packetIdentifier, undefined, waiting);
  }

  /** The server has forgotten the session. */
  forgetAllReceived(): void {
    for (const packetIdentifier of this.#received) this.#change(RECEIVED + packetIdentifier, undefined);
    this.#received.clear();
  }

  /** After everything is kept, or has failed once more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cutWait?.();
    if (this.#isBusy) await new Promise<void>((resolve) => this.#untilIdle.push(resolve));
    await this.#store.close();
  }

  #change(key: string, value: Uint8Array | undefined, waiting?: Waiting): void {
    this.#changes.set(key, value);
    if (waiting !== undefined) this.#waiting.push(waiting);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#clock.soon(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    while (this.#changes.size > 0) {
      const changes: StoredChange[] = Array.from(this.#changes, ([key, value]) => ({ key, value }));
      const waiting = this.#waiting;
      this.#changes = new Map();
      this.#waiting = [];
      const error = await this.#keep(changes);
      if (error === undefined) for (const { kept } of waiting) kept();
      else if (!(await this.#goesOn(error, changes, waiting))) break;
    }
    this.#isBusy = false;
    for (const resolve of this.#untilIdle.splice(0)) resolve();
  }

  async #keep(changes: readonly StoredChange[]): Promise<ClientError | undefined> {
    try {
      await this.#store.commit(changes);
      return undefined;
    } catch (cause) {
      return new ClientError('STORE_FAILED', 'the session store could not keep what it has to', cause);
    }
  }

  /** What can be withdrawn is; the rest is tried again, after a wait. False: there is no time for that. */
  async #goesOn(error: ClientError, changes: readonly StoredChange[], waiting: readonly Waiting[]): Promise<boolean> {
    const isLast = this.#isClosing;
    this.#onProblem(error);
    for (const { failed } of waiting) failed?.(error); // which forgets it
    for (const { key, value } of changes) if (!this.#changes.has(key)) this.#changes.set(key, value);
    this.#waiting = [...waiting.filter(({ failed }) => failed === undefined), ...this.#waiting];
    if (isLast) return false;
    if (this.#isClosing) return true;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(RETRY_MS, resolve);
      this.#cutWait = () => {
        cancel();
        resolve();
      };
    });
    return true;
  }

  #write(publication: Publication): Uint8Array {
    const packet: PublishInput = { ...publication.packet, packetIdentifier: publication.packetIdentifier || 1 };
    const bytes = new Uint8Array(HEAD + 1 + PUBLISH.measure(packet, FORMAT));
    const head = new DataView(bytes.buffer);
    head.setUint8(0, publication.stage === 'handed-over' ? Kept.HandedOver : Kept.Waiting);
    head.setUint16(1, publication.packetIdentifier);
    head.setFloat64(3, this.#clock.wallTime() - (this.#clock.now() - publication.acceptedAt));
    head.setUint8(HEAD, publishFirstByte(packet));
    PUBLISH.write(bytes, HEAD + 1, bytes.length, packet, FORMAT);
    return bytes;
  }

  #read(key: number, bytes: Uint8Array): Publication {
    const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const waited = Math.max(0, this.#clock.wallTime() - head.getFloat64(3));
    const publication = new Publication(publishOf(bytes), this.#clock.now() - waited);
    publication.key = key;
    publication.packetIdentifier = head.getUint16(1);
    if (head.getUint8(0) === Kept.HandedOver) publication.stage = 'handed-over';
    else if (publication.packetIdentifier !== 0) publication.stage = 'sent';
    return publication;
  }
}

/** The PUBLISH behind the head, with bytes of its own. */
function publishOf(bytes: Uint8Array): PublishInput {
  const { topicName, payload, qos, retain, properties } = readPublish(bytes, HEAD, HEAD + 1, bytes.length, FORMAT);
  return { type: 'publish', topicName, payload: copyOf(payload, 0, payload.length), qos, retain, properties };
}

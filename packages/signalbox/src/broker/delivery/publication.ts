/**
 * A publication on its way through the broker: where its bytes lie, and its kept copy once somebody needs one.
 * One object is loaded again and again, so that a message which is only passed on costs no allocation.
 * It must not know who receives the message.
 */
import { copyOf } from '../../bytes/copy.ts';
import { forwardableProperties } from '../../mqtt/publish-properties.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import type { TopicName } from '../../mqtt/topic-names.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { FrameView } from '../../msip/frame-view.ts';
import { Flags } from '../../msip/header.ts';
import { expiryTime } from '../../routing/message.ts';
import type { ClientInfo } from '../hooks.ts';
import type { KeptMessage, MessageNumbers } from './kept-message.ts';
import { MsipMark } from './msip-mark.ts';

const NO_BYTES = new Uint8Array(0);

export class Publication {
  topic: TopicName;
  /** Where the payload lies: valid only until the call that loaded this publication returns. */
  buffer: Uint8Array = NO_BYTES;
  payloadStart = 0;
  payloadEnd = 0;
  qos: QoS = 0;
  retain = false;
  /** Milliseconds on the broker's clock; Infinity when the message does not expire. */
  expiresAt = Number.POSITIVE_INFINITY;
  publisher = '';
  /** When it is to be published, in ms on the broker's clock; 0: now. */
  dueAt = 0;
  /** Where it is to be published later: whose right to do so is asked about then. */
  author: ClientInfo | undefined = undefined;
  /** The payload as its publisher compressed it, for those who speak MSIP; undefined: there is only the plain one. */
  compressed: Uint8Array | undefined = undefined;
  /** Undefined: what the mark says, once somebody wants it. */
  #properties: Uint8Array | undefined = NO_BYTES;
  readonly #mark = new MsipMark();
  #isMarkRead = false;
  readonly #numbers: MessageNumbers;
  #kept: KeptMessage | undefined = undefined;

  constructor(topic: TopicName, numbers: MessageNumbers) {
    this.topic = topic;
    this.#numbers = numbers;
  }

  /** MQTT 5 properties that are forwarded unaltered (§3.3.2.3), in wire form. */
  get properties(): Uint8Array {
    this.#properties ??= this.#mark.write();
    return this.#properties;
  }

  /** What MSIP says about the message. */
  get mark(): MsipMark {
    if (!this.#isMarkRead) this.#mark.read(this.properties);
    this.#isMarkRead = true;
    return this.#mark;
  }

  /** For who has to name the message, which has no number of its own unless it is kept. */
  get number(): number {
    return this.#kept?.id ?? this.#numbers.nextPassing();
  }

  /** A PUBLISH of MSIP. `plain`: its message inflated, where the publisher compressed it. */
  loadFrame(view: FrameView, topic: TopicName, publisher: string, plain?: Uint8Array): void {
    const mark = this.#mark;
    mark.msgKind = view.msgKind;
    mark.isUrgent = (view.flags & Flags.Urgent) !== 0;
    mark.idHigh = view.idHigh;
    mark.idLow = view.idLow;
    mark.hasId = true;
    this.#isMarkRead = true;
    this.#properties = undefined;
    this.topic = topic;
    this.publisher = publisher;
    this.qos = view.isAckRequired ? 1 : 0; // [MSIP-11-1]
    this.retain = false;
    this.expiresAt = Number.POSITIVE_INFINITY;
    this.dueAt = 0;
    this.#kept = undefined;
    this.buffer = plain ?? view.buffer;
    this.payloadStart = plain === undefined ? view.messageStart : 0;
    this.payloadEnd = plain === undefined ? view.payloadEnd : plain.length;
    this.compressed = plain === undefined ? undefined : copyOf(view.buffer, view.messageStart, view.payloadEnd);
  }

  loadView(view: PublishView, publisher: string, now: number): void {
    this.compressed = undefined;
    this.#isMarkRead = false;
    this.topic = view.topic;
    this.buffer = view.buffer;
    this.payloadStart = view.payloadStart;
    this.payloadEnd = view.payloadEnd;
    this.qos = view.qos;
    this.retain = view.retain;
    this.publisher = publisher;
    this.dueAt = 0;
    this.#kept = undefined;
    if (view.propertiesStart === view.propertiesEnd) {
      this.#properties = NO_BYTES;
      this.expiresAt = Number.POSITIVE_INFINITY;
    } else {
      this.#properties = forwardableProperties(view); // [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
      this.expiresAt = expiryTime(view.messageExpiryInterval, now);
    }
  }

  loadMessage(message: KeptMessage): void {
    this.compressed = undefined;
    this.#isMarkRead = false;
    this.topic = message.topic;
    this.buffer = message.payload;
    this.payloadStart = 0;
    this.payloadEnd = message.payload.length;
    this.qos = message.qos;
    this.retain = message.retain;
    this.publisher = message.publisher;
    this.#properties = message.properties;
    this.expiresAt = message.expiresAt;
    this.dueAt = 0;
    this.#kept = message;
  }

  /** Another payload or RETAIN flag than was published. */
  replace(parts: { readonly payload?: Uint8Array; readonly retain?: boolean }): void {
    const payload = parts.payload ?? this.keep().payload;
    this.retain = parts.retain ?? this.retain;
    const { dueAt } = this;
    this.#kept = this.#copy(copyOf(payload, 0, payload.length)); // whoever gave it may use its memory again
    this.loadMessage(this.#kept);
    this.dueAt = dueAt;
  }

  /** It is published to another topic than its sender said, and perhaps later. */
  readdress(topic: TopicName, dueAt: number): void {
    this.topic = topic;
    this.dueAt = dueAt;
    if (this.#kept !== undefined) this.#kept = this.keepAgain();
  }

  /** The message with bytes of its own, made once and shared by everybody who keeps it. */
  keep(): KeptMessage {
    this.#kept ??= this.#copy(copyOf(this.buffer, this.payloadStart, this.payloadEnd));
    return this.#kept;
  }

  /** It has waited, and others were delivered meanwhile: numbers rise in the order of delivery. */
  renumber(): void {
    this.#kept = this.keepAgain();
  }

  /** The same message under a number of its own, for a session that gets it a second time. */
  keepAgain(): KeptMessage {
    return this.#copy(this.keep().payload);
  }

  #copy(payload: Uint8Array): KeptMessage {
    const { topic, qos, retain, properties, publisher, expiresAt } = this;
    const size = topic.bytes.length + payload.length + properties.length;
    // One literal: this is what a message costs that has to be kept. The order is that of routing's messages.
    return { topic, payload, qos, retain, properties, publisher, expiresAt, size, id: this.#numbers.next() };
  }
}

// A message as a subscriber gets it, and its acknowledgement. §3.3, §4.3

import { readUtf8 } from '../../bytes/utf8.ts';
import type { AcknowledgementResponse } from '../../mqtt/acknowledgement-order.ts';
import type { PublishPacket } from '../../mqtt/packets/publish.ts';
import { NO_PROPERTIES, type PublishProperties } from '../../mqtt/properties.ts';
import type { PublishView } from '../../mqtt/publish-view.ts';
import type { QoS } from '../../mqtt/wire-format.ts';
import type { ReceivedMemory } from './received-memory.ts';

/** Who sends the acknowledgement of a message of QoS 1 or 2. */
export interface Acknowledger {
  acknowledge(message: Message, response: AcknowledgementResponse | undefined): void;
  /** The message stays unacknowledged: the server will send it again on a later connection. */
  abandon(message: Message): void;
}

/** The network connection, and the session, messages come by at present. */
export interface MessageOrigin {
  readonly epoch: number;
  readonly sessionEpoch: number;
  readonly acknowledger: Acknowledger;
  readonly memory: ReceivedMemory;
}

export class Message {
  readonly topicName: string;
  /** Yours to keep: nothing is read into it again. What lies below may be shared: `slice()` to transfer it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly duplicate: boolean;
  /** Of 5.0; empty before. */
  readonly properties: PublishProperties;
  /** 0 at QoS 0. */
  readonly packetIdentifier: number;
  /** The network connection, and the session, it came by. */
  readonly epoch: number;
  readonly sessionEpoch: number;
  #acknowledger: Acknowledger | undefined;
  /** Subscriptions that have not finished with it. */
  #pending = 1;

  /** From what was received, or from what an interceptor put in its place: the bytes are copied. */
  constructor(view: PublishView, replaced: PublishPacket | undefined, origin: MessageOrigin) {
    this.topicName = replaced === undefined ? view.topic.name : replaced.topicName;
    this.payload =
      replaced === undefined
        ? origin.memory.keep(view.buffer, view.payloadStart, view.payloadEnd)
        : new Uint8Array(replaced.payload);
    this.qos = view.qos;
    this.retain = view.retain;
    this.duplicate = view.duplicate;
    this.properties = view.propertiesStart === view.propertiesEnd ? NO_PROPERTIES : ownProperties(view.toPacket());
    if (replaced !== undefined) this.properties = ownProperties(replaced);
    this.packetIdentifier = view.packetIdentifier;
    this.epoch = origin.epoch;
    this.sessionEpoch = origin.sessionEpoch;
    this.#acknowledger = view.qos === 0 ? undefined : origin.acknowledger;
  }

  /** The payload as text; what is no UTF-8 becomes U+FFFD. */
  get text(): string {
    return decode(this.payload);
  }

  /** The payload as JSON. Throws SyntaxError. */
  json(): unknown {
    return JSON.parse(this.text);
  }

  /** It needs no acknowledgement any more: QoS 0, acknowledged, or given up. */
  get isSettled(): boolean {
    return this.#acknowledger === undefined;
  }

  /**
   * Acknowledges it now: PUBACK or PUBREC leave in the order of the messages, and with this response (5.0). Without effect
   * the second time, at QoS 0, and when the connection it came by is gone: then the server sends it again. Throws UsageError
   * for a response that cannot be sent.
   */
  acknowledge(response?: AcknowledgementResponse): void {
    this.#acknowledger?.acknowledge(this, response); // may throw: then it can be acknowledged still
    this.#acknowledger = undefined;
  }

  /** It will not be acknowledged on this connection. */
  abandon(): void {
    const acknowledger = this.#acknowledger;
    this.#acknowledger = undefined;
    acknowledger?.abandon(this);
  }

  /** So many subscriptions have it. */
  share(receivers: number): void {
    this.#pending = receivers;
  }

  /** One of them has finished; the last one acknowledges. */
  finish(): void {
    if (--this.#pending === 0) this.acknowledge();
  }
}

interface Decoder {
  decode(bytes: Uint8Array): string;
}
declare const TextDecoder: (new () => Decoder) | undefined;
let decoder: Decoder | undefined;

function decode(bytes: Uint8Array): string {
  if (typeof TextDecoder !== 'function') return readUtf8(bytes, 0, bytes.length);
  decoder ??= new TextDecoder();
  return decoder.decode(bytes);
}

/** Without the windows on a buffer that is read into again. */
function ownProperties({ properties }: PublishPacket): PublishProperties {
  const { correlationData } = properties;
  return correlationData === undefined
    ? properties
    : { ...properties, correlationData: new Uint8Array(correlationData) };
}

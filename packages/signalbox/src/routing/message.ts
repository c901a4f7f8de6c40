// An application message on its way through the broker: what was published, already detached from the packet and the
// connection it came in. Knows no subscriber and no wire format beyond "property bytes to forward" (MQTT 5.0 §3.3.2.3).

import type { TopicName } from '../mqtt/topic-names.ts';

export type QoS = 0 | 1 | 2;

export interface Message {
  readonly topic: TopicName;
  /** Own copy: valid as long as the message. */
  readonly payload: Uint8Array;
  /** As published; a delivery has the lower of this and what was granted. */
  readonly qos: QoS;
  /** As published. */
  readonly retain: boolean;
  /** MQTT 5.0 property bytes to forward unaltered, without topic alias, expiry and subscription identifiers; empty when none. */
  readonly properties: Uint8Array;
  /** Client identifier of the publisher; empty when the broker itself publishes. */
  readonly publisher: string;
  /** Milliseconds on the caller's clock; Infinity when the message does not expire. */
  readonly expiresAt: number;
  /** Bytes of topic name, payload and properties: what limits are counted in. */
  readonly size: number;
}

export interface MessageInit {
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Uint8Array;
  readonly publisher: string;
  readonly expiresAt: number;
}

/** Every message of the broker comes from here, so all have one hidden class. */
export function createMessage(init: MessageInit): Message {
  return {
    topic: init.topic,
    payload: init.payload,
    qos: init.qos,
    retain: init.retain,
    properties: init.properties,
    publisher: init.publisher,
    expiresAt: init.expiresAt,
    size: init.topic.bytes.length + init.payload.length + init.properties.length,
  };
}

/** When a message published at `now` (ms) with this Message Expiry Interval (s; -1 when absent) expires. */
export function expiryTime(messageExpiryInterval: number, now: number): number {
  return messageExpiryInterval < 0 ? Infinity : now + messageExpiryInterval * 1000;
}

/** The Message Expiry Interval (s) to send at `now`; -1 when the message has none. Never below 0. */
export function remainingExpiry(message: Message, now: number): number {
  if (message.expiresAt === Infinity) return -1;
  return Math.max(0, Math.ceil((message.expiresAt - now) / 1000)); // [MQTT-3.3.2-6]
}

// SUBSCRIBE (§3.8): asks for the messages of one or more topic filters. Type, read and write.

import type { PropertiesInput, SubscribeProperties } from '../properties.ts';
import type { QoS } from '../wire-format.ts';

/** 0: send retained messages; 1: only for a new subscription; 2: do not send them. */
export type RetainHandling = 0 | 1 | 2;

/** One topic filter with its options. Before 5.0 only `qos` exists; the other options read as false, false and 0. */
export interface SubscriptionRequest {
  readonly topicFilter: string;
  /** The highest QoS the subscriber wants to receive with. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: RetainHandling;
}

export interface SubscribePacket {
  readonly type: 'subscribe';
  readonly packetIdentifier: number;
  readonly subscriptions: readonly SubscriptionRequest[];
  readonly properties: SubscribeProperties;
}

export interface SubscriptionRequestInput {
  readonly topicFilter: string;
  readonly qos?: QoS | undefined;
  readonly noLocal?: boolean | undefined;
  readonly retainAsPublished?: boolean | undefined;
  readonly retainHandling?: RetainHandling | undefined;
}

export interface SubscribeInput {
  readonly type: 'subscribe';
  /** A Connection assigns it when absent. */
  readonly packetIdentifier?: number | undefined;
  /** One at least. */
  readonly subscriptions: readonly SubscriptionRequestInput[];
  readonly properties?: PropertiesInput<SubscribeProperties> | undefined;
}

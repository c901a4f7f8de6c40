// UNSUBSCRIBE (§3.10): gives up one or more topic filters. Type, read and write.

import type { PropertiesInput, UnsubscribeProperties } from '../properties.ts';

export interface UnsubscribePacket {
  readonly type: 'unsubscribe';
  readonly packetIdentifier: number;
  readonly topicFilters: readonly string[];
  readonly properties: UnsubscribeProperties;
}

export interface UnsubscribeInput {
  readonly type: 'unsubscribe';
  /** A Connection assigns it when absent. */
  readonly packetIdentifier?: number | undefined;
  /** One at least. */
  readonly topicFilters: readonly string[];
  readonly properties?: PropertiesInput<UnsubscribeProperties> | undefined;
}

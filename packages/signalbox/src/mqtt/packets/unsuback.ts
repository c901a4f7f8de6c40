// UNSUBACK (§3.11): one code per topic filter of an UNSUBSCRIBE. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface UnsubackPacket {
  readonly type: 'unsuback';
  readonly packetIdentifier: number;
  /** In the order of the topic filters; empty in 3.1 and 3.1.1. */
  readonly reasonCodes: readonly number[];
  readonly properties: AcknowledgementProperties;
}

export interface UnsubackInput {
  readonly type: 'unsuback';
  readonly packetIdentifier: number;
  /** One at least in 5.0; absent or empty in 3.1 and 3.1.1. */
  readonly reasonCodes?: readonly number[] | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

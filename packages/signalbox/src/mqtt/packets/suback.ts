// SUBACK (§3.9): one code per topic filter of a SUBSCRIBE. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface SubackPacket {
  readonly type: 'suback';
  readonly packetIdentifier: number;
  /** In the order of the topic filters: the granted QoS, or a code of 0x80 and above. */
  readonly reasonCodes: readonly number[];
  readonly properties: AcknowledgementProperties;
}

export interface SubackInput {
  readonly type: 'suback';
  readonly packetIdentifier: number;
  readonly reasonCodes: readonly number[];
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

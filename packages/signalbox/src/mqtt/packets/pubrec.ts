// PUBREC (§3.5): first answer to a PUBLISH of QoS 2. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface PubrecPacket {
  readonly type: 'pubrec';
  readonly packetIdentifier: number;
  /** 0 (success) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: AcknowledgementProperties;
}

export interface PubrecInput {
  readonly type: 'pubrec';
  readonly packetIdentifier: number;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

// PUBCOMP (§3.7): answers a PUBREL and ends the exchange of QoS 2. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface PubcompPacket {
  readonly type: 'pubcomp';
  readonly packetIdentifier: number;
  /** 0 (success) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: AcknowledgementProperties;
}

export interface PubcompInput {
  readonly type: 'pubcomp';
  readonly packetIdentifier: number;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

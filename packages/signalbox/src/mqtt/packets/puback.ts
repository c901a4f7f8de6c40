// PUBACK (§3.4): answers a PUBLISH of QoS 1. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface PubackPacket {
  readonly type: 'puback';
  readonly packetIdentifier: number;
  /** 0 (success) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: AcknowledgementProperties;
}

export interface PubackInput {
  readonly type: 'puback';
  readonly packetIdentifier: number;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

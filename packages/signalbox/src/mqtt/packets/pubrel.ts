// PUBREL (§3.6): answers a PUBREC. Type, read and write.

import type { AcknowledgementProperties, PropertiesInput } from '../properties.ts';

export interface PubrelPacket {
  readonly type: 'pubrel';
  readonly packetIdentifier: number;
  /** 0 (success) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: AcknowledgementProperties;
}

export interface PubrelInput {
  readonly type: 'pubrel';
  readonly packetIdentifier: number;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AcknowledgementProperties> | undefined;
}

// DISCONNECT (§3.14): the last packet of a connection. Type, read and write.

import type { DisconnectProperties, PropertiesInput } from '../properties.ts';

export interface DisconnectPacket {
  readonly type: 'disconnect';
  /** 0 (normal disconnection) in 3.1 and 3.1.1. */
  readonly reasonCode: number;
  readonly properties: DisconnectProperties;
}

export interface DisconnectInput {
  readonly type: 'disconnect';
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<DisconnectProperties> | undefined;
}

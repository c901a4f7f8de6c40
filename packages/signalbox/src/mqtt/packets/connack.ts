// CONNACK (§3.2): the server's answer to CONNECT. Type, read and write.

import type { ConnackProperties, PropertiesInput } from '../properties.ts';

export interface ConnackPacket {
  readonly type: 'connack';
  /** 3.1 has no such bit: always written as 0 there. */
  readonly sessionPresent: boolean;
  /** 5.0: a ReasonCode. 3.1 and 3.1.1: a ConnectReturnCode, 0 to 5. */
  readonly reasonCode: number;
  readonly properties: ConnackProperties;
}

export interface ConnackInput {
  readonly type: 'connack';
  readonly sessionPresent?: boolean | undefined;
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<ConnackProperties> | undefined;
}

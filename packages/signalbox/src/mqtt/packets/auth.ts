// AUTH (§3.15): one step of an enhanced authentication, 5.0 only. Type, read and write.

import type { AuthProperties, PropertiesInput } from '../properties.ts';

export interface AuthPacket {
  readonly type: 'auth';
  readonly reasonCode: number;
  readonly properties: AuthProperties;
}

export interface AuthInput {
  readonly type: 'auth';
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<AuthProperties> | undefined;
}

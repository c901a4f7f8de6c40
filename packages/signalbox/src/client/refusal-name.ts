// What a reason code is called in the message of an error. Bundles for pages say the code itself instead, and do without the
// table of names.

import { connectReturnCodeName, reasonCodeName } from '../mqtt/reason-codes.ts';

/** The name of a reason code, or below 0x80 of a return code before MQTT 5.0. */
export function refusalName(reasonCode: number): string {
  return reasonCode < 0x80 ? connectReturnCodeName(reasonCode) : reasonCodeName(reasonCode);
}

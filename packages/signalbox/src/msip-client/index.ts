// The entry point `signalbox/msip` in Node: the MSIP client and the pure core of MSIP. In browsers it is browser.ts.

import type { MsipClientOptions } from './client-options.ts';
import { BaseMsipClient } from './msip-client.ts';
import { NODE_PLATFORM } from './node-platform.ts';
import { checkedOptions } from './option-check.ts';

export * from './exports.ts';

/** An MSIP client. Nothing happens before connect(). Throws MsipUsageError `INVALID_ARGUMENT` for an address that is none, and for options that are none. */
export class MsipClient extends BaseMsipClient {
  constructor(options: MsipClientOptions = {}) {
    super(checkedOptions(options), NODE_PLATFORM);
  }
}

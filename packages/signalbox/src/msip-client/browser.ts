// The entry point `signalbox/msip` in browsers: the same client over the platform's WebSocket.

import { BROWSER_PLATFORM } from './browser-platform.ts';
import type { MsipClientOptions } from './client-options.ts';
import { BaseMsipClient } from './msip-client.ts';

export * from './exports.ts';

/** The same as in Node, to `ws://` and `wss://` only. */
export class MsipClient extends BaseMsipClient {
  constructor(options: MsipClientOptions = {}) {
    super(options, BROWSER_PLATFORM);
  }
}

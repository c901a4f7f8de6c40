// The entry point `signalbox` in browsers: the same client over the platform's WebSocket.

import { connectBrowserWebSocket } from '../transport/websocket-browser.ts';
import type { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import { connectWith } from './connect.ts';
import { OPERATION_CHECKS } from './operation-check.ts';
import { checkClientOptions } from './option-check.ts';
import { ROOMS } from './rooms-to-load.ts';

export * from './exports.ts';
export { type IndexedDbSessionStoreOptions, indexedDbSessionStore } from './store/indexed-db-session-store.ts';

/** The same as in Node, to `ws://` and `wss://` only. */
export function connect(url: string | ClientOptions, options?: ClientOptions): Promise<Client> {
  return connectWith(
    { dial: connectBrowserWebSocket, rooms: ROOMS, check: checkClientOptions, checks: OPERATION_CHECKS },
    url,
    options,
  );
}

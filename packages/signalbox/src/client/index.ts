// The entry point `signalbox` in Node: the MQTT client. In browsers it is browser.ts.

import { connect as dial } from '../transport/connect.ts';
import type { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import { connectWith } from './connect.ts';
import { OPERATION_CHECKS } from './operation-check.ts';
import { checkClientOptions } from './option-check.ts';
import { ROOMS } from './rooms-at-hand.ts';

export * from './exports.ts';
export { type FileSessionStoreOptions, fileSessionStore } from './store/file-session-store.ts';

/**
 * Connects to an MQTT server: `connect('mqtt://127.0.0.1')`. Resolves when the server has accepted (with
 * `awaitConnection: false` at once). Rejects with UsageError, TransportError, RefusedError or ClientError.
 */
export function connect(url: string | ClientOptions, options?: ClientOptions): Promise<Client> {
  return connectWith({ dial, rooms: ROOMS, check: checkClientOptions, checks: OPERATION_CHECKS }, url, options);
}

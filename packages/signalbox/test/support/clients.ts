// What hooks are told of clients, for tests that need no broker.

import type { ClientInfo, Credentials } from '../../src/broker/hooks.ts';

export function clientInfo(parts: Partial<ClientInfo> = {}): ClientInfo {
  return {
    clientId: 'client',
    username: undefined,
    protocolVersion: 5,
    remoteAddress: '192.0.2.1:50000',
    listener: 'mqtt://127.0.0.1:1883',
    certificate: undefined,
    groups: [],
    acl: undefined,
    expiresAt: undefined,
    ...parts,
  };
}

export function credentials(username?: string, password?: string | Uint8Array): Credentials {
  const bytes = typeof password === 'string' ? Buffer.from(password) : password;
  return { username, password: bytes, cleanStart: true, will: undefined, userProperties: [] };
}

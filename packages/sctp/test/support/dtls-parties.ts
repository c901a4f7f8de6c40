// The usual cast: an authority, a server `sign.example`, a client `alice`, and options for both.

import type { DtlsClientOptions, DtlsServerOptions } from '../../src/dtls/handshake-role.ts';
import { identityOf } from '../../src/node-crypto/keys.ts';
import { type PeerTrust, verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { type Issued, issue, type TestKeyType } from './certificates.ts';

export const AUTHORITY: Issued = issue({ name: 'test authority', isAuthority: true, keyUsage: [5, 6] });
export const HOST = 'sign.example';

export function serverCertificate(keyType: TestKeyType = 'ec'): Issued {
  return issue({ name: `server ${keyType}`, keyType, issuer: AUTHORITY, hosts: [HOST, '127.0.0.1'] });
}

export function clientCertificate(keyType: TestKeyType = 'ec'): Issued {
  return issue({ name: `alice ${keyType}`, keyType, issuer: AUTHORITY });
}

export const PSK = { identity: Uint8Array.from(Buffer.from('lamp-1')), key: new Uint8Array(32).fill(7) };

export function clientOptions(
  own: Issued | undefined = undefined,
  trust: PeerTrust = { ca: AUTHORITY.cert },
): DtlsClientOptions {
  return {
    primitives: NODE_PRIMITIVES,
    verifyPeer: verifyPeerBy(trust, { purpose: 'server', host: HOST }),
    serverName: HOST,
    ...(own && { identity: identityOf(own) }),
  };
}

export function serverOptions(
  own: Issued = serverCertificate(),
  more: Partial<DtlsServerOptions> & { trust?: PeerTrust } = {},
): DtlsServerOptions {
  const { trust = { ca: AUTHORITY.cert }, ...rest } = more;
  const identity = identityOf(own);
  return {
    primitives: NODE_PRIMITIVES,
    identityFor: () => identity,
    verifyPeer: verifyPeerBy(trust, { purpose: 'client' }),
    ...rest,
  };
}

export const PSK_CLIENT: DtlsClientOptions = { primitives: NODE_PRIMITIVES, psk: PSK };
export const PSK_SERVER: DtlsServerOptions = {
  primitives: NODE_PRIMITIVES,
  pskFor: (identity) => (Buffer.from(identity).equals(PSK.identity) ? PSK.key : undefined),
};

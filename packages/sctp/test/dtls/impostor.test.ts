// Somebody who shows a certificate and does not have its key, in both roles; a wrong shared key; and who has nothing at all.
import { describe, expect, it } from 'vitest';
import type { Identity, Primitives } from '../../src/dtls/primitives.ts';
import { identityOf } from '../../src/node-crypto/keys.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { issue } from '../support/certificates.ts';
import { DtlsPair } from '../support/dtls-pair.ts';
import {
  AUTHORITY,
  clientCertificate,
  clientOptions,
  HOST,
  PSK_CLIENT,
  PSK_SERVER,
  serverCertificate,
  serverOptions,
} from '../support/dtls-parties.ts';

/** The chain of one, the key of another. */
function impostor(chainOf: ReturnType<typeof serverCertificate>): Identity {
  const keyType = chainOf.privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  const own = identityOf(issue({ name: 'impostor', keyType }));
  return { ...own, chain: identityOf(chainOf).chain };
}

function outcomes(pair: DtlsPair): string[] {
  pair.run();
  return [pair.outcome('client'), pair.outcome('server')];
}

describe('with the certificate of another', () => {
  it.each(['ec', 'rsa'] as const)('a server gets no client (%s)', (keyType) => {
    const identity = impostor(serverCertificate(keyType));
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), identityFor: () => identity });
    expect(outcomes(pair)).toEqual(['DECRYPT_ERROR', 'PEER_ALERT']);
  });

  it.each(['ec', 'rsa'] as const)('a client gets no server (%s)', (keyType) => {
    const identity = impostor(clientCertificate(keyType));
    const required = serverOptions(serverCertificate(), { clientCertificate: 'required' });
    const pair = new DtlsPair({ ...clientOptions(), identity }, required);
    expect(outcomes(pair)).toEqual(['PEER_ALERT', 'DECRYPT_ERROR']);
  });

  it('even where anybody is taken: a certificate nobody trusts still needs its key', () => {
    const trust = { ca: AUTHORITY.cert, rejectUnauthorized: false };
    const identity = impostor(serverCertificate());
    const pair = new DtlsPair(clientOptions(undefined, trust), { ...serverOptions(), identityFor: () => identity });
    expect(outcomes(pair)).toEqual(['DECRYPT_ERROR', 'PEER_ALERT']);
  });
});

describe('a Finished that does not match, under the right keys', () => {
  it.each(['client', 'server'] as const)('of the %s', (liar) => {
    const hmac: Primitives['hmac'] = (name, key, bytes) => {
      const made = NODE_PRIMITIVES.hmac(name, key, bytes);
      if (Buffer.from(bytes).includes(`${liar} finished`)) made[0]! ^= 1;
      return made;
    };
    const primitives = { ...NODE_PRIMITIVES, hmac };
    const pair = new DtlsPair(
      liar === 'client' ? { ...PSK_CLIENT, primitives } : PSK_CLIENT,
      liar === 'server' ? { ...PSK_SERVER, primitives } : PSK_SERVER,
    );
    const expected = ['DECRYPT_ERROR', 'PEER_ALERT'];
    expect(outcomes(pair)).toEqual(liar === 'server' ? expected : expected.reverse());
  });
});

describe('a signature by a scheme that was not offered', () => {
  it('is none', () => {
    const pair = new DtlsPair(clientOptions(), serverOptions(), {
      tamper(datagram, from) {
        // ecdsa_secp256r1_sha256 becomes ecdsa_sha1, before a signature of 70 bytes or so.
        const at = from === 'server' ? Buffer.from(datagram).lastIndexOf(Buffer.from([4, 3, 0])) : -1;
        if (at >= 0 && datagram[at + 3]! > 64 && datagram[at + 3]! < 73) datagram[at] = 2;
        return [datagram];
      },
    });
    expect(outcomes(pair)).toEqual(['ILLEGAL_PARAMETER', 'PEER_ALERT']);
  });
});

describe('a server that shows no certificate', () => {
  it('is refused', () => {
    const identity = { ...identityOf(serverCertificate()), chain: [] };
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), identityFor: () => identity });
    expect(outcomes(pair)).toEqual(['BAD_CERTIFICATE', 'PEER_ALERT']);
  });
});

describe('a server whose certificate, cipher suite and signature do not go together', () => {
  it.each([
    ['an elliptic key in a suite of RSA', 'ec', 'rsa', 'UNSUPPORTED_CERTIFICATE'],
    ['an Ed25519 key and a signature of ECDSA', 'ed25519', 'ec', 'ILLEGAL_PARAMETER'],
  ] as const)('%s', (_, real, said, code) => {
    const identity = { ...identityOf(serverCertificate(real)), keyType: said, sign: () => new Uint8Array(64) };
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), identityFor: () => identity });
    expect(outcomes(pair)).toEqual([code, 'PEER_ALERT']);
  });
});

describe('a client that shows no certificate', () => {
  it('is refused where one is required', () => {
    const pair = new DtlsPair(clientOptions(), serverOptions(undefined, { clientCertificate: 'required' }));
    expect(outcomes(pair)).toEqual(['PEER_ALERT', 'CERTIFICATE_REQUIRED']);
  });

  it('is taken, and not trusted, where one is only requested', () => {
    const pair = new DtlsPair(clientOptions(), serverOptions(undefined, { clientCertificate: 'requested' }));
    expect(outcomes(pair)).toEqual(['open', 'open']);
    expect(pair.events.server[0]).toMatchObject({ session: { isPeerTrusted: false, peerChain: [] } });
  });
});

describe('shared keys', () => {
  it('another key: the client gives up in the end, and says why', () => {
    const psk = { identity: PSK_CLIENT.psk!.identity, key: new Uint8Array(32).fill(8) };
    const pair = new DtlsPair({ ...PSK_CLIENT, psk }, PSK_SERVER);
    expect(outcomes(pair)).toEqual(['HANDSHAKE_TIMEOUT', 'HANDSHAKE_TIMEOUT']);
    const last = pair.events.server.at(-1);
    expect(last?.type === 'closed' && last.error?.message).toMatch(/another shared key/);
  });

  it('an identity nobody has', () => {
    const psk = { identity: Uint8Array.of(1), key: new Uint8Array(32) };
    const pair = new DtlsPair({ ...PSK_CLIENT, psk }, PSK_SERVER);
    expect(outcomes(pair)).toEqual(['PEER_ALERT', 'UNKNOWN_PSK_IDENTITY']);
  });

  it('a client with a key and a server with a certificate have nothing in common', () => {
    expect(outcomes(new DtlsPair(PSK_CLIENT, serverOptions()))).toEqual(['PEER_ALERT', 'HANDSHAKE_FAILURE']);
    expect(outcomes(new DtlsPair(clientOptions(), PSK_SERVER))).toEqual(['PEER_ALERT', 'HANDSHAKE_FAILURE']);
  });

  it('a server with both takes the certificate of who wants one, and the key of who has one', () => {
    const both = { ...serverOptions(), ...PSK_SERVER };
    const byKey = new DtlsPair(PSK_CLIENT, both);
    const byCertificate = new DtlsPair(clientOptions(), both);
    expect([outcomes(byKey), outcomes(byCertificate)]).toEqual([
      ['open', 'open'],
      ['open', 'open'],
    ]);
  });
});

describe('names', () => {
  it('a server with several certificates shows the one that was asked for', () => {
    const other = identityOf(issue({ name: 'other', issuer: AUTHORITY, hosts: ['other.example'] }));
    const own = identityOf(serverCertificate());
    const identityFor = (name: string | undefined) => (name === HOST ? own : other);
    expect(outcomes(new DtlsPair(clientOptions(), { ...serverOptions(), identityFor }))).toEqual(['open', 'open']);
    const nameless = { ...clientOptions() };
    Reflect.deleteProperty(nameless, 'serverName');
    const pair = new DtlsPair(nameless, { ...serverOptions(), identityFor });
    expect(outcomes(pair)).toEqual(['WRONG_HOST', 'PEER_ALERT']);
  });
});
